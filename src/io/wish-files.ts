/**
 * Names that somebody would like to have a certificate for, as empty files: whoever meets one is a worker in the middle of a
 * handshake, and whoever obtains certificates may be another process, or another instance that shares the directory.
 * Both sides are bounded, since clients choose the names.
 */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../base/clock.ts";

export class WishWriter {
  readonly #directory: string;
  readonly #clock: Clock;
  /** By name, when it was written. */
  readonly #written = new Map<string, number>();

  constructor(directory: string, clock: Clock) {
    this.#directory = directory;
    this.#clock = clock;
  }

  /** Once in a while for each name; beyond the bounds it is forgotten, and comes again when the client does. */
  write(name: string): void {
    const nowMs = this.#clock.nowMs();
    if (nowMs - (this.#written.get(name) ?? Number.NEGATIVE_INFINITY) < AGAIN_MS) return;
    this.#forgetOld(nowMs);
    if (!NAME.test(name) || this.#written.size >= MOST_AT_ONCE) return;
    this.#written.set(name, nowMs);
    try {
      mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
      if (readdirSync(this.#directory).length >= MOST_FILES) return;
      writeFileSync(join(this.#directory, name), "", { mode: 0o600 });
    } catch {
      // A full disk, or a directory that is not ours: the client is told that there is no certificate, as it is.
    }
  }

  #forgetOld(nowMs: number): void {
    for (const [name, writtenMs] of this.#written) {
      if (nowMs - writtenMs < AGAIN_MS) return;
      this.#written.delete(name);
    }
  }
}

/** Takes what is there, at most so many. */
export function takeWishes(directory: string, most: number): string[] {
  const names = filesIn(directory).slice(0, most);
  for (const name of names) rmSync(join(directory, name), { force: true, recursive: true });
  return names.filter((name) => NAME.test(name));
}

function filesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

/** Nothing that leads elsewhere. */
const NAME = /^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/;
const AGAIN_MS = 10_000;
/** New names in that time, of one worker. */
const MOST_AT_ONCE = 200;
const MOST_FILES = 1_000;
