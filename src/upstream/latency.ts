/**
 * How long a target takes, as somebody careful would guess: up at once with the slowest answer, and down slowly
 * (a peak-sensitive, exponentially weighted average; after Finagle's peak EWMA). A target that turns slow is known
 * to be slow by its first slow answer.
 */
export class Latency {
  #valueMs = 0;
  #atMs = 0;
  #samples = 0;

  /** Of answers seen since the target is known. */
  get samples(): number {
    return this.#samples;
  }

  observe(latencyMs: number, nowMs: number): void {
    const kept = Math.exp((this.#atMs - nowMs) / DECAY_MS);
    this.#valueMs = latencyMs > this.#valueMs ? latencyMs : this.#valueMs * kept + latencyMs * (1 - kept);
    this.#atMs = nowMs;
    this.#samples++;
  }

  /** Fades while nothing is heard, so that a target that was slow is tried again. 0: nothing is known. */
  expectedMs(nowMs: number): number {
    if (nowMs - this.#atMs < 1) return this.#valueMs;
    return this.#valueMs * Math.exp((this.#atMs - nowMs) / DECAY_MS);
  }
}

/** What is so old counts for a third. Finagle's default. */
const DECAY_MS = 10_000;
