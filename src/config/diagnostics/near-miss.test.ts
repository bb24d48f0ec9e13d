import { expect, test } from "bun:test";
import { didYouMean, editDistance, nearMiss } from "./near-miss.ts";

test("one slip of the keyboard costs one", () => {
  const rows = [
    ["listen", "listen", 0],
    ["lisen", "listen", 1],
    ["listten", "listen", 1],
    ["lizten", "listen", 1],
    ["litsen", "listen", 1],
    ["", "abc", 3],
    ["kitten", "sitting", 3],
  ] as const;
  for (const [a, b, distance] of rows) {
    expect(editDistance(a, b)).toBe(distance);
    expect(editDistance(b, a)).toBe(distance);
  }
});

test("the nearest known word is meant, if it is near enough", () => {
  const known = ["path", "host", "targets", "keep_alive", "upstream"];
  expect(nearMiss("paht", known)).toBe("path");
  expect(nearMiss("target", known)).toBe("targets");
  expect(nearMiss("keep-alive", known)).toBe("keep_alive");
  expect(nearMiss("Upstream", known)).toBe("upstream");
  expect(nearMiss("colour", known)).toBeNull();
  expect(nearMiss("x", ["path"])).toBeNull();
  expect(nearMiss("x".repeat(1_000_000), known)).toBeNull();
  expect(didYouMean("hsot", known)).toBe("did you mean `host`?");
});
