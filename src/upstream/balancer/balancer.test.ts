/** One contract for all policies, their shares, and what each is for. */
import { describe, expect, test } from "bun:test";
import { createRandom } from "../../base/random.ts";
import type { Candidate } from "./balancer.ts";
import { BALANCERS, type BalancerName } from "./index.ts";
import { smoothOrder } from "./round-robin.ts";

interface Target extends Candidate {
  active: number;
}

const NAMES = Object.keys(BALANCERS) as BalancerName[];
const PICKS = 100_000;

function targets(...weights: number[]): Target[] {
  return weights.map((weight, i) => ({ name: String.fromCharCode(97 + i), weight, active: 0 }));
}

function random() {
  return createRandom([1, 2, 3, 4]);
}

for (const name of NAMES) {
  describe(name, () => {
    test("without a target that takes requests there is none", () => {
      expect(BALANCERS[name](targets(), random()).pick([])).toBeNull();
      expect(BALANCERS[name](targets(0, 0), random()).pick([])).toBeNull();
    });

    test("weight 0 takes nothing, not even a retry", () => {
      const all = targets(0, 1, 0, 1);
      const balancer = BALANCERS[name](all, random());
      for (let pick = 0; pick < 1_000; pick++) {
        expect(balancer.pick([])!.weight).toBe(1);
        expect(balancer.pick([all[1]!])).toBe(all[3]!);
      }
    });

    test("what was tried is avoided while anything else is left", () => {
      const all = targets(1_000, 1, 1, 1);
      const balancer = BALANCERS[name](all, random());
      for (let round = 0; round < 100; round++) {
        const tried: Target[] = [];
        while (tried.length < all.length) {
          const target = balancer.pick(tried)!;
          expect(tried).not.toContain(target);
          tried.push(target);
        }
        expect(all).toContain(balancer.pick(tried)!);
      }
    });

    for (const weights of [[1], [1, 1], [1, 1, 1], [2, 1], [5, 1, 1], [1, 2, 3, 4], [100, 1], [3, 0, 1]]) {
      test(`shares of ${weights.join(" : ")} over ${PICKS} picks, within 2 %`, () => {
        const all = targets(...weights);
        const balancer = BALANCERS[name](all, random());
        const counts = new Map<Target, number>();
        for (let pick = 0; pick < PICKS; pick++) {
          const target = balancer.pick([])!;
          counts.set(target, (counts.get(target) ?? 0) + 1);
        }
        const sum = weights.reduce((total, weight) => total + weight, 0);
        for (const target of all) {
          const share = (counts.get(target) ?? 0) / PICKS;
          expect(Math.abs(share - target.weight / sum)).toBeLessThan(
            0.02 * Math.max(target.weight / sum, 0.1),
          );
        }
      });
    }
  });
}

describe("p2c", () => {
  /** The largest number of requests at one of ten targets when 1,000 are under way. */
  function crowd(name: BalancerName): number {
    const all = targets(...Array<number>(10).fill(1));
    const balancer = BALANCERS[name](all, random());
    for (let request = 0; request < 1_000; request++) balancer.pick([])!.active++;
    return Math.max(...all.map(({ active }) => active));
  }

  test("keeps targets evenly busy, where random does not", () => {
    expect(crowd("p2c")).toBeLessThanOrEqual(103);
    expect(crowd("random")).toBeGreaterThan(110);
  });

  test("compares by weight: a target of weight 3 may be three times as busy", () => {
    const all = targets(3, 1);
    const balancer = BALANCERS.p2c(all, random());
    for (let request = 0; request < 4_000; request++) balancer.pick([])!.active++;
    expect(all[0]!.active / all[1]!.active).toBeCloseTo(3, 1);
  });

  test("leaves a target alone that answers nothing", () => {
    const all = targets(1, 1);
    all[0]!.active = 1_000;
    const balancer = BALANCERS.p2c(all, random());
    const picks = Array.from({ length: 1_000 }, () => balancer.pick([]));
    // Only when both draws fall on it.
    expect(picks.filter((target) => target === all[0]).length).toBeLessThan(300);
  });
});

describe("round robin", () => {
  const order = (...weights: number[]): string =>
    smoothOrder(targets(...weights))
      .map(({ name }) => name)
      .join("");

  test("is smooth: heavy targets are spread over the turn", () => {
    expect(order(5, 1, 1)).toBe("aabacaa");
    expect(order(1, 1, 1)).toBe("abc");
    expect(order(2, 1)).toBe("aba");
    expect(order(10, 20, 10)).toBe(order(1, 2, 1));
  });

  test("scales weights whose turn would be too long, and forgets nobody", () => {
    const turn = smoothOrder(targets(1_000_003, 1, 500_001));
    expect(turn.length).toBeLessThanOrEqual(10_003);
    expect(new Set(turn).size).toBe(3);
  });

  test("begins at a place of its own in each process", () => {
    const begins = Array.from(
      { length: 50 },
      (_, seed) =>
        BALANCERS.round_robin(targets(1, 1, 1), createRandom([1, seed * 0x9e37_79b9, 3, 4])).pick([])!.name,
    );
    expect(new Set(begins).size).toBe(3);
  });
});
