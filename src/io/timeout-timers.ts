/**
 * Timers for deadlines that are few and far apart, such as the refreshing of names: one timer of the runtime
 * each, where the wheel would wake an idle process twenty times a second. None keeps the process alive.
 */
import type { Clock, Timed, Timers } from "../base/clock.ts";
import { flushOutbox } from "./connection.ts";
import { refreshClock } from "./real-clock.ts";

export function timeoutTimers(clock: Clock): Timers {
  const handles = new Map<Timed, ReturnType<typeof setTimeout>>();
  const leave = (timed: Timed): void => {
    clearTimeout(handles.get(timed));
    handles.delete(timed);
    timed.slotDueMs = Number.POSITIVE_INFINITY;
  };
  const wake = (timed: Timed): void => {
    refreshClock();
    const nowMs = clock.nowMs();
    leave(timed);
    if (timed.deadlineMs > nowMs) arm(timed);
    else timed.expire(nowMs);
    flushOutbox();
  };
  const arm = (timed: Timed): void => {
    if (timed.deadlineMs >= timed.slotDueMs || timed.deadlineMs === Number.POSITIVE_INFINITY) return;
    leave(timed);
    timed.slotDueMs = timed.deadlineMs;
    const delayMs = Math.min(Math.max(0, Math.ceil(timed.deadlineMs - clock.nowMs())), MAX_DELAY_MS);
    const handle = setTimeout(() => wake(timed), delayMs);
    handle.unref();
    handles.set(timed, handle);
  };
  return {
    clock,
    arm,
    disarm(timed) {
      timed.deadlineMs = Number.POSITIVE_INFINITY;
      leave(timed);
    },
  };
}

/** setTimeout takes 31 bits; what is due later is looked at again. */
const MAX_DELAY_MS = 2 ** 31 - 1;
