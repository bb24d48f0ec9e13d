/**
 * How many requests at once a target is good for, learned from its latency. Now and then the limit is halved for a
 * moment, to see how long answers take when nothing waits in the target; as far as they take longer than that otherwise,
 * the limit is too high (a gradient of means, like Envoy's adaptive concurrency). Means, because requests differ.
 */
export class AdaptiveLimit {
  #limit = BEGIN;
  /** What answers took on average when nothing was waiting; 0: not known yet. */
  #unloadedMs = 0;
  /** 2: what waits is let go; 1: what is left is measured; 0: neither. */
  #probing = 0;
  #windows = 0;
  #answers = 0;
  #sumMs = 0;
  /** The most requests at once in this window. */
  #peak = 0;

  get limit(): number {
    return Math.max(LEAST, Math.floor(this.#probing > 0 ? this.#limit / 2 : this.#limit));
  }

  /** @param active requests under way there, this one included */
  answered(latencyMs: number, active: number): void {
    this.#answers++;
    this.#sumMs += latencyMs;
    this.#peak = Math.max(this.#peak, active);
    if (this.#answers >= Math.max(LEAST_ANSWERS, this.#limit)) this.#endWindow();
  }

  /** It refused, broke off or took too long. */
  failed(): void {
    this.#limit = Math.max(LEAST, this.#limit * AFTER_FAILURE);
  }

  #endWindow(): void {
    const meanMs = Math.max(this.#sumMs / this.#answers, LEAST_MS);
    if (this.#probing > 0) this.#probe(meanMs);
    else if (this.#unloadedMs === 0) this.#unloadedMs = meanMs;
    // Of a limit that nobody comes near nothing is learned.
    else if (this.#peak >= this.#limit / 2) this.#adjust(meanMs);
    this.#answers = this.#sumMs = this.#peak = 0;
  }

  #probe(meanMs: number): void {
    this.#probing--;
    if (this.#probing === 0) this.#unloadedMs = meanMs;
  }

  #adjust(meanMs: number): void {
    const gradient = Math.min(1, Math.max(MOST_DOWN, (TOLERANCE * this.#unloadedMs) / meanMs));
    const wanted = this.#limit * gradient + Math.sqrt(this.#limit);
    this.#limit = Math.min(MOST, Math.max(LEAST, wanted));
    this.#windows++;
    if (this.#windows % PROBE_EVERY === 0) this.#probing = 2;
  }
}

const BEGIN = 20;
const LEAST = 2;
const MOST = 10_000;
const LEAST_MS = 0.1;
/** Of fewer the mean says little. */
const LEAST_ANSWERS = 20;
/** Answers may be a tenth slower than without load before that means anything. */
const TOLERANCE = 1.1;
const MOST_DOWN = 0.5;
/** Windows: a thirtieth of the time or so goes into looking. */
const PROBE_EVERY = 30;
const AFTER_FAILURE = 0.9;
