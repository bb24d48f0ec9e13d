/** One contract for all policies, and their shares. */
import { describe, expect, test } from "bun:test";
import {
  balancerOf,
  countPicks,
  EVERY_POLICY,
  Keys,
  NO_KEY,
  requestWith,
  type TestTarget,
  targets,
} from "../test-support/candidates.ts";

const PICKS = 100_000;
const WEIGHTS = [[1], [1, 1], [1, 1, 1], [2, 1], [5, 1, 1], [1, 2, 3, 4], [100, 1], [3, 0, 1]];
const REQUESTS = [
  ["with a key", requestWith("k")],
  ["without a key", NO_KEY],
] as const;

for (const policy of EVERY_POLICY) {
  describe(policy.policy, () => {
    for (const [title, request] of REQUESTS) {
      test(`${title}, without a target that takes requests there is none`, () => {
        expect(balancerOf(policy, targets()).pick(request, [])).toBeNull();
        expect(balancerOf(policy, targets(0, 0)).pick(request, [])).toBeNull();
      });

      test(`${title}, weight 0 takes nothing, not even a retry`, () => {
        const all = targets(0, 1, 0, 1);
        const balancer = balancerOf(policy, all);
        for (let pick = 0; pick < 1_000; pick++) {
          expect(balancer.pick(request, [])!.weight).toBe(1);
          expect(balancer.pick(request, [all[1]!])).toBe(all[3]!);
        }
      });

      test(`${title}, each target is asked once, whatever the weights`, () => {
        const all = targets(1_000, 1, 1, 1);
        const balancer = balancerOf(policy, all);
        for (let round = 0; round < 100; round++) {
          const tried: TestTarget[] = [];
          for (let target = balancer.pick(request, tried); target !== null; ) {
            expect(tried).not.toContain(target);
            tried.push(target);
            target = balancer.pick(request, tried);
          }
          expect(new Set(tried)).toEqual(new Set(all));
        }
      });

      test(`${title}, one at its limit is passed over until it has room again`, () => {
        const all = targets(1, 1, 1);
        const balancer = balancerOf(policy, all);
        const [a, b, c] = all as [TestTarget, TestTarget, TestTarget];
        for (const full of [a, b]) full.active = full.limit = 2;
        for (let pick = 0; pick < 100; pick++) expect(balancer.pick(request, [])).toBe(c);
        expect(balancer.pick(request, [c])).toBeNull();
        a.active = 1;
        expect(balancer.pick(request, [c])).toBe(a);
      });
    }

    test("a target that is out takes nothing; back again it takes its part", () => {
      const all = targets(1, 1, 1);
      const balancer = balancerOf(policy, all);
      all[1]!.share = 0;
      balancer.update(all);
      expect(countPicks(balancer, 1_000, new Keys()).has(all[1]!)).toBe(false);
      all[1]!.share = 1;
      balancer.update(all);
      expect(countPicks(balancer, 10_000, new Keys()).get(all[1]!)! / 10_000).toBeCloseTo(1 / 3, 1);
    });

    test("a target with a tenth of its share gets a tenth of what it would", () => {
      const all = targets(1, 1, 1);
      all[2]!.share = 0.1;
      const balancer = balancerOf(policy, all);
      const part = countPicks(balancer, PICKS, new Keys()).get(all[2]!)! / PICKS;
      expect(part).toBeWithin(0.03, 0.06);
    });

    for (const weights of WEIGHTS) {
      test(`shares of ${weights.join(" : ")} over ${PICKS} picks, within 2 %`, () => {
        const all = targets(...weights);
        const counts = countPicks(balancerOf(policy, all), PICKS, new Keys());
        const sum = weights.reduce((total, weight) => total + weight, 0);
        for (const target of all) {
          const wanted = target.weight / sum;
          const share = (counts.get(target) ?? 0) / PICKS;
          // Of a target's own share; for a ring, whose arcs are random, of all keys.
          const allowed = policy.policy === "hash" ? 0.02 : 0.02 * Math.max(wanted, 0.1);
          expect(Math.abs(share - wanted)).toBeLessThan(allowed);
        }
      });
    }
  });
}
