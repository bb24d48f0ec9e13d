import { expect, test } from "bun:test";
import type { Timed } from "../../src/base/clock.ts";
import { realClock, refreshClock } from "../../src/io/real-clock.ts";
import { timeoutTimers } from "../../src/io/timeout-timers.ts";
import { eventually } from "../support/eventually.ts";

function member(onExpire: (nowMs: number) => void): Timed {
  const never = Number.POSITIVE_INFINITY;
  return { deadlineMs: never, slotDueMs: never, timerNext: null, timerPrevious: null, expire: onExpire };
}

test("fires after the deadline, also after one that was moved later, and not when it was taken out", async () => {
  const timers = timeoutTimers(realClock);
  const fired: string[] = [];
  const note = (name: string, afterMs: number): Timed => {
    const timed = member((nowMs) => {
      expect(nowMs).toBeGreaterThanOrEqual(timed.deadlineMs);
      fired.push(name);
    });
    timed.deadlineMs = refreshClock() + afterMs;
    timers.arm(timed);
    return timed;
  };
  const moved = note("moved", 1);
  moved.deadlineMs += 20;
  note("second", 10);
  const earlier = note("first", 60_000);
  earlier.deadlineMs = refreshClock() + 2;
  timers.arm(earlier);
  timers.disarm(note("never", 1));
  await eventually(() => fired.length === 3, "three deadlines");
  expect(fired).toEqual(["first", "second", "moved"]);
});
