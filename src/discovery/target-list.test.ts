/** Lists are taken whole or refused whole, with the place of what is wrong. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { SourceError } from "./contract.ts";
import { readTargetText } from "./target-list.ts";

describe("taken", () => {
  for (const [what, text, count] of [
    ["a list in JSON", '["10.0.0.1:80", {"host": "b.example", "port": 81, "weight": 3}]', 2],
    ["a list in YAML", "- 10.0.0.1:80\n- { unix: /run/app.sock }\n", 2],
    ["a map with the list", '{"targets": [{"host": "10.0.0.1", "port": 80, "zone": "a", "priority": 1}]}', 1],
    ["nobody", "[]", 0],
  ] as const) {
    test(what, () => expect(readTargetText(text, "1").targets.length).toBe(count));
  }
});

describe("refused", () => {
  for (const [what, text, message] of [
    ["nothing", "", "there is no list of targets"],
    ["a text", "hello", "there is no list of targets"],
    ["half of JSON", '["10.0.0.1:80"', "neither YAML nor JSON"],
    ["one target of many", '["10.0.0.1:80", "10.0.0.1:99999"]', "target 2: "],
    ["an unknown key", '[{"host": "a", "port": 80, "wieght": 1}]', "target 1"],
    ["no port", '["10.0.0.1"]', "target 1: "],
    ["an alias bomb", "a: &a [1]\ntargets: [*a]", "neither YAML nor JSON"],
    ["too many", `[${'"10.0.0.1:80",'.repeat(10_000)}"10.0.0.2:80"]`, "10001 targets are more than 10000"],
  ] as const) {
    test(what, () => {
      expect(() => readTargetText(text, "1")).toThrow(message);
    });
  }

  test("whatever else, by a SourceError and no other", () => {
    const property = fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      try {
        readTargetText(text, "1");
      } catch (error) {
        expect(error).toBeInstanceOf(SourceError);
      }
    });
    fc.assert(property, { numRuns: 2_000 });
  });
});
