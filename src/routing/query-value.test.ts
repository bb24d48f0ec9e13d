import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { cpuTimeMs } from "../base/test-support/cpu-time.ts";
import { queryValue } from "./query-value.ts";

describe("queryValue", () => {
  const cases: readonly (readonly [query: string, name: string, value: string | null])[] = [
    ["", "a", null],
    ["a=1", "a", "1"],
    ["a=1&b=2", "b", "2"],
    ["a=1&a=2", "a", "1"],
    ["a", "a", ""],
    ["a=", "a", ""],
    ["ab=1", "a", null],
    ["A=1", "a", null],
    ["a=b=c", "a", "b=c"],
    ["&&a=1", "a", "1"],
    ["%61=%31", "a", "1"],
    ["a+b=c+d%2Be", "a b", "c d+e"],
    ["a=%c3%a9", "a", "é"],
    ["a=%ff", "a", "\ufffd"],
    ["a=%zz%4", "a", "%zz%4"],
    ["a=1;b=2", "b", null],
    ["=x", "", "x"],
  ];
  for (const [query, name, value] of cases) {
    test(`${query || "(empty)"}: ${name} is ${JSON.stringify(value)}`, () =>
      expect(queryValue(query, name)).toBe(value));
  }

  test("agrees with URLSearchParams", () => {
    const piece = fc.constantFrom("a", "b", "=", "&", "+", "%61", "%", "%c3%a9", "%ff", "%26", "é");
    const text = fc.array(piece, { maxLength: 14 }).map((pieces) => pieces.join(""));
    fc.assert(
      fc.property(text, fc.constantFrom("a", "b", "ab", "", "é", "a b", "&"), (query, name) => {
        expect(queryValue(query, name)).toBe(new URLSearchParams(`&${query}`).get(name));
      }),
      { numRuns: 5_000 },
    );
  });

  test("takes time linear in the query", () => {
    const query = "a&".repeat(100_000);
    const started = cpuTimeMs();
    expect(queryValue(query, "b")).toBe(null);
    expect(cpuTimeMs() - started).toBeLessThan(1_000);
  });
});
