/** The limit against a simulated target: a number of workers, and a queue before them. */
import { describe, expect, test } from "bun:test";
import { AdaptiveLimit } from "./adaptive-limit.ts";

/** What answers take that has so many workers of 10 ms each, when so many requests are there. */
function latencyMs(workers: number, active: number): number {
  return 10 * Math.max(1, active / workers);
}

/** The limit after so many answers, with clients that always fill it. */
function settled(limit: AdaptiveLimit, workers: number, answers = 20_000): number {
  for (let i = 0; i < answers; i++) {
    const active = limit.limit;
    limit.answered(latencyMs(workers, active), active);
  }
  return limit.limit;
}

describe("an adaptive limit", () => {
  for (const workers of [5, 20, 100, 400]) {
    test(`finds what a target with ${workers} workers is good for, and little more`, () => {
      expect(settled(new AdaptiveLimit(), workers)).toBeWithin(workers * 0.9, workers * 1.4 + 10);
    });
  }

  test("follows a target that loses three quarters of its workers, and gets them back", () => {
    const limit = new AdaptiveLimit();
    const before = settled(limit, 100);
    const during = settled(limit, 25, 2_000);
    expect(during).toBeLessThan(before * 0.7);
    expect(settled(limit, 100)).toBeGreaterThan(during);
  });

  test("learns nothing from a target that is hardly used", () => {
    const limit = new AdaptiveLimit();
    for (let i = 0; i < 1_000; i++) limit.answered(10, 1);
    expect(limit.limit).toBe(20);
  });

  test("goes down with failures, and never to nothing", () => {
    const limit = new AdaptiveLimit();
    for (let i = 0; i < 5; i++) limit.failed();
    expect(limit.limit).toBeLessThan(13);
    for (let i = 0; i < 1_000; i++) limit.failed();
    expect(limit.limit).toBe(2);
  });
});
