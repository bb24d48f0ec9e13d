/**
 * A pipe that lines are written to without ever waiting for its reader: what it does not take within a second is
 * lost. Pieces are no larger than what the kernel takes as a whole (PIPE_BUF), so that the lines of several processes do
 * not mix and none is torn.
 */
import { closeSync, openSync, writeSync } from "node:fs";
import type { Written } from "./line-batch.ts";
import type { LogOutput } from "./log-output.ts";
import { systemWord } from "./socket-events.ts";

export class LogPipe implements LogOutput {
  readonly #path: string;
  readonly #flags: number;
  #fd = -1;

  /**
   * @param flags for `open`, O_NONBLOCK among them. O_RDWR keeps a named pipe open without a reader; with O_WRONLY
   * a reader that leaves is told as EPIPE.
   */
  constructor(path: string, flags: number) {
    this.#path = path;
    this.#flags = flags;
  }

  async open(): Promise<string | null> {
    try {
      this.#fd = openSync(this.#path, this.#flags);
      return null;
    } catch (error) {
      return systemWord(error) ?? String(error);
    }
  }

  /** There is no other pipe behind its name. */
  reopen(): void {}

  async write(bytes: Buffer, length: number): Promise<Written> {
    let taken = 0;
    while (taken < length) {
      const end = pieceEnd(bytes, taken, length);
      const cause = await this.#writePiece(bytes, taken, end);
      if (cause !== null) return { takenBytes: taken, cause };
      taken = end;
    }
    return { takenBytes: length, cause: null };
  }

  async close(): Promise<void> {
    const fd = this.#fd;
    this.#fd = -1;
    if (fd >= 0) closeSync(fd);
  }

  /** Tried again while the pipe is full, for as long as its reader may be thought to be merely busy. */
  async #writePiece(bytes: Buffer, start: number, end: number): Promise<string | null> {
    let at = start;
    let waitedMs = 0;
    while (at < end) {
      const written = this.#writeNow(bytes, at, end);
      if (typeof written === "number") at += written;
      else if (written !== "EAGAIN") return written;
      else if (waitedMs >= PATIENCE_MS) return "slow";
      else {
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS).unref());
        waitedMs += RETRY_MS;
      }
    }
    return null;
  }

  #writeNow(bytes: Buffer, start: number, end: number): number | string {
    try {
      return writeSync(this.#fd, bytes, start, end - start);
    } catch (error) {
      return systemWord(error) ?? String(error);
    }
  }
}

/** As many whole lines as the kernel takes at once; a longer one alone. */
function pieceEnd(bytes: Buffer, start: number, length: number): number {
  if (length - start <= PIPE_BUF) return length;
  const last = bytes.lastIndexOf(LINE_FEED, start + PIPE_BUF - 1);
  return last >= start ? last + 1 : bytes.indexOf(LINE_FEED, start) + 1;
}

const LINE_FEED = 0x0a;
/** On Linux; POSIX promises 512, and macOS has that. */
const PIPE_BUF = process.platform === "linux" ? 4096 : 512;
const PATIENCE_MS = 1_000;
const RETRY_MS = 20;
