/**
 * How long to wait before a worker that died is replaced: not at all when it had served for a while, else longer each
 * time, so that one that dies at its start does not take a core for itself.
 */
export class Backoff {
  #delayMs = 0;

  /** @param livedMs how long the one that died had served */
  next(livedMs: number): number {
    if (livedMs >= STABLE_MS) this.#delayMs = 0;
    const delayMs = this.#delayMs;
    this.#delayMs = Math.min(LONGEST_MS, Math.max(SHORTEST_MS, delayMs * 2));
    return delayMs;
  }
}

/** A worker that served for so long has not died of its start. */
const STABLE_MS = 10_000;
const SHORTEST_MS = 100;
const LONGEST_MS = 10_000;
