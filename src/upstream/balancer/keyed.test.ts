/** Like requests go to one target, and few keys move when targets come, go, fail or are busy. */
import { describe, expect, test } from "bun:test";
import { balancerOf, manyTargets, requestWith, type TestTarget } from "../test-support/candidates.ts";
import type { Balancer } from "./balancer.ts";
import type { BalancePolicy } from "./index.ts";

const KEYS = 40_000;
const POLICIES: readonly BalancePolicy[] = [
  { policy: "hash", by: { kind: "source" }, maxLoad: Number.POSITIVE_INFINITY },
  { policy: "maglev", by: { kind: "source" } },
];

/** Whose each key is, by name. */
function owners(balancer: Balancer<TestTarget>): string[] {
  return Array.from({ length: KEYS }, (_, key) => balancer.pick(requestWith(`user-${key}`), [])!.name);
}

/** Of all keys, those that moved for no need: neither from `gone` nor to `come`. In percent. */
function needlesslyMoved(before: readonly string[], after: readonly string[], changed: string): number {
  const moved = before.filter(
    (owner, key) => owner !== after[key] && owner !== changed && after[key] !== changed,
  );
  return (moved.length * 100) / KEYS;
}

for (const policy of POLICIES) {
  describe(policy.policy, () => {
    const hundred = owners(balancerOf(policy, manyTargets(100)));

    test("is the same in every process and whatever happened before", () => {
      const balancer = balancerOf(policy, manyTargets(10));
      balancer.update(manyTargets(100));
      expect(owners(balancer)).toEqual(hundred);
    });

    test("one target more than 100 moves at most 1.5 % of the keys beyond its own", () => {
      const after = owners(balancerOf(policy, manyTargets(101)));
      expect(needlesslyMoved(hundred, after, "10.0.0.100:3000")).toBeLessThan(1.5);
    });

    test("one target less than 100 moves at most 1.5 % of the keys beyond its own", () => {
      for (const gone of [0, 37, 99]) {
        const left = manyTargets(100).filter((_, i) => i !== gone);
        const after = owners(balancerOf(policy, left));
        expect(needlesslyMoved(hundred, after, `10.0.0.${gone}:3000`)).toBeLessThan(1.5);
      }
    });

    test("one that fails gives away its own keys alone, to all others, and has them back afterwards", () => {
      const all = manyTargets(100);
      const balancer = balancerOf(policy, all);
      all[37]!.share = 0;
      balancer.update(all);
      const without = owners(balancer);
      expect(needlesslyMoved(hundred, without, all[37]!.name)).toBe(0);
      const heirs = new Set(without.filter((_, key) => hundred[key] === all[37]!.name));
      expect(heirs.size).toBeGreaterThan(90);
      all[37]!.share = 1;
      balancer.update(all);
      expect(owners(balancer)).toEqual(hundred);
    });

    test("a target that starts slowly keeps the keys that it has got already", () => {
      const all = manyTargets(10);
      const balancer = balancerOf(policy, all);
      const keysAt = (share: number) => {
        all[3]!.share = share;
        balancer.update(all);
        return new Set(owners(balancer).flatMap((owner, key) => (owner === all[3]!.name ? [key] : [])));
      };
      const [tenth, half, whole] = [keysAt(0.1), keysAt(0.5), keysAt(1)];
      expect(tenth.isSubsetOf(half)).toBe(true);
      expect(half.isSubsetOf(whole)).toBe(true);
      expect(tenth.size / whole.size).toBeCloseTo(0.1, 1);
      expect(half.size / whole.size).toBeCloseTo(0.5, 1);
    });

    test("when nearly all are out, those that are left share the keys", () => {
      const all = manyTargets(1_000);
      for (const [i, target] of all.entries()) target.share = i % 250 === 7 ? 1 : 0;
      const counts = Map.groupBy(owners(balancerOf(policy, all)), (owner) => owner);
      expect(counts.size).toBe(4);
      for (const { length } of counts.values()) expect(length / KEYS).toBeWithin(0.2, 0.3);
    });
  });
}

test("hash keeps a key that everybody asks for from overrunning its target", () => {
  const all = manyTargets(10);
  const balancer = balancerOf({ policy: "hash", by: { kind: "source" }, maxLoad: 1.25 }, all);
  for (let request = 0; request < 1_000; request++) {
    const target = balancer.pick(requestWith("the one"), [])!;
    target.active++;
    balancer.loadChanged!(target);
  }
  expect(Math.max(...all.map(({ active }) => active))).toBe(125);
});
