/**
 * Spans on their way to the collector: gathered for a second or until there are many, one batch under way at a time.
 * While it is slow or gone, spans beyond a bound are dropped and counted. Nothing ever waits for it.
 */
import type { Span, SpanExporter } from "./otlp-exporter.ts";

/** Told at most every ten seconds; `cause` is `full`, or what the last export failed with. */
export type SpansDropped = (count: number, cause: string) => void;

export class SpanQueue {
  /** Of all spans since the start. */
  dropped = 0;
  readonly #exporter: SpanExporter;
  readonly #onDropped: SpansDropped;
  #waiting: Span[] = [];
  #sending: Promise<void> | null = null;
  #timer: NodeJS.Timeout | null = null;
  #untold = 0;
  #cause = "full";
  #teller: NodeJS.Timeout | null = null;

  constructor(exporter: SpanExporter, onDropped: SpansDropped) {
    this.#exporter = exporter;
    this.#onDropped = onDropped;
  }

  add(spans: readonly Span[]): void {
    if (this.#waiting.length + spans.length > MOST_WAITING) return this.#drop(spans.length, "full");
    this.#waiting.push(...spans);
    if (this.#sending !== null) return;
    if (this.#waiting.length >= BATCH) void this.flush();
    else this.#timer ??= setTimeout(() => void this.flush(), GATHER_MS).unref();
  }

  /** Resolves when nothing waits. */
  async flush(): Promise<void> {
    this.#sending ??= this.#sendAll();
    await this.#sending;
  }

  /** Sends what waits, for as long as that may take at most, and tells of what was lost. */
  async close(limitMs: number): Promise<void> {
    await Promise.race([this.flush(), new Promise((resolve) => setTimeout(resolve, limitMs).unref())]);
    if (this.#waiting.length > 0) this.#drop(this.#waiting.length, "closed");
    this.#waiting = [];
    if (this.#teller !== null) clearTimeout(this.#teller);
    this.#tell();
  }

  async #sendAll(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, BATCH);
      const cause = await this.#exporter.send(batch);
      if (cause !== null) this.#drop(batch.length, cause);
    }
    this.#sending = null;
  }

  #drop(count: number, cause: string): void {
    this.dropped += count;
    this.#untold += count;
    this.#cause = cause;
    if (this.#teller !== null) return;
    this.#tell();
    this.#teller = setTimeout(() => {
      this.#teller = null;
      this.#tell();
    }, TELL_MS).unref();
  }

  #tell(): void {
    const count = this.#untold;
    this.#untold = 0;
    if (count > 0) this.#onDropped(count, this.#cause);
  }
}

/** OpenTelemetry's own numbers for a batch and a queue. */
const BATCH = 512;
const MOST_WAITING = 2_048;
const GATHER_MS = 1_000;
const TELL_MS = 10_000;
