import { expect, test } from "bun:test";
import fc from "fast-check";
import type { Timed, Timers } from "../../src/base/clock.ts";
import { onInternalFault } from "../../src/io/internal-fault.ts";
import { TICK_MS, type Ticker, TimerWheel } from "../../src/io/timer-wheel.ts";
import { FakeClock } from "../support/fake-clock.ts";

/** What has a deadline and notes when it was called. */
class Member implements Timed {
  deadlineMs = Number.POSITIVE_INFINITY;
  slotDueMs = Number.POSITIVE_INFINITY;
  timerNext: Timed | null = null;
  timerPrevious: Timed | null = null;
  readonly firedMs: number[] = [];
  onExpire: (() => void) | null = null;

  arm(timers: Timers, deadlineMs: number): this {
    this.deadlineMs = deadlineMs;
    timers.arm(this);
    return this;
  }

  expire(nowMs: number): void {
    this.firedMs.push(nowMs);
    this.deadlineMs = Number.POSITIVE_INFINITY;
    this.onExpire?.();
  }
}

test("never early, at most one tick late, whatever was armed, moved and disarmed", () => {
  const step = fc.oneof(
    fc.record({
      kind: fc.constant("arm" as const),
      who: fc.nat(7),
      afterMs: fc.integer({ min: -1_000, max: 70_000 }),
    }),
    fc.record({ kind: fc.constant("later" as const), who: fc.nat(7), byMs: fc.nat(40_000) }),
    fc.record({ kind: fc.constant("disarm" as const), who: fc.nat(7) }),
    fc.record({ kind: fc.constant("advance" as const), ms: fc.nat(30_000) }),
    fc.record({ kind: fc.constant("stall" as const), ms: fc.nat(60_000) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const run = new WheelRun(8);
      for (const each of steps) run.take(each);
      run.advance(200_000);
      expect(run.wheel.size).toBe(0);
    }),
    { numRuns: 500 },
  );
});

type Step =
  | { kind: "arm"; who: number; afterMs: number }
  | { kind: "later"; who: number; byMs: number }
  | { kind: "disarm"; who: number }
  | { kind: "advance" | "stall"; ms: number };

/** A wheel beside a plain list of deadlines that says what ought to happen. */
class WheelRun {
  nowMs = 12_345;
  readonly wheel: TimerWheel;
  readonly #members: Member[];
  readonly #due: (number | null)[];

  constructor(count: number) {
    const ticker: Ticker = { start() {}, stop() {} };
    this.wheel = new TimerWheel({ nowMs: () => this.nowMs, wallMs: () => 0 }, ticker);
    this.#members = Array.from({ length: count }, () => new Member());
    this.#due = Array.from({ length: count }, () => null);
  }

  take(step: Step): void {
    switch (step.kind) {
      case "arm":
        this.#members[step.who]!.arm(this.wheel, this.nowMs + step.afterMs);
        this.#due[step.who] = this.nowMs + Math.max(0, step.afterMs);
        return;
      case "later": {
        const due = this.#due[step.who];
        if (due === null || due === undefined) return;
        this.#members[step.who]!.deadlineMs = due + step.byMs;
        this.#due[step.who] = due + step.byMs;
        return;
      }
      case "disarm":
        this.wheel.disarm(this.#members[step.who]!);
        this.#due[step.who] = null;
        return;
      case "advance":
        this.advance(step.ms);
        return;
      case "stall":
        // The loop was busy: one late turn in place of many.
        this.nowMs += step.ms;
        this.wheel.advance();
        this.#check(step.ms + TICK_MS);
    }
  }

  advance(ms: number): void {
    const endMs = this.nowMs + ms;
    while (this.nowMs < endMs) {
      this.nowMs = Math.min(endMs, (Math.floor(this.nowMs / TICK_MS) + 1) * TICK_MS);
      this.wheel.advance();
      this.#check(TICK_MS);
    }
  }

  #check(lateMs: number): void {
    for (const [who, member] of this.#members.entries()) {
      const due = this.#due[who]!;
      const fired = member.firedMs.pop();
      if (fired === undefined) {
        if (due !== null) expect(this.nowMs - due).toBeLessThan(lateMs);
        continue;
      }
      expect(due).not.toBeNull();
      expect(fired).toBeGreaterThanOrEqual(due);
      expect(member.firedMs).toHaveLength(0);
      this.#due[who] = null;
    }
  }
}

