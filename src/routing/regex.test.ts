import { describe, expect, test } from "bun:test";
import { cpuTimeMs } from "../base/test-support/cpu-time.ts";
import { compileRegex, type LinearRegex } from "./regex.ts";

describe("compileRegex", () => {
  test("understands both spellings of named groups", () => {
    expect(compiled("^/v(?<v>\\d+)/(?P<rest>.*)").groupNames).toEqual(["v", "rest"]);
  });

  test("counts unnamed groups, too", () => {
    const regex = compiled("(a)(?<x>b)(?:c)");
    expect([regex.groupCount, regex.groupNames]).toEqual([2, ["x"]]);
  });

  const refused: readonly (readonly [source: string, reason: RegExp])[] = [
    ["(?=a)b", /look-around/],
    ["(?<!a)b", /look-around/],
    ["(a)\\1", /back references/],
    ["(?<x>a)\\k<x>", /back references/],
    ["(", /missing closing \)/],
    ["[z-a]", /invalid character class range/],
    ["(?<v>a)(?<v>b)", /duplicate capture group name/],
    ["(?<1>a)", /does not begin with a letter/],
    ["a{1001}", /invalid repeat count/],
    ["a".repeat(2_001), /2001 characters/],
    ["(?:a{1000}b{1000}){1}", /steps; the limit/],
    ["(".repeat(1_500), /./],
    ["(?:".repeat(400) + ")".repeat(400) + "{1000}".repeat(50), /./],
  ];
  for (const [source, reason] of refused) {
    test(`refuses ${source.slice(0, 30)}`, () => {
      const regex = compileRegex(source);
      expect(regex.ok ? "" : regex.error).toMatch(reason);
    });
  }
});

describe("LinearRegex", () => {
  test("searches, unless anchored", () => {
    expect(compiled("b").test("abc")).toBe(true);
    expect(compiled("^b").test("abc")).toBe(false);
    expect(compiled("^abc$").test("abc")).toBe(true);
  });

  test("gives the bounds and the groups of the first match", () => {
    const match = compiled("(?<x>b)(c)?(d)").match("abdbcd")!;
    expect([match.start, match.end, match.group("x"), match.group(2), match.group(3)]).toEqual([
      1,
      3,
      "b",
      "",
      "d",
    ]);
    expect(compiled("x").match("abc")).toBe(null);
  });

  test("replaces every match, the empty ones as well", () => {
    expect(compiled("/+").replaceAll("//a///b", () => "/")).toBe("/a/b");
    expect(compiled("x*").replaceAll("axb", () => "-")).toBe("-a--b-");
    expect(compiled("(.)b").replaceAll("ab1b", (match) => `[${match.group(1)}]`)).toBe("[a][1]");
  });

  test("is not slowed by patterns that make backtracking engines explode", () => {
    const started = cpuTimeMs();
    expect(compiled("^(a+)+$").test(`${"a".repeat(20_000)}!`)).toBe(false);
    expect(compiled("^(a|aa)+$").match(`${"a".repeat(20_000)}!`)).toBe(null);
    expect(cpuTimeMs() - started).toBeLessThan(2_000);
  });
});

function compiled(source: string): LinearRegex {
  const regex = compileRegex(source);
  if (!regex.ok) throw new Error(regex.error);
  return regex.value;
}
