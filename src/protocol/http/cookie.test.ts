/** What is found in a Cookie field, and what is not. */
import { describe, expect, test } from "bun:test";
import { cookieValue } from "./cookie.ts";

describe("a cookie by its name", () => {
  for (const [field, value] of [
    ["a=1", "1"],
    ["b=2; a=1", "1"],
    ["b=2;a=1;c=3", "1"],
    ["a=1; a=2", "1"],
    ['a="1"', "1"],
    ["a=x=y", "x=y"],
    ["a=", ""],
    ["b=2, a=1", "1"],
    ["aa=2; a =1", "1"],
    ["", null],
    ["a", null],
    ["b; c=a=1", null],
    ["aa=1; A=1", null],
    ["b=a=1", null],
  ] as const) {
    test(`${JSON.stringify(field)}: ${value}`, () => expect(cookieValue(field, "a")).toBe(value));
  }
});
