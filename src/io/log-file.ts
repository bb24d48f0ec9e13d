/**
 * A file that lines are appended to, by any number of processes at once: each batch is one `write` on a descriptor
 * with O_APPEND, which the kernel does as a whole, so that lines never mix. Opened anew by name when somebody has
 * renamed it (logrotate, SIGUSR1).
 */
import { type FileHandle, open } from "node:fs/promises";
import type { LineSink, Written } from "./line-batch.ts";
import { systemWord } from "./socket-events.ts";

export class LogFile implements LineSink {
  readonly #path: string;
  #file: FileHandle | null = null;
  /** The last write ended in the middle of a line: a disk that was full has room again. */
  #torn = false;
  #stale = false;

  constructor(path: string) {
    this.#path = path;
  }

  /** The system's word when that fails. */
  async open(): Promise<string | null> {
    try {
      this.#file = await open(this.#path, "a", FILE_MODE);
      return null;
    } catch (error) {
      return systemWord(error) ?? String(error);
    }
  }

  /** The next batch goes to the file that has this name then. */
  reopen(): void {
    this.#stale = true;
  }

  async write(bytes: Buffer, length: number): Promise<Written> {
    try {
      if (this.#stale) await this.#openAnew();
      return await this.#append(bytes, length);
    } catch (error) {
      return { takenBytes: 0, cause: systemWord(error) ?? String(error) };
    }
  }

  async close(): Promise<void> {
    const file = this.#file;
    this.#file = null;
    await file?.close();
  }

  /** The old one is kept until there is a new one: lines in the wrong file are better than none. */
  async #openAnew(): Promise<void> {
    const old = this.#file;
    this.#file = await open(this.#path, "a", FILE_MODE);
    this.#stale = false;
    this.#torn = false;
    await old?.close();
  }

  async #append(bytes: Buffer, length: number): Promise<Written> {
    if (this.#file === null) return { takenBytes: 0, cause: "EBADF" };
    if (this.#torn) await this.#file.write(LINE_FEED);
    this.#torn = false;
    const { bytesWritten } = await this.#file.write(bytes, 0, length);
    if (bytesWritten === length) return { takenBytes: length, cause: null };
    const takenBytes = bytes.lastIndexOf(LINE_FEED[0]!, bytesWritten - 1) + 1;
    this.#torn = takenBytes < bytesWritten;
    return { takenBytes, cause: "ENOSPC" };
  }
}

const LINE_FEED = Buffer.from("\n");
/** Addresses and paths of clients are nobody else's business. */
const FILE_MODE = 0o640;
