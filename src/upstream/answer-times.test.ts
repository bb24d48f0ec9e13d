/** Quantiles from buckets are right to a bucket's width, and follow a change. */
import { describe, expect, test } from "bun:test";
import { createRandom } from "../base/random.ts";
import { AnswerTimes } from "./answer-times.ts";

const WIDTH = 2 ** 0.25;

describe("quantiles", () => {
  for (const share of [0.5, 0.9, 0.95, 0.99]) {
    test(`${share} of even times is right to a bucket`, () => {
      const times = new AnswerTimes();
      const random = createRandom([1, 2, 3, 4]);
      for (let i = 0; i < 4_000; i++) times.record((random.nextUint32() / 2 ** 32) * 1_000);
      expect(times.quantileMs(share)).toBeWithin(
        (share * 1_000) / WIDTH / 1.05,
        share * 1_000 * WIDTH * 1.05,
      );
    });
  }

  test("are unknown while there are few answers", () => {
    const times = new AnswerTimes();
    for (let i = 0; i < 49; i++) times.record(5);
    expect(times.quantileMs(0.95)).toBe(Number.POSITIVE_INFINITY);
    times.record(5);
    expect(times.quantileMs(0.95)).toBeWithin(5, 5 * WIDTH);
  });

  test("of times beyond both ends are the ends", () => {
    const times = new AnswerTimes();
    for (let i = 0; i < 60; i++) times.record(0);
    expect(times.quantileMs(0.5)).toBe(0.1);
    for (let i = 0; i < 6_000; i++) times.record(1e9);
    expect(times.quantileMs(0.9)).toBeWithin(100_000, 110_000);
  });

  test("follow an upstream that has become slow", () => {
    const times = new AnswerTimes();
    for (let i = 0; i < 100_000; i++) times.record(1);
    for (let i = 0; i < 8_000; i++) times.record(100);
    expect(times.quantileMs(0.5)).toBeWithin(100, 100 * WIDTH);
  });
});
