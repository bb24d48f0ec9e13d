/** Time that passes on the proxy's own clock, and may be cut short. */
import type { Timed, Timers } from "../base/clock.ts";

export class Wait implements Timed {
  deadlineMs: number;
  slotDueMs: number = Number.POSITIVE_INFINITY;
  timerNext: Timed | null = null;
  timerPrevious: Timed | null = null;
  readonly over: Promise<void>;
  readonly #timers: Timers;
  readonly #resolve: () => void;

  constructor(forMs: number, timers: Timers) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.over = promise;
    this.#resolve = resolve;
    this.#timers = timers;
    this.deadlineMs = timers.clock.nowMs() + forMs;
    if (forMs > 0) timers.arm(this);
    else resolve();
  }

  end(): void {
    this.#timers.disarm(this);
    this.#resolve();
  }

  expire(): void {
    this.#resolve();
  }
}
