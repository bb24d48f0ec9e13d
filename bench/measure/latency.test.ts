import { expect, test } from "bun:test";
import { LatencyHistogram } from "./latency.ts";

test("a quantile is within 1/64 above the exact one, over the whole range", () => {
  for (const scale of [1, 50, 3_000, 1_000_000, 60_000_000]) {
    const histogram = new LatencyHistogram();
    for (let i = 1; i <= 1_000; i++) histogram.record(i * scale);
    for (const share of [0.5, 0.9, 0.99, 0.999]) {
      const exact = 1_000 * share * scale;
      expect(histogram.quantileNs(share)).toBeGreaterThanOrEqual(exact);
      expect(histogram.quantileNs(share)).toBeLessThanOrEqual(exact * (1 + 1 / 64) + 1);
    }
  }
});

test("never more than the largest sample, and samples beyond the range are not lost", () => {
  const histogram = new LatencyHistogram();
  histogram.record(1_000);
  histogram.record(2 ** 40);
  expect(histogram.quantileNs(0.5)).toBeLessThanOrEqual(1_015);
  expect(histogram.count).toBe(2);
  expect(histogram.maxNs).toBe(2 ** 40);
});

test("empty after clear", () => {
  const histogram = new LatencyHistogram();
  histogram.record(5);
  histogram.clear();
  expect(histogram.count).toBe(0);
  expect(histogram.quantileNs(0.99)).toBe(0);
});
