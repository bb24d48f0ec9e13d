/**
 * How often requests to one upstream may be repeated: each request pays in a share of a repetition, each repetition
 * takes a whole one out. Over any time, with `n` requests in it, there are at most `share * n` repetitions
 * and the reserve beside them, so that an upstream which fails altogether is not hit much harder than one that works.
 * Times are `Clock.nowMs`.
 */
export class RetryBudget {
  #credit: number = RESERVE;
  #fadedMs = 0;

  /** A request comes that is not a repetition. */
  deposit(share: number): void {
    this.#credit += share;
  }

  /** Whether there may be a repetition; if so, it is counted. */
  take(nowMs: number): boolean {
    this.#fade(nowMs);
    if (this.#credit < 1) return false;
    this.#credit -= 1;
    return true;
  }

  /** What quiet hours have saved up must not become a storm: what is beyond the reserve halves every few seconds. */
  #fade(nowMs: number): void {
    if (this.#credit > RESERVE) {
      this.#credit = RESERVE + (this.#credit - RESERVE) * 0.5 ** ((nowMs - this.#fadedMs) / HALF_LIFE_MS);
    }
    this.#fadedMs = nowMs;
  }
}

/** Without it an upstream with little traffic could not repeat anything. Finagle: 10 a second; Envoy: 3 at once. */
const RESERVE = 10;
const HALF_LIFE_MS = 5_000;
