/**
 * An hour in some seconds: one target fails for ten minutes, then all do, then one is slow. No storm of repetitions, no
 * herd at a target that returns, and nobody stays out longer than the settings say.
 */
import { describe, expect, test } from "bun:test";
import { STANDARD_OUTLIERS } from "../../src/config/schema/protection.ts";
import { FailingHour, type Second, TARGETS, type Trouble, WORKERS } from "./failing-hour.ts";

const PER_SECOND = 100;
const HOUR_S = 3_600;
const SLOW_START_MS = 10_000;
const [ONE_DOWN, ALL_DOWN, ONE_SLOW] = [
  { from: 600, to: 1_200 },
  { from: 1_800, to: 1_860 },
  { from: 2_700, to: 3_000 },
];
/** The reserve of the budget (upstream/retry-budget.ts). */
const RESERVE = 10;

function troubleOf(target: number, second: number): Trouble | null {
  if (within(second, ALL_DOWN!) || (target === 2 && within(second, ONE_DOWN!))) return { kind: "down" };
  return target === 3 && within(second, ONE_SLOW!) ? { kind: "slow", times: 10 } : null;
}

function within(second: number, { from, to }: { from: number; to: number }): boolean {
  return second >= from && second < to;
}

const hour = new FailingHour({
  perSecond: PER_SECOND,
  seconds: HOUR_S,
  troubleOf,
  slowStartMs: SLOW_START_MS,
}).run();

function sum(from: number, to: number, of: (second: Second) => number): number {
  return hour.slice(from, to).reduce((total, second) => total + of(second), 0);
}

/** A target's part of all attempts. */
function part(target: number, from: number, to: number): number {
  return sum(from, to, ({ byTarget }) => byTarget[target]!) / sum(from, to, ({ attempts }) => attempts);
}

describe("no storm", () => {
  test("while all fail they are asked at most 1.2 times as often, and what had been saved", () => {
    const { from, to } = ALL_DOWN!;
    const [requests, attempts] = [sum(from, to, (s) => s.requests), sum(from, to, (s) => s.attempts)];
    expect(attempts).toBeGreaterThan(requests);
    // What the seconds before have saved fades with a half-life of five seconds: 29 per cent of a second's traffic.
    expect(attempts).toBeLessThan(1.2 * requests + RESERVE + 0.2 * PER_SECOND * 7.5);
  });

  test("over the hour, too", () => {
    const [requests, attempts] = [sum(0, HOUR_S, (s) => s.requests), sum(0, HOUR_S, (s) => s.attempts)];
    expect(requests).toBeWithin(HOUR_S * PER_SECOND * 0.98, HOUR_S * PER_SECOND * 1.02);
    expect(attempts).toBeLessThan(1.02 * requests);
  });
});

describe("one that fails", () => {
  test("costs clients nothing: what it fails is repeated elsewhere", () => {
    expect(sum(ONE_DOWN!.from, ONE_DOWN!.to, (s) => s.failed)).toBeLessThan(5);
  });

  test("is soon asked hardly any more", () => {
    expect(part(2, ONE_DOWN!.from + 2, ONE_DOWN!.to)).toBeLessThan(0.002);
  });

  test("has its share back within the longest ejection and its slow start", () => {
    const backS = ONE_DOWN!.to + (STANDARD_OUTLIERS.maxEjectMs + SLOW_START_MS) / 1_000;
    expect(part(2, backS, backS + 60)).toBeWithin(0.8 / TARGETS, 1.2 / TARGETS);
  });
});

describe("no herd", () => {
  test("comes with a target that is back: it never has more to do at once than it has workers", () => {
    expect(
      Math.max(...hour.slice(ONE_DOWN!.to, ALL_DOWN!.from).map(({ busiest }) => busiest[2]!)),
    ).toBeLessThanOrEqual(WORKERS);
  });

  test("comes when all are back", () => {
    for (const { busiest } of hour.slice(ALL_DOWN!.to + 1, ALL_DOWN!.to + 120)) {
      expect(Math.max(...busiest)).toBeLessThanOrEqual(WORKERS);
    }
  });
});

test("when all have failed, all serve again within seconds: they were never all taken out", () => {
  const failed = sum(ALL_DOWN!.to + 1, ALL_DOWN!.to + 60, (s) => s.failed);
  expect(failed).toBe(0);
});

test("one that is ten times slower gets less than half of its share, and all of it again afterwards", () => {
  expect(part(3, ONE_SLOW!.from + 1, ONE_SLOW!.to)).toBeLessThan(0.5 / TARGETS);
  expect(part(3, ONE_SLOW!.to + 60, HOUR_S)).toBeWithin(0.8 / TARGETS, 1.2 / TARGETS);
});
