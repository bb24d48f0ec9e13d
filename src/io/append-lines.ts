/**
 * A file open for appending. Each batch is one `write` with O_APPEND, which the kernel does as a whole: the lines of
 * several processes never mix.
 */
import { type FileHandle, open } from "node:fs/promises";
import type { Written } from "./line-batch.ts";

export class AppendedFile {
  readonly #file: FileHandle;
  /** The last write ended in the middle of a line: the disk was full. */
  #torn = false;

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  /** Rejects with the system's error. */
  static async open(path: string): Promise<AppendedFile> {
    return new AppendedFile(await open(path, "a", FILE_MODE));
  }

  get fd(): number {
    return this.#file.fd;
  }

  stat() {
    return this.#file.stat();
  }

  async append(bytes: Buffer, length: number): Promise<Written> {
    if (this.#torn) await this.#file.write(LINE_FEED);
    this.#torn = false;
    const { bytesWritten } = await this.#file.write(bytes, 0, length);
    if (bytesWritten === length) return { takenBytes: length, cause: null };
    const takenBytes = bytes.lastIndexOf(LINE_FEED[0]!, bytesWritten - 1) + 1;
    this.#torn = takenBytes < bytesWritten;
    return { takenBytes, cause: "ENOSPC" };
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

const LINE_FEED = Buffer.from("\n");
/** Addresses and paths of clients are nobody else's business. */
const FILE_MODE = 0o640;
