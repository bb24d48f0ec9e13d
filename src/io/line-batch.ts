/**
 * Log lines in batches, off the path of requests. A line is written as bytes where it will be sent from. When the
 * sink cannot keep up or fails, lines are lost and counted rather than kept without bound: a full disk must not stop a
 * proxy, and neither must a reader that has gone to sleep.
 */
import { ByteSink } from "../base/byte-sink.ts";

export interface LineSink {
  /** Takes whole lines; settles when the next batch may come, and does not reject. */
  write(bytes: Buffer, length: number): Promise<Written>;
}

export interface Written {
  /** From the start, a number of whole lines. */
  readonly takenBytes: number;
  /** Why not all was taken: the system's word, or `slow`; null if all was. */
  readonly cause: string | null;
}

/** Told at most once a second; `cause` as above. */
export type LinesLost = (count: number, cause: string) => void;

export class LineBatch {
  /** Of all lines since the start. */
  lost = 0;
  readonly #sink: LineSink;
  readonly #onLost: LinesLost;
  readonly #gather: () => void;
  #waiting: ByteSink = new ByteSink(START_BYTES);
  #spare: ByteSink = new ByteSink(START_BYTES);
  /** Where the last whole line ends. */
  #whole = 0;
  /** Lost and not told of yet. */
  #untold = 0;
  #cause = "slow";
  #teller: NodeJS.Timeout | null = null;
  /** What the sink has not answered for. */
  #underWay: { readonly bytes: Buffer; readonly length: number } | null = null;
  #closed = false;
  #scheduled = false;
  #writing: Promise<void> | null = null;
  /** Whether the last write did. */
  #failed = false;

  /** @param gather brings the lines of which only `expect` has told, by `begin` and `end` */
  constructor(sink: LineSink, onLost: LinesLost, gather: () => void = () => {}) {
    this.#sink = sink;
    this.#onLost = onLost;
    this.#gather = gather;
  }

  /** Somebody has lines that are not formed yet. */
  expect(): void {
    if (this.#closed) this.#gather();
    else if (!this.#scheduled) this.#schedule(FLUSH_MS);
  }

  /** Where the next line goes; null when too much waits already, and then the line is lost. `end` must follow. */
  begin(): ByteSink | null {
    if (this.#whole > MAX_WAITING_BYTES || this.#closed) {
      this.#lose(1, this.#closed ? "closed" : "slow");
      return null;
    }
    // A line that its writer gave up in the middle is overwritten.
    this.#waiting.length = this.#whole;
    return this.#waiting;
  }

  end(): void {
    this.#waiting.byte(LINE_FEED);
    this.#whole = this.#waiting.length;
    if (this.#writing !== null) return;
    if (this.#whole > EARLY_BYTES) this.#start();
    else if (!this.#scheduled) this.#schedule(FLUSH_MS);
  }

  /** Resolves when no line waits, or the sink has failed; also for the end of the process. */
  async flush(): Promise<void> {
    while (this.#startWithAll()) {
      await this.#writing;
      if (this.#failed) return;
    }
  }

  /**
   * Writes what waits, for as long as that may take at most, and tells of what was lost. A disk that does not answer
   * must not keep the process from ending.
   * @returns whether the sink has answered
   */
  async close(limitMs: number): Promise<boolean> {
    const limit = Promise.withResolvers<void>();
    const timer = setTimeout(limit.resolve, limitMs);
    await Promise.race([this.flush(), limit.promise]);
    clearTimeout(timer);
    this.#gather();
    this.#closed = true;
    const hasAnswered = this.#underWay === null;
    this.#count(linesIn(this.#waiting.bytes, 0, this.#whole), "closed");
    if (this.#underWay !== null) this.#count(linesIn(this.#underWay.bytes, 0, this.#underWay.length), "slow");
    if (this.#teller !== null) clearTimeout(this.#teller);
    this.#tell();
    return hasAnswered;
  }

  #schedule(afterMs: number): void {
    this.#scheduled = true;
    setTimeout(() => {
      this.#scheduled = false;
      this.#startWithAll();
    }, afterMs).unref();
  }

  /**
   * Lines that `expect` has told of are gathered even when a write is under way: nobody tells of them again.
   * @returns whether a write is under way
   */
  #startWithAll(): boolean {
    this.#gather();
    if (this.#writing === null && this.#whole > 0) this.#start();
    return this.#writing !== null;
  }

  #start(): void {
    this.#failed = false;
    this.#writing = this.#writeBatches();
  }

  /** The few lines that came meanwhile wait for others: each write is a journey to another thread and back. */
  async #writeBatches(): Promise<void> {
    do this.#failed = !(await this.#writeOnce());
    while (!this.#failed && this.#whole > EARLY_BYTES);
    this.#writing = null;
    if (this.#closed || this.#scheduled) return;
    // A sink that fails once will fail again at once: the next try is a while away.
    if (this.#failed) this.#schedule(AFTER_FAILURE_MS);
    else if (this.#whole > 0) this.#schedule(FLUSH_MS);
  }

  async #writeOnce(): Promise<boolean> {
    const batch = this.#waiting;
    const length = this.#whole;
    this.#waiting = this.#spare;
    this.#whole = 0;
    this.#underWay = { bytes: batch.bytes, length };
    const { takenBytes, cause } = await this.#sink.write(batch.bytes, length);
    if (this.#closed) return false;
    this.#underWay = null;
    if (cause !== null) this.#lose(linesIn(batch.bytes, takenBytes, length), cause);
    // What a burst needed is not kept for the quiet hours after it.
    this.#spare = batch.bytes.length > EARLY_BYTES * 2 ? new ByteSink(START_BYTES) : batch;
    return cause === null;
  }

  /** Told at once, and what follows within a second together: an outage must not fill the other log. */
  #lose(count: number, cause: string): void {
    this.#count(count, cause);
    if (this.#teller !== null) return;
    this.#tell();
    this.#teller = setTimeout(() => {
      this.#teller = null;
      this.#tell();
    }, TELL_MS).unref();
  }

  #count(count: number, cause: string): void {
    this.lost += count;
    this.#untold += count;
    if (count > 0) this.#cause = cause;
  }

  #tell(): void {
    const count = this.#untold;
    this.#untold = 0;
    if (count > 0) this.#onLost(count, this.#cause);
  }
}

function linesIn(bytes: Buffer, start: number, end: number): number {
  let count = 0;
  for (let at = bytes.indexOf(LINE_FEED, start); at >= 0 && at < end; at = bytes.indexOf(LINE_FEED, at + 1)) {
    count++;
  }
  return count;
}

const LINE_FEED = 0x0a;
const START_BYTES = 64 * 1024;
/** So much is written without waiting for the time. */
const EARLY_BYTES = 256 * 1024;
const MAX_WAITING_BYTES = 4 * 1024 * 1024;
const FLUSH_MS = 100;
const AFTER_FAILURE_MS = 1_000;
const TELL_MS = 1_000;
