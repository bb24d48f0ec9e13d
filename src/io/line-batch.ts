/**
 * Log lines in batches, off the path of requests. When the sink cannot keep up, lines are dropped and
 * counted rather than kept without bound: a full disk must not stop a proxy.
 */
export interface LineSink {
  /** Takes whole lines; resolves when the next batch may come. */
  write(lines: string): Promise<void>;
}

export class LineBatch {
  dropped = 0;
  readonly #sink: LineSink;
  #lines: string[] = [];
  #bytes = 0;
  #writing = false;
  #scheduled = false;

  constructor(sink: LineSink) {
    this.#sink = sink;
  }

  add(line: string): void {
    if (this.#bytes > MAX_WAITING_BYTES) {
      this.dropped++;
      return;
    }
    this.#lines.push(line);
    this.#bytes += line.length;
    if (this.#scheduled || this.#writing) return;
    this.#scheduled = true;
    setTimeout(() => void this.flush(), FLUSH_MS).unref();
  }

  /** Writes what waits; also at the end of the process. */
  async flush(): Promise<void> {
    this.#scheduled = false;
    if (this.#writing || this.#lines.length === 0) return;
    this.#writing = true;
    while (this.#lines.length > 0) {
      const batch = `${this.#lines.join("\n")}\n`;
      this.#lines = [];
      this.#bytes = 0;
      await this.#sink.write(batch).catch(() => this.dropped++);
    }
    this.#writing = false;
  }
}

const MAX_WAITING_BYTES = 4 * 1024 * 1024;
const FLUSH_MS = 100;
