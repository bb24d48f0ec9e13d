/**
 * Log lines in batches, off the path of requests. When the sink cannot keep up or fails, lines are lost and
 * counted rather than kept without bound: a full disk must not stop a proxy.
 */
import { systemWord } from "./socket-events.ts";

export interface LineSink {
  /** Takes whole lines; resolves when the next batch may come. */
  write(lines: string): Promise<void>;
}

/** Told at most once per written batch; `cause` is the system's word, or `slow`. */
export type LinesLost = (count: number, cause: string) => void;

export class LineBatch {
  readonly #sink: LineSink;
  readonly #onLost: LinesLost;
  #lines: string[] = [];
  #bytes = 0;
  #overflow = 0;
  #scheduled = false;
  #writing: Promise<void> | null = null;

  constructor(sink: LineSink, onLost: LinesLost) {
    this.#sink = sink;
    this.#onLost = onLost;
  }

  add(line: string): void {
    if (this.#bytes > MAX_WAITING_BYTES) {
      this.#overflow++;
      return;
    }
    this.#lines.push(line);
    this.#bytes += line.length;
    if (!this.#scheduled && this.#writing === null) this.#schedule(FLUSH_MS);
  }

  /** Resolves when no line waits, or the sink has failed; also for the end of the process. */
  async flush(): Promise<void> {
    if (this.#writing === null && this.#lines.length > 0) this.#writing = this.#writeAll();
    await this.#writing;
  }

  #schedule(afterMs: number): void {
    this.#scheduled = true;
    setTimeout(() => {
      this.#scheduled = false;
      void this.flush();
    }, afterMs).unref();
  }

  async #writeAll(): Promise<void> {
    let failed = false;
    while (this.#lines.length > 0 && !failed) failed = !(await this.#writeOnce());
    this.#writing = null;
    // A sink that fails once will fail again at once: the next try is a while away.
    if (failed) this.#schedule(AFTER_FAILURE_MS);
  }

  async #writeOnce(): Promise<boolean> {
    const lines = this.#lines;
    this.#lines = [];
    this.#bytes = 0;
    const cause = await this.#sink.write(`${lines.join("\n")}\n`).then(
      () => null,
      (error) => systemWord(error) ?? String(error),
    );
    if (cause !== null) this.#onLost(lines.length + this.#overflow, cause);
    else if (this.#overflow > 0) this.#onLost(this.#overflow, "slow");
    this.#overflow = 0;
    return cause === null;
  }
}

const MAX_WAITING_BYTES = 4 * 1024 * 1024;
const FLUSH_MS = 100;
const AFTER_FAILURE_MS = 1_000;
