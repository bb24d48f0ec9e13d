/** Targets and requests for tests of policies: nothing but what a policy may ask. */
import type { Clock } from "../../base/clock.ts";
import { createRandom, type Random } from "../../base/random.ts";
import type { Balancer, BalancerTools, Candidate, PickRequest } from "../balancer/balancer.ts";
import { type BalancePolicy, createBalancer, SPREADING, type SpreadingName } from "../balancer/index.ts";
import type { StickyCookie } from "../balancer/sticky.ts";
import { Latency } from "../latency.ts";

export class TestTarget implements Candidate {
  readonly name: string;
  readonly weight: number;
  share: number;
  active = 0;
  limit: number = Number.POSITIVE_INFINITY;
  readonly latency: Latency = new Latency();
  slot = -1;

  get full(): boolean {
    return this.active >= this.limit;
  }

  constructor(name: string, weight = 1) {
    this.name = name;
    this.weight = weight;
    this.share = weight;
  }
}

/** `a`, `b`, `c`, … with these weights. */
export function targets(...weights: readonly number[]): TestTarget[] {
  return weights.map((weight, i) => new TestTarget(String.fromCharCode(97 + i), weight));
}

/** So many equal ones, with addresses for names. */
export function manyTargets(count: number): TestTarget[] {
  return Array.from({ length: count }, (_, i) => new TestTarget(`10.0.${i >> 8}.${i & 255}:3000`));
}

/** A request of which all that may be asked has this value. */
export function requestWith(key: string | null): PickRequest {
  return { keyOf: () => key };
}

export const NO_KEY: PickRequest = requestWith(null);

/** A fresh key for each pick. */
export class Keys implements PickRequest {
  #count = 0;

  keyOf(): string {
    return `key ${this.#count++}`;
  }
}

export function random(): Random {
  return createRandom([1, 2, 3, 4]);
}

export function balancerOf(
  policy: BalancePolicy,
  all: readonly TestTarget[],
  tools: Partial<BalancerTools> = {},
): Balancer<TestTarget> {
  const balancer = createBalancer<TestTarget>(policy, {
    random: random(),
    clock: STANDING,
    ...tools,
  });
  balancer.update(all);
  return balancer;
}

export const STANDING: Clock = { nowMs: () => 0, wallMs: () => 0 };

export const COOKIE: StickyCookie = {
  name: "s",
  secret: "0123456789abcdef",
  maxAgeMs: null,
  secure: false,
};

/** Each policy once. Without a key the last three do as one that spreads. */
export const EVERY_POLICY: readonly BalancePolicy[] = [
  ...(Object.keys(SPREADING) as SpreadingName[]).map((policy) => ({ policy })),
  { policy: "hash", by: { kind: "source" }, maxLoad: 1.25 },
  { policy: "maglev", by: { kind: "source" } },
  { policy: "sticky", cookie: COOKIE, fallback: "p2c" },
];

/** How many of so many picks each target gets. */
export function countPicks(
  balancer: Balancer<TestTarget>,
  picks: number,
  request: PickRequest,
): ReadonlyMap<TestTarget, number> {
  const counts = new Map<TestTarget, number>();
  for (let pick = 0; pick < picks; pick++) {
    const target = balancer.pick(request, [])!;
    counts.set(target, (counts.get(target) ?? 0) + 1);
  }
  return counts;
}
