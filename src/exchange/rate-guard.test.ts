/** On a clock that the test moves: when a guard lets go, and when it does not. */
import { describe, expect, test } from "bun:test";
import type { Timed, Timers } from "../base/clock.ts";
import { RateGuard } from "./rate-guard.ts";

const RATE = 100;
const WINDOW_MS = 10_000;

/** One timer at a time, which is all that a guard uses. */
class OneTimer implements Timers {
  nowMs = 0;
  readonly clock = { nowMs: () => this.nowMs, wallMs: () => this.nowMs };
  armed: Timed | null = null;

  arm(timed: Timed): void {
    this.armed = timed;
  }

  disarm(): void {
    this.armed = null;
  }

  advance(ms: number): void {
    const endMs = this.nowMs + ms;
    for (let due = this.armed; due !== null && due.deadlineMs <= endMs; due = this.armed) {
      this.nowMs = due.deadlineMs;
      this.armed = null;
      due.expire(this.nowMs);
    }
    this.nowMs = endMs;
  }
}

function guarded() {
  const timers = new OneTimer();
  const state = { moved: 5_000, tooSlow: 0 };
  const guard = new RateGuard(
    timers,
    RATE,
    WINDOW_MS,
    () => state.moved,
    () => state.tooSlow++,
  );
  return { timers, state, guard };
}

describe("while we wait for the client", () => {
  test("nothing at all is too slow after one window", () => {
    const { timers, state, guard } = guarded();
    guard.setWaiting(true);
    timers.advance(WINDOW_MS - 1);
    expect(state.tooSlow).toBe(0);
    timers.advance(1);
    expect(state.tooSlow).toBe(1);
    expect(timers.armed).toBeNull();
  });

  test("just enough in each window is enough, and what was moved before does not count", () => {
    const { timers, state, guard } = guarded();
    guard.setWaiting(true);
    for (let window = 0; window < 20; window++) {
      state.moved += (RATE * WINDOW_MS) / 1000;
      timers.advance(WINDOW_MS);
    }
    expect(state.tooSlow).toBe(0);
    state.moved += (RATE * WINDOW_MS) / 1000 - 1;
    timers.advance(WINDOW_MS);
    expect(state.tooSlow).toBe(1);
  });
});

describe("while the client waits for us", () => {
  test("it owes nothing", () => {
    const { timers, state } = guarded();
    timers.advance(100 * WINDOW_MS);
    expect(state.tooSlow).toBe(0);
  });

  test("a window that was mostly ours is not judged", () => {
    const { timers, state, guard } = guarded();
    guard.setWaiting(true);
    timers.advance(WINDOW_MS * 0.4);
    guard.setWaiting(false);
    timers.advance(WINDOW_MS * 10);
    expect(state.tooSlow).toBe(0);
  });

  test("in a window that was half the client's it owes half", () => {
    const { timers, state, guard } = guarded();
    guard.setWaiting(true);
    timers.advance(WINDOW_MS / 2);
    guard.setWaiting(false);
    state.moved += (RATE * WINDOW_MS) / 2000;
    timers.advance(WINDOW_MS / 2);
    expect(state.tooSlow).toBe(0);
  });

  test("saying so twice changes nothing", () => {
    const { timers, state, guard } = guarded();
    guard.setWaiting(true);
    timers.advance(WINDOW_MS / 2);
    guard.setWaiting(true);
    timers.advance(WINDOW_MS / 2);
    expect(state.tooSlow).toBe(1);
  });
});

test("a guard that was stopped is silent", () => {
  const { timers, state, guard } = guarded();
  guard.setWaiting(true);
  guard.stop();
  timers.advance(10 * WINDOW_MS);
  expect(state.tooSlow).toBe(0);
});
