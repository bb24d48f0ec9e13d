import { expect, test } from "bun:test";
import { Backoff } from "./backoff.ts";

test("a death at the start is followed by a longer wait each time, up to ten seconds", () => {
  const backoff = new Backoff();
  const delays = Array.from({ length: 10 }, () => backoff.next(50));
  expect(delays).toEqual([0, 100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000]);
});

test("who has served for a while is replaced at once, and the count begins anew", () => {
  const backoff = new Backoff();
  for (let i = 0; i < 6; i++) backoff.next(50);
  expect(backoff.next(10_000)).toBe(0);
  expect(backoff.next(50)).toBe(100);
});
