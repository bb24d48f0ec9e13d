import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { TextTable } from "./text-table.ts";

describe("TextTable", () => {
  test("finds pieces of a longer text", () => {
    const table = new TextTable([
      { scope: 0, text: "api" },
      { scope: 1, text: "api" },
      { scope: 0, text: "" },
    ]);
    expect(table.find(0, "/api/x", 1, 4)).toBe(0);
    expect(table.find(1, "/api/x", 1, 4)).toBe(1);
    expect(table.find(2, "/api/x", 1, 4)).toBe(-1);
    expect(table.find(0, "/api/x", 1, 3)).toBe(-1);
    expect(table.find(0, "/api/x", 4, 4)).toBe(2);
  });

  test("finds nothing when empty", () => expect(new TextTable([]).find(0, "a", 0, 1)).toBe(-1));

  test("is not confused by characters beyond its bytes", () => {
    const table = new TextTable([{ scope: 0, text: "a" }]);
    expect(table.find(0, "\u0161", 0, 1)).toBe(-1);
  });

  test("agrees with a Map", () => {
    const key = fc.record({
      scope: fc.nat(5),
      text: fc.string({ unit: fc.constantFrom("a", "b", "-"), maxLength: 6 }),
    });
    fc.assert(
      fc.property(fc.array(key, { maxLength: 60 }), fc.array(key, { maxLength: 60 }), (inside, asked) => {
        const map = new Map(inside.map((one) => [`${one.scope} ${one.text}`, one] as const));
        const keys = [...map.values()];
        const table = new TextTable(keys);
        for (const { scope, text } of [...inside, ...asked]) {
          const found = table.find(scope, `x${text}y`, 1, 1 + text.length);
          expect(keys[found]).toEqual(map.get(`${scope} ${text}`)!);
        }
      }),
      { numRuns: 300 },
    );
  });
});
