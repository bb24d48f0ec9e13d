import { expect, test } from "bun:test";
import { formatWorkload } from "./report.ts";
import type { RoundResult, WorkloadResult } from "./results.ts";

function round(figure: number, more: Partial<Extract<RoundResult, { ok: true }>> = {}): RoundResult {
  return { ok: true, figure, cpuUs: figure, rate: 1e6 / figure, peakResidentBytes: 20 << 20, ...more };
}

function workload(portward: readonly RoundResult[], nginx: readonly RoundResult[]): WorkloadResult {
  return {
    name: "small",
    title: "GET",
    figureName: "CPU µs/request",
    rateName: "requests/s",
    reference: "nginx",
    bound: { of: "ratio", atMost: 1, text: "at most 1.0 of nginx" },
    notes: [],
    contestants: [
      { name: "portward", rounds: portward, allocatedBytesPerRequest: 900 },
      { name: "nginx", rounds: nginx },
    ],
  };
}

test("a ratio is the median of the rounds' ratios, and holds the bound when it reads so", () => {
  const text = formatWorkload(
    workload([round(8), round(20.08), round(12)], [round(10), round(20), round(10)]),
  );
  expect(text).toContain("portward            12.0  8.00–20.1  1.00 (0.80–1.20)");
  expect(text).toContain("kept: at most 1.0 of nginx");
  expect(text).toContain("900 B");
});

test("a bound that is not kept is said aloud, for portward only", () => {
  const text = formatWorkload(workload([round(12)], [round(10)]));
  expect(text.match(/MISSED/g)).toHaveLength(1);
});

test("failed rounds are named and take no part in figures", () => {
  const failed: RoundResult = { ok: false, failure: "3 status errors" };
  const text = formatWorkload(workload([round(9), failed], [round(10), round(20)]));
  expect(text).toContain("FAILED: portward, round 2: 3 status errors");
  expect(text).toContain("0.90 (0.90–0.90)");
  expect(formatWorkload(workload([failed], [round(10)]))).toContain("portward          failed");
});

test("a machine that was not quiet is reported, by the contestant that suffered least", () => {
  const quiet = [round(9, { waitShare: 0.3, longestStallUs: 500 })];
  const calm = formatWorkload(workload(quiet, [round(10, { waitShare: 0.01 })]));
  expect(calm).not.toContain("DISTURBED");
  const loud = [round(9, { waitShare: 0.3, longestStallUs: 9_000 })];
  const noisy = formatWorkload(workload(loud, [round(10, { waitShare: 0.2, longestStallUs: 8_000 })]));
  expect(noisy).toContain("the proxy's core for 20 % of the time");
  expect(noisy).toContain("stopped the load for up to 8.0 ms");
});

test("a bound to the better peer counts the one that is better, for the figure and for the 99th percentile", () => {
  const told = (ours: RoundResult): string => {
    const base = workload([ours], [round(10, { p99Us: 500 })]);
    const haproxy = { name: "haproxy", rounds: [round(8, { p99Us: 900 })] };
    const bound = { of: "best", atMost: 1, p99AtMost: 1.2, text: "the better" } as const;
    const text = formatWorkload({ ...base, bound, contestants: [...base.contestants, haproxy] });
    return /(kept|MISSED): the better/.exec(text)![1]!;
  };
  expect(told(round(8, { p99Us: 600 }))).toBe("kept");
  expect(told(round(9, { p99Us: 600 }))).toBe("MISSED");
  expect(told(round(8, { p99Us: 610 }))).toBe("MISSED");
});
