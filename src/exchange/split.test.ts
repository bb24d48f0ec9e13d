/** Shares of requests: as large as asked for, the same for the same key, and growing without moving others. */
import { describe, expect, test } from "bun:test";
import { createRandom } from "../base/random.ts";
import type { PickRequest } from "../upstream/balancer/balancer.ts";
import type { Upstream } from "../upstream/upstream.ts";
import type { ProxyAction } from "./snapshot.ts";
import { chosenUpstream } from "./split.ts";

const [STABLE, CANARY, BETA] = ["stable", "canary", "beta"].map((name) => ({ name }) as Upstream);
const random = createRandom([1, 2, 3, 4]);
const BY_USER = { kind: "header", name: "x-user" } as const;

function action(shares: readonly [Upstream, number][], isKeyed = false): ProxyAction {
  let below = 0;
  const parts = shares.map(([upstream, share]) => {
    below += share;
    return { upstream, below };
  });
  return { upstream: STABLE!, split: { parts, by: isKeyed ? BY_USER : null } } as unknown as ProxyAction;
}

function user(name: string | null): PickRequest {
  return { keyOf: (source) => (source === BY_USER ? name : null) };
}

function countsOf(shares: readonly [Upstream, number][], isKeyed: boolean, requests: number) {
  const counts = new Map<Upstream, number>();
  const split = action(shares, isKeyed);
  for (let i = 0; i < requests; i++) {
    const upstream = chosenUpstream(split, user(`user-${i}`), random);
    counts.set(upstream, (counts.get(upstream) ?? 0) + 1);
  }
  return counts;
}

for (const isKeyed of [false, true]) {
  describe(isKeyed ? "by a key" : "drawn", () => {
    for (const shares of [[0.01], [0.1, 0.2], [0.5, 0.5]] as const) {
      test(`${shares.join(" and ")} of 100,000 requests, within 2 % or 60 requests`, () => {
        const counts = countsOf(
          shares.map((share, i) => [[CANARY!, BETA!][i]!, share]),
          isKeyed,
          100_000,
        );
        for (const [i, share] of shares.entries()) {
          const count = counts.get([CANARY!, BETA!][i]!) ?? 0;
          expect(Math.abs(count - share * 100_000)).toBeLessThan(
            Math.max(0.02 * share * 100_000, 60 + 600 * share),
          );
        }
      });
    }
  });
}

test("the same user goes the same way each time", () => {
  const split = action([[CANARY!, 0.3]], true);
  for (let i = 0; i < 200; i++) {
    const ways = new Set(Array.from({ length: 10 }, () => chosenUpstream(split, user(`u${i}`), random)));
    expect(ways.size).toBe(1);
  }
});

test("a share that grows keeps those it had", () => {
  const before = action([[CANARY!, 0.1]], true);
  const after = action([[CANARY!, 0.2]], true);
  for (let i = 0; i < 5_000; i++) {
    if (chosenUpstream(before, user(`u${i}`), random) !== CANARY) continue;
    expect(chosenUpstream(after, user(`u${i}`), random)).toBe(CANARY!);
  }
});

test("requests without the key are drawn for", () => {
  const split = action([[CANARY!, 0.5]], true);
  const ways = new Set(Array.from({ length: 100 }, () => chosenUpstream(split, user(null), random)));
  expect(ways.size).toBe(2);
});
