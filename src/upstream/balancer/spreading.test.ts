/** What each of the policies that ask nothing of a request is for. */
import { describe, expect, test } from "bun:test";
import { createRandom } from "../../base/random.ts";
import { balancerOf, NO_KEY, type TestTarget, targets } from "../test-support/candidates.ts";
import type { Balancer } from "./balancer.ts";
import type { SpreadingName } from "./index.ts";

function begin(balancer: Balancer<TestTarget>, requests: number): void {
  for (let request = 0; request < requests; request++) {
    const target = balancer.pick(NO_KEY, [])!;
    target.active++;
    balancer.loadChanged?.(target);
  }
}

/** The largest number of requests at one of ten targets when 1,000 are under way. */
function crowd(policy: SpreadingName): number {
  const all = targets(...Array<number>(10).fill(1));
  begin(balancerOf({ policy }, all), 1_000);
  return Math.max(...all.map(({ active }) => active));
}

function names(balancer: Balancer<TestTarget>, picks: number): string {
  return Array.from({ length: picks }, () => balancer.pick(NO_KEY, [])!.name).join("");
}

describe("p2c", () => {
  test("keeps targets evenly busy, where random does not", () => {
    expect(crowd("p2c")).toBeLessThanOrEqual(103);
    expect(crowd("random")).toBeGreaterThan(110);
  });

  test("compares by weight: a target of weight 3 may be three times as busy", () => {
    const all = targets(3, 1);
    begin(balancerOf({ policy: "p2c" }, all), 4_000);
    expect(all[0]!.active / all[1]!.active).toBeCloseTo(3, 1);
  });

  test("leaves a target alone that answers nothing", () => {
    const all = targets(1, 1);
    all[0]!.active = 1_000;
    const picks = names(balancerOf({ policy: "p2c" }, all), 1_000);
    // Only when both draws fall on it.
    expect(picks.split("a").length - 1).toBeLessThan(300);
  });
});

describe("least_requests", () => {
  test("is even to a request", () => {
    expect(crowd("least_requests")).toBe(100);
  });

  test("keeps to the weights to a request", () => {
    const all = targets(5, 3, 2);
    begin(balancerOf({ policy: "least_requests" }, all), 1_000);
    expect(all.map(({ active }) => active)).toEqual([500, 300, 200]);
  });

  test("gives all to the only idle one, whichever that is", () => {
    const all = targets(...Array<number>(50).fill(1));
    const balancer = balancerOf({ policy: "least_requests" }, all);
    for (const idle of all) {
      for (const target of all) {
        target.active = target === idle ? 0 : 7;
        balancer.loadChanged!(target);
      }
      expect(balancer.pick(NO_KEY, [])).toBe(idle);
    }
  });

  test("does not give a target that was busy for long all the turns it has missed", () => {
    const all = targets(1, 1);
    const balancer = balancerOf({ policy: "least_requests" }, all);
    all[0]!.active = 1;
    balancer.loadChanged!(all[0]!);
    expect(names(balancer, 1_000)).toBe("b".repeat(1_000));
    all[0]!.active = 0;
    balancer.loadChanged!(all[0]!);
    const turns = names(balancer, 100);
    expect(turns.split("a").length - 1).toBe(50);
    expect(turns).not.toMatch(/aaa|bbb/);
  });
});

describe("round_robin", () => {
  test("walks equal targets in the order of the file", () => {
    const turn = names(balancerOf({ policy: "round_robin" }, targets(1, 1, 1)), 6);
    expect("abcabcabc").toContain(turn);
  });

  test("is smooth: at no point is a target more than one turn from its share", () => {
    for (const weights of [
      [5, 1, 1],
      [2, 1],
      [10, 20, 10],
      [7, 3, 2, 1],
      [1_000_003, 1, 500_001],
    ]) {
      const all = targets(...weights);
      const balancer = balancerOf({ policy: "round_robin" }, all);
      const sum = weights.reduce((total, weight) => total + weight, 0);
      const counts = new Map<TestTarget, number>(all.map((target) => [target, 0]));
      for (let pick = 1; pick <= 2_000; pick++) {
        const target = balancer.pick(NO_KEY, [])!;
        counts.set(target, counts.get(target)! + 1);
        for (const [{ weight }, count] of counts) {
          expect(Math.abs(count - (pick * weight) / sum)).toBeLessThan(1.5);
        }
      }
    }
  });

  test("forgets nobody, however small its weight", () => {
    const all = targets(10_000, 1);
    const turn = names(balancerOf({ policy: "round_robin" }, all), 20_002);
    expect(turn.split("b").length - 1).toBe(2);
  });

  test("begins at a place of its own in each process", () => {
    const begins = (...weights: readonly number[]) =>
      Array.from({ length: 50 }, (_, seed) => {
        const random = createRandom([1, seed * 0x9e37_79b9, 3, 4]);
        return names(balancerOf({ policy: "round_robin" }, targets(...weights), { random }), 1);
      });
    expect(new Set(begins(1, 1, 1)).size).toBe(3);
    expect(new Set(begins(1, 2, 3)).size).toBe(3);
  });
});
