/**
 * Notices when files change that a configuration was read from. It looks again and again instead of asking the
 * system to tell: editors replace files, mounts and containers swallow events, and a look at a few files costs
 * nothing. What to look at is what was asked for: files, folders, and places where a file was missed.
 */
import { statSync } from "node:fs";
import type { FileAccess } from "../config/source/file-access.ts";
import { pause } from "../discovery/pause.ts";
import { refreshClock } from "../io/real-clock.ts";

export class WatchedFiles {
  /** Read through this, so that what is read is watched. */
  readonly access: FileAccess;
  /** By path: how it was just before it was read. */
  readonly #seen = new Map<string, string>();

  constructor(files: FileAccess) {
    this.access = {
      ...files,
      kindOf: (path) => files.kindOf(this.#note(path)),
      namesIn: (folder) => files.namesIn(this.#note(folder)),
      read: (path, limitBytes) => files.read(this.#note(path), limitBytes),
    };
  }

  get count(): number {
    return this.#seen.size;
  }

  /** The path of something that is not as it was, once it has come to rest; null when `stop` comes first. */
  async changed(stop: AbortSignal): Promise<string | null> {
    for (let pauseMs = LOOK_MS; await pause(pauseMs, stop); ) {
      const startedMs = refreshClock();
      const path = this.#firstChange();
      if (path === null) {
        pauseMs = Math.max(LOOK_MS, (refreshClock() - startedMs) * REST);
        continue;
      }
      await this.#settled(path, stop);
      this.#seen.clear();
      return path;
    }
    return null;
  }

  /** A file that is being written is read half: it must look the same twice. */
  async #settled(path: string, stop: AbortSignal): Promise<void> {
    let before = signatureOf(path);
    for (let look = 0; look < MOST_LOOKS && (await pause(SETTLE_MS, stop)); look++) {
      const now = signatureOf(path);
      if (now === before && now !== MISSING) return;
      before = now;
    }
  }

  #note(path: string): string {
    if (!this.#seen.has(path)) this.#seen.set(path, signatureOf(path));
    return path;
  }

  #firstChange(): string | null {
    for (const [path, signature] of this.#seen) if (signatureOf(path) !== signature) return path;
    return null;
  }
}

/** A folder's time changes when a name comes or goes. */
function signatureOf(path: string): string {
  try {
    const { mtimeNs, size, ino } = statSync(path, { bigint: true });
    return `${mtimeNs} ${size} ${ino}`;
  } catch {
    return MISSING;
  }
}

const MISSING = "missing";
const LOOK_MS = 40;
/** A look that takes long is followed by a rest that is this much longer. */
const REST = 20;
const SETTLE_MS = 15;
/** An editor that renames leaves no file for a moment; one that never comes back is a mistake to be told. */
const MOST_LOOKS = 10;
