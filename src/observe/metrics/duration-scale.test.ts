import { expect, test } from "bun:test";
import fc from "fast-check";
import {
  addExposed,
  bucketOf,
  countDuration,
  countDurationTwice,
  DURATION_BUCKETS,
  DURATION_CELLS,
  EXPOSED_BOUNDS,
  EXPOSED_BUCKETS,
  EXPOSED_CELLS,
  quantileMs,
  SUM_CELL,
  UPPER_BOUNDS_MS,
} from "./duration-scale.ts";

const duration = fc.double({ min: 0.01, max: 9_999_999, noNaN: true });

test("bounds grow by less than a tenth", () => {
  for (let i = 1; i < DURATION_BUCKETS - 1; i++) {
    const ratio = UPPER_BOUNDS_MS[i]! / UPPER_BOUNDS_MS[i - 1]!;
    expect(ratio).toBeWithin(1.09, 1.1);
  }
});

test("a duration falls into the one bucket whose bounds hold it", () => {
  fc.assert(
    fc.property(duration, (ms) => {
      expect(bucketOf(ms)).toBe(UPPER_BOUNDS_MS.findIndex((bound) => ms <= bound));
    }),
    { numRuns: 5_000 },
  );
});

test("a bound itself belongs to the bucket below it, and the next number does not", () => {
  for (let i = 0; i < DURATION_BUCKETS - 1; i++) {
    const bound = UPPER_BOUNDS_MS[i]!;
    expect([bucketOf(bound), bucketOf(bound * (1 + 2 ** -51))]).toEqual([i, i + 1]);
  }
});

test("what is no duration, and what is longer than any, has a place too", () => {
  expect([0, -5, Number.NaN, -0, 1e-300].map(bucketOf)).toEqual([0, 0, 0, 0, 0]);
  expect([1e7 + 1, 1e300, Number.POSITIVE_INFINITY].map(bucketOf)).toEqual(
    Array(3).fill(DURATION_BUCKETS - 1),
  );
});

test("what is shown is exact: a duration is in the first exposed bucket whose bound it does not exceed", () => {
  const onBounds = EXPOSED_BOUNDS.map((seconds) => seconds * 1000);
  fc.assert(
    fc.property(fc.oneof(duration, fc.constantFrom(...onBounds)), (ms) => {
      const cells = new Float64Array(DURATION_CELLS + EXPOSED_CELLS);
      countDurationTwice(cells, 0, DURATION_CELLS, ms);
      const first = EXPOSED_BOUNDS.findIndex((seconds) => ms <= seconds * 1000);
      const shown = cells.subarray(DURATION_CELLS, DURATION_CELLS + EXPOSED_BUCKETS);
      expect(shown.indexOf(1)).toBe(first < 0 ? EXPOSED_BOUNDS.length : first);
      const folded = new Float64Array(EXPOSED_BUCKETS);
      addExposed(folded, cells, 0);
      expect(folded).toEqual(Float64Array.from(shown));
      expect([cells[SUM_CELL], cells[DURATION_CELLS + EXPOSED_BUCKETS]]).toEqual([ms, ms]);
    }),
  );
});

test("quantiles up to p99.9 are within 5 % of the true ones", () => {
  const sets = fc.array(duration, { minLength: 1, maxLength: 3_000 });
  fc.assert(
    fc.property(sets, fc.constantFrom(0.01, 0.5, 0.9, 0.99, 0.999, 1), (durations, q) => {
      const cells = counted(durations);
      const sorted = [...durations].sort((a, b) => a - b);
      const truth = sorted[Math.max(1, Math.ceil(q * sorted.length)) - 1]!;
      expect(Math.abs(quantileMs(cells, q)! - truth) / truth).toBeLessThan(0.05);
    }),
  );
});

test("histograms of several processes, added up, are the histogram of all", () => {
  const lists = fc.array(fc.array(duration, { maxLength: 200 }), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(lists, (parts) => {
      const merged = new Float64Array(DURATION_CELLS);
      for (const part of parts.map(counted)) for (const [i, count] of part.entries()) merged[i]! += count;
      const whole = counted(parts.flat());
      expect(merged.subarray(0, DURATION_BUCKETS)).toEqual(whole.subarray(0, DURATION_BUCKETS));
      expect(merged[SUM_CELL]!).toBeCloseTo(whole[SUM_CELL]!, 0);
    }),
  );
});

test("nothing counted, no quantile", () => {
  expect(quantileMs(new Float64Array(DURATION_CELLS), 0.5)).toBeNull();
});

function counted(durations: readonly number[]): Float64Array<ArrayBuffer> {
  const cells = new Float64Array(DURATION_CELLS);
  for (const ms of durations) countDuration(cells, 0, ms);
  return cells;
}
