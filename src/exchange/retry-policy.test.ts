/** The pauses between attempts, and which failures have a condition. */
import { expect, test } from "bun:test";
import { ERRORS, type ErrorCode } from "../base/proxy-error.ts";
import { createRandom } from "../base/random.ts";
import { backoffMs, conditionOf, type RetryPolicy } from "./retry-policy.ts";

const POLICY: RetryPolicy = {
  attempts: 5,
  conditions: new Set(),
  statuses: new Set(),
  methods: null,
  bodyBytes: 0,
  perTryMs: Number.POSITIVE_INFINITY,
  backoffMs: 25,
  maxBackoffMs: 250,
  budget: 0.2,
};

test("pauses double up to the longest, each between half of it and all", () => {
  const random = createRandom([1, 2, 3, 4]);
  for (const [repetition, longestMs] of [
    [1, 25],
    [2, 50],
    [3, 100],
    [4, 200],
    [5, 250],
    [60, 250],
  ] as const) {
    const pauses = Array.from({ length: 1_000 }, () => backoffMs(POLICY, repetition, random));
    expect(Math.min(...pauses)).toBeWithin(longestMs / 2, longestMs / 2 + longestMs / 50);
    expect(Math.max(...pauses)).toBeWithin(longestMs - longestMs / 50, longestMs);
  }
});

test("only failures of upstreams before the answer have a condition", () => {
  const repeated = Object.keys(ERRORS).filter((code) => conditionOf(code as ErrorCode) !== null);
  expect(repeated.every((code) => code.startsWith("upstream."))).toBe(true);
  for (const code of ["upstream.closed_after_head", "upstream.reset_after_head", "upstream.total_timeout"]) {
    expect(repeated).not.toContain(code);
  }
});

test("every condition that a configuration may name has a failure that it means", () => {
  const meant = new Set(Object.keys(ERRORS).map((code) => conditionOf(code as ErrorCode)));
  expect([...meant].filter((each) => each !== null).sort()).toEqual([
    "connect",
    "malformed",
    "refused_stream",
    "reset",
    "timeout",
  ]);
});
