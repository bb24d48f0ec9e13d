/** A log file that others may rename (logrotate): it is opened anew by its name when somebody says so (SIGUSR1). */
import { AppendedFile } from "./append-lines.ts";
import type { Written } from "./line-batch.ts";
import type { LogOutput } from "./log-output.ts";
import { systemWord } from "./socket-events.ts";

export class LogFile implements LogOutput {
  readonly #path: string;
  #file: AppendedFile | null = null;
  #stale = false;

  constructor(path: string) {
    this.#path = path;
  }

  async open(): Promise<string | null> {
    try {
      this.#file = await AppendedFile.open(this.#path);
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
      return this.#file === null ? CLOSED : await this.#file.append(bytes, length);
    } catch (error) {
      return { takenBytes: 0, cause: systemWord(error) ?? String(error) };
    }
  }

  async close(): Promise<void> {
    const file = this.#file;
    this.#file = null;
    await file?.close();
  }

  async #openAnew(): Promise<void> {
    const old = this.#file;
    this.#file = await AppendedFile.open(this.#path);
    this.#stale = false;
    await old?.close();
  }
}

const CLOSED: Written = { takenBytes: 0, cause: "EBADF" };
