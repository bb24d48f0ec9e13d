/**
 * A minimum rate for one direction of one body (slow-loris and slow-read): over each window, the time in which
 * we waited for the client must have moved at least so many bytes. Time in which the client waited for
 * us does not count, so a slow upstream never costs a client its request.
 */
import type { Timed, Timers } from "../base/clock.ts";

export class RateGuard implements Timed {
  deadlineMs: number = Number.POSITIVE_INFINITY;
  slotDueMs: number = Number.POSITIVE_INFINITY;
  timerNext: Timed | null = null;
  timerPrevious: Timed | null = null;
  readonly #timers: Timers;
  readonly #minRateBytes: number;
  readonly #windowMs: number;
  readonly #moved: () => number;
  readonly #onTooSlow: () => void;
  #windowBytes: number;
  #waitedMs = 0;
  #waitingSinceMs = -1;

  /** @param moved bytes that the client has sent or taken in all, asked once a window */
  constructor(
    timers: Timers,
    minRateBytes: number,
    windowMs: number,
    moved: () => number,
    onTooSlow: () => void,
  ) {
    this.#timers = timers;
    this.#minRateBytes = minRateBytes;
    this.#windowMs = windowMs;
    this.#moved = moved;
    this.#onTooSlow = onTooSlow;
    this.#windowBytes = moved();
    this.#arm(timers.clock.nowMs());
  }

  /** Whether we now wait for the client. */
  setWaiting(waiting: boolean): void {
    const nowMs = this.#timers.clock.nowMs();
    if (waiting === this.#waitingSinceMs >= 0) return;
    if (!waiting) this.#waitedMs += nowMs - this.#waitingSinceMs;
    this.#waitingSinceMs = waiting ? nowMs : -1;
  }

  expire(nowMs: number): void {
    if (this.#waitingSinceMs >= 0) {
      this.#waitedMs += nowMs - this.#waitingSinceMs;
      this.#waitingSinceMs = nowMs;
    }
    const moved = this.#moved() - this.#windowBytes;
    const owed = (this.#minRateBytes * this.#waitedMs) / 1000;
    if (this.#waitedMs >= this.#windowMs / 2 && moved < owed) {
      this.#onTooSlow();
      return;
    }
    this.#windowBytes += moved;
    this.#waitedMs = 0;
    this.#arm(nowMs);
  }

  stop(): void {
    this.#timers.disarm(this);
  }

  #arm(nowMs: number): void {
    this.deadlineMs = nowMs + this.#windowMs;
    this.#timers.arm(this);
  }
}