test("a deadline that keeps moving later costs one look per slot and fires once", () => {
  const clock = new FakeClock();
  const member = new Member().arm(clock.timers, clock.nowMs() + 1_000);
  for (let i = 0; i < 100; i++) {
    clock.advance(500);
    member.deadlineMs = clock.nowMs() + 1_000;
  }
  expect(member.firedMs).toEqual([]);
  clock.advance(1_000 + TICK_MS);
  expect(member.firedMs).toHaveLength(1);
});

test("one that expires may disarm its neighbours of the same slot, and arm itself again", () => {
  const clock = new FakeClock();
  const dueMs = clock.nowMs() + 100;
  const members = Array.from({ length: 5 }, () => new Member().arm(clock.timers, dueMs));
  let turns = 0;
  for (const member of members) {
    member.onExpire = () => {
      for (const other of members) if (other !== member) clock.timers.disarm(other);
      if (++turns < 3) member.arm(clock.timers, clock.nowMs() + 10);
    };
  }
  clock.advance(1_000);
  expect(turns).toBe(3);
  expect(members.filter(({ firedMs }) => firedMs.length > 0)).toHaveLength(1);
  expect(clock.timers.size).toBe(0);
});

test("a fault in one does not keep the others of its slot waiting", () => {
  const clock = new FakeClock();
  const dueMs = clock.nowMs() + 100;
  const members = Array.from({ length: 3 }, () => new Member().arm(clock.timers, dueMs));
  for (const member of members) {
    member.onExpire = () => {
      throw new Error("a mistake of ours");
    };
  }
  const told: string[] = [];
  onInternalFault((error) => told.push(error.message));
  clock.advance(200);
  expect(members.map(({ firedMs }) => firedMs.length)).toEqual([1, 1, 1]);
  expect(told).toHaveLength(3);
  onInternalFault((error) => console.error(error));
});

test("the ticker runs only while the wheel holds something, also across an expiry that arms again", () => {
  let running = false;
  let starts = 0;
  let nowMs = 0;
  const ticker: Ticker = {
    start() {
      if (!running) starts++;
      running = true;
    },
    stop() {
      running = false;
    },
  };
  const wheel = new TimerWheel({ nowMs: () => nowMs, wallMs: () => 0 }, ticker);
  const member = new Member().arm(wheel, 120);
  expect(running).toBeTrue();
  member.onExpire = () => {
    member.onExpire = null;
    member.arm(wheel, nowMs + 300);
  };
  for (; nowMs < 400; nowMs += TICK_MS) wheel.advance();
  expect(running).toBeTrue();
  for (; nowMs < 700; nowMs += TICK_MS) wheel.advance();
  expect(running).toBeFalse();
  expect(starts).toBe(1);
  wheel.disarm(new Member().arm(wheel, nowMs + 10_000));
  wheel.advance();
  expect(running).toBeFalse();
});

test("one that is alone and arms itself again is found in its time, however late the wheel turns", () => {
  for (const lateTicks of [0, 1, 2, 3, 255, 510, 511, 512, 513, 2_000]) {
    for (const againMs of [0, 10, 50, 25_450, 25_500, 25_550, 25_551, 25_600, 60_000]) {
      let nowMs = 12_345;
      const wheel = new TimerWheel({ nowMs: () => nowMs, wallMs: () => 0 }, { start() {}, stop() {} });
      const member = new Member().arm(wheel, nowMs + 1_000);
      let dueMs = 0;
      let looks = 0;
      member.onExpire = () => {
        if (++looks > 1) return;
        dueMs = nowMs + againMs;
        member.arm(wheel, dueMs);
      };
      nowMs += 1_000 + (1 + lateTicks) * TICK_MS;
      wheel.advance();
      while (looks < 2 && nowMs <= dueMs + TICK_MS) {
        nowMs += TICK_MS;
        wheel.advance();
      }
      expect([lateTicks, againMs, looks]).toEqual([lateTicks, againMs, 2]);
      expect(member.firedMs[1]).toBeGreaterThanOrEqual(dueMs);
      expect(wheel.size).toBe(0);
    }
  }
});

test("what has left the wheel is not held by it", () => {
  const clock = new FakeClock();
  const members = Array.from({ length: 100 }, (_, i) =>
    new Member().arm(clock.timers, clock.nowMs() + i * 7),
  );
  for (const member of members.slice(0, 50)) clock.timers.disarm(member);
  expect(clock.timers.size).toBe(50);
  clock.advance(1_000);
  for (const member of members) {
    expect(member.timerNext).toBeNull();
    expect(member.timerPrevious).toBeNull();
    expect(member.slotDueMs).toBe(Number.POSITIVE_INFINITY);
  }
});
