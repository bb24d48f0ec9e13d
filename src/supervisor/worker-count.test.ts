import { expect, test } from "bun:test";
import { availableParallelism } from "node:os";
import { coresAvailable } from "./worker-count.ts";

const cores = availableParallelism();

for (const [quota, expected] of [
  ["", cores],
  ["max 100000\n", cores],
  ["50000 100000\n", 1],
  ["100000 100000\n", 1],
  ["150000 100000\n", Math.min(2, cores)],
  ["99900000 100000\n", cores],
  ["0 100000\n", cores],
  ["nonsense", cores],
] as const) {
  test(`a quota of ${JSON.stringify(quota)} gives ${expected}`, () => {
    expect(coresAvailable(() => quota)).toBe(expected);
  });
}
