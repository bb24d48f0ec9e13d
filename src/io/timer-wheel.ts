/**
 * Deadlines of many connections on one ticking timer. A ring of slots, each an intrusive list; a member
 * whose deadline has moved on when its slot comes round is put into a later one, so that a busy connection
 * pays one field write per request. Deadlines beyond the ring wait in its last slot and are looked at again.
 */
import type { Clock, Timed, Timers } from "../base/clock.ts";
import { flushOutbox } from "./connection.ts";
import { reportInternalFault } from "./internal-fault.ts";
import { refreshClock } from "./real-clock.ts";

/** Deadlines are met up to this much late, never early. */
export const TICK_MS = 50;
const SLOTS = 512;
const RANGE_MS = (SLOTS - 1) * TICK_MS;

/** How the wheel is woken; the real one is an interval, tests call `advance` themselves. */
export interface Ticker {
  start(tick: () => void, everyMs: number): void;
  stop(): void;
}

export class TimerWheel implements Timers {
  readonly clock: Clock;
  readonly #ticker: Ticker;
  readonly #slots: (Timed | null)[] = new Array(SLOTS).fill(null);
  #members = 0;
  /** The tick whose slot was emptied last. */
  #lastTick: number;
  #isTurning = false;

  constructor(clock: Clock, ticker: Ticker) {
    this.clock = clock;
    this.#ticker = ticker;
    this.#lastTick = Math.floor(clock.nowMs() / TICK_MS);
  }

  /** How many objects the wheel holds, for leak checks. */
  get size(): number {
    return this.#members;
  }

  arm(timed: Timed): void {
    if (timed.deadlineMs >= timed.slotDueMs) return;
    if (timed.deadlineMs === Number.POSITIVE_INFINITY) return;
    if (timed.slotDueMs !== Number.POSITIVE_INFINITY) this.#unlink(timed);
    else if (this.#members++ === 0 && !this.#isTurning) this.#wake();
    this.#link(timed);
  }

  disarm(timed: Timed): void {
    timed.deadlineMs = Number.POSITIVE_INFINITY;
    if (timed.slotDueMs === Number.POSITIVE_INFINITY) return;
    this.#unlink(timed);
    timed.slotDueMs = Number.POSITIVE_INFINITY;
    this.#members--;
  }

  /**
   * Fires what is due. The wheel sleeps while it is empty, but not within its turn: to wake it then would move it past the
   * slots that it has still to empty, and one at the ring's end could come back into the slot being emptied, for ever.
   */
  advance(): void {
    this.#isTurning = true;
    const nowMs = this.clock.nowMs();
    const tick = Math.floor(nowMs / TICK_MS);
    const from = Math.max(this.#lastTick + 1, tick - SLOTS + 1);
    for (let each = from; each <= tick; each++) {
      this.#lastTick = each;
      this.#empty(each % SLOTS, nowMs);
    }
    this.#lastTick = Math.max(tick, this.#lastTick);
    this.#isTurning = false;
    if (this.#members === 0) this.#ticker.stop();
  }

  #wake(): void {
    this.#lastTick = Math.floor(this.clock.nowMs() / TICK_MS);
    this.#ticker.start(() => this.advance(), TICK_MS);
  }

  /** One at a time from the head: what expires may take its neighbours out. */
  #empty(slot: number, nowMs: number): void {
    for (let timed = this.#slots[slot]!; timed !== null; timed = this.#slots[slot]!) {
      this.#unlink(timed);
      timed.slotDueMs = Number.POSITIVE_INFINITY;
      this.#members--;
      this.#visit(timed, nowMs);
    }
  }

  #visit(timed: Timed, nowMs: number): void {
    if (timed.deadlineMs === Number.POSITIVE_INFINITY) return;
    if (timed.deadlineMs > nowMs) {
      this.#members++;
      this.#link(timed);
    } else expire(timed, nowMs);
  }

  /** The slot's tick begins at or after the deadline, so that nothing fires early. */
  #link(timed: Timed): void {
    const latestMs = this.#lastTick * TICK_MS + RANGE_MS;
    const tick = Math.max(Math.ceil(Math.min(timed.deadlineMs, latestMs) / TICK_MS), this.#lastTick + 1);
    const slot = tick % SLOTS;
    timed.slotDueMs = tick * TICK_MS;
    timed.timerPrevious = null;
    timed.timerNext = this.#slots[slot]!;
    if (timed.timerNext !== null) timed.timerNext.timerPrevious = timed;
    this.#slots[slot] = timed;
  }

  #unlink(timed: Timed): void {
    if (timed.timerPrevious !== null) timed.timerPrevious.timerNext = timed.timerNext;
    else this.#slots[(timed.slotDueMs / TICK_MS) % SLOTS] = timed.timerNext;
    if (timed.timerNext !== null) timed.timerNext.timerPrevious = timed.timerPrevious;
    timed.timerNext = timed.timerPrevious = null;
  }
}

/** A mistake of ours in one must not keep the rest of its slot waiting for the next turn of the ring. */
function expire(timed: Timed, nowMs: number): void {
  try {
    timed.expire(nowMs);
  } catch (error) {
    reportInternalFault(error as Error);
  }
}

/** Wakes a wheel with the runtime's own interval, which does not keep the process alive. */
export function intervalTicker(): Ticker {
  let interval: ReturnType<typeof setInterval> | null = null;
  return {
    start(tick, everyMs) {
      interval ??= setInterval(() => {
        refreshClock();
        tick();
        flushOutbox();
      }, everyMs);
      interval.unref();
    },
    stop() {
      if (interval !== null) clearInterval(interval);
      interval = null;
    },
  };
}
