/**
 * A budget for what is legal, costs us something and serves no purpose when it comes in numbers: streams that are
 * reset, frames without content, settings and pings without end. Work that is done earns some of it back, and so
 * does time; who spends faster is told to calm down (RFC 9113 section 10.5).
 */

/** What each act costs. A connection may hold `BUDGET` of it. */
export const COST = {
  /** A stream that the client gives up, or makes us give up, before its answer is complete. */
  reset: 15,
  /** A stream beyond the limit. */
  refused: 5,
  /** The same from a client that may not know of the limit yet. */
  refusedUnknowing: 1,
  /** A head that breaks a limit: read whole, for the sake of the table, and not used. */
  largeHead: 25,
  /** SETTINGS beyond the first ones: each is answered. */
  settings: 10,
  /** PING: each is answered. */
  ping: 2,
  /** PRIORITY, PRIORITY_UPDATE, unknown types, late frames: read and forgotten. */
  idleFrame: 1,
  /** DATA without a byte, and HEADERS or CONTINUATION of an empty fragment. */
  emptyFrame: 5,
  /** WINDOW_UPDATE that leaves room for a few bytes: each makes us send a frame for them. */
  dribble: 1,
} as const;

export class Glitches {
  #left = BUDGET;
  #refilledMs = -1;

  /** False when nothing is left. */
  spend(cost: number): boolean {
    this.#left -= cost;
    return this.#left >= 0;
  }

  /** A stream has come to its end in the way that it should. */
  earn(): void {
    this.#left = Math.min(BUDGET, this.#left + EARNED);
  }

  refill(nowMs: number): void {
    if (this.#refilledMs >= 0) {
      this.#left = Math.min(BUDGET, this.#left + ((nowMs - this.#refilledMs) * REFILL_PER_SECOND) / 1000);
    }
    this.#refilledMs = nowMs;
  }
}

/** 66 resets in a row; a browser that leaves a page gives up fewer, and earns more by what it had loaded. */
export const BUDGET = 1_000;
/** As much as a reset costs: who takes an answer for each that it gives up may go on for ever. */
const EARNED = 15;
/** Ten resets, or a ping every 10 ms. */
const REFILL_PER_SECOND = 150;
