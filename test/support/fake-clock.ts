/**
 * Time that a test moves: a clock and a timer wheel on it, in place of the machine's. Deadlines fire while the
 * clock is moved and at no other time, so that hours pass at once and nothing depends on how busy the machine is.
 */
import type { Clock } from "../../src/base/clock.ts";
import { flushOutbox } from "../../src/io/connection.ts";
import { TICK_MS, type Ticker, TimerWheel } from "../../src/io/timer-wheel.ts";

export class FakeClock implements Clock {
  readonly timers: TimerWheel;
  #nowMs = 1_000_000;

  constructor() {
    const ticker: Ticker = { start() {}, stop() {} };
    this.timers = new TimerWheel(this, ticker);
  }

  nowMs(): number {
    return this.#nowMs;
  }

  /** 2026-01-01 and what has passed since. */
  wallMs(): number {
    return Date.UTC(2026, 0, 1) + this.#nowMs;
  }

  /** Moves on tick by tick, as the wheel's ticker would; each expiry sees the time it was due at. */
  advance(ms: number): void {
    const endMs = this.#nowMs + ms;
    while (this.#nowMs < endMs) {
      this.#nowMs = Math.min(endMs, this.#nowMs + TICK_MS);
      this.timers.advance();
      flushOutbox();
    }
  }
}
