/** Among which targets a policy chooses: tiers by priority, and the zone near by. */
import { describe, expect, test } from "bun:test";
import { tierInUse } from "./priority.ts";
import { rampedShare } from "./slow-start.ts";
import { nearest } from "./zone.ts";

interface Placed {
  readonly name: string;
  readonly weight: number;
  readonly share: number;
  readonly priority: number;
  readonly zone: string | null;
}

/** `a1` is a healthy target of tier or zone 1, `a1!` one that is out, `a1*3` one of weight 3. */
function placed(text: string): Placed[] {
  return text.split(" ").map((word) => {
    const [, name, place, weight = "1", out] = /^(\w)(\w)(?:\*(\d+))?(!?)$/.exec(word)!;
    const share = out === "!" ? 0 : Number(weight);
    return { name: name!, weight: Number(weight), share, priority: Number(place), zone: place! };
  });
}

function namesOf(targets: readonly Placed[]): string {
  return targets.map(({ name }) => name).join("");
}

describe("tiers", () => {
  for (const [title, targets, inUse] of [
    ["the first has everything", "a0 b0 c1 d2", "ab"],
    ["in whatever order they are listed", "d2 c1 a0 b0", "ab"],
    ["half healthy is enough", "a0 b0! c1", "ab"],
    ["less is not: the next", "a0 b0! c0! d1 e2", "d"],
    ["the one behind it if that is no better", "a0! b1! c2", "c"],
    ["by weight", "a0*3 b0! c0! d1", "abc"],
    ["a heavy one that is out counts for more", "a0 b0 c0*3! d1", "d"],
    ["none is sound: all of them", "a0 b0! c0! d1! e1 f1!", "abcdef"],
    ["none is healthy: all of them", "a0! b1!", "ab"],
    ["drained ones play no part", "a0 b0*0 c0*0 d1", "abc"],
  ] as const) {
    test(title, () => expect(namesOf(tierInUse(placed(targets), 0.5))).toBe(inUse));
  }

  test("with a limit of 100 % the loss of one target is too much", () => {
    expect(namesOf(tierInUse(placed("a0 b0 c0! d1"), 1))).toBe("d");
  });
});

describe("zones", () => {
  for (const [title, targets, inUse] of [
    ["those near by", "a1 b1 c2", "ab"],
    ["half of them healthy is enough", "a1 b1! c2", "ab"],
    ["less is not: all", "a1 b1! c1! d2", "abcd"],
    ["none is near: all", "a2 b3", "ab"],
  ] as const) {
    test(title, () => expect(namesOf(nearest(placed(targets), "1", 0.5))).toBe(inUse));
  }

  test("without a zone of our own all are alike", () => {
    expect(namesOf(nearest(placed("a1 b2"), null, 0.5))).toBe("ab");
  });
});

test("a slow start goes from a tenth to the whole, evenly", () => {
  const shares = [0, 1_000, 5_000, 9_000, 10_000, 20_000].map((ms) => rampedShare(4, ms, 10_000));
  expect(shares).toEqual([0.4, 0.4, 2, 3.6, 4, 4]);
  expect(rampedShare(4, 0, 0)).toBe(4);
});
