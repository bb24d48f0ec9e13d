import { expect, test } from "bun:test";
import { pairedRatios, spreadOf } from "./stats.ts";

test("the middle of an odd number of values, the mean of the two middle ones of an even number", () => {
  expect(spreadOf([9, 1, 5])).toEqual({ median: 5, min: 1, max: 9 });
  expect(spreadOf([4, 1, 2, 9])).toEqual({ median: 3, min: 1, max: 9 });
  expect(spreadOf([])).toBeNull();
});

test("ratios are formed round by round, and a failed round takes its pair along", () => {
  // Both slow down together in the second round: the ratio does not see it.
  expect(pairedRatios([8, 16, 8], [10, 20, 10])).toEqual({ median: 0.8, min: 0.8, max: 0.8 });
  expect(pairedRatios([5, undefined, 10], [10, 20, 10])).toEqual({ median: 0.75, min: 0.5, max: 1 });
  expect(pairedRatios([undefined], [10])).toBeNull();
});
