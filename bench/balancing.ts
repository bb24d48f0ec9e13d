/**
 * Nanoseconds that a policy takes to choose a target, and to be told that a request begins and ends there:
 * `bin/bun bench/balancing.ts`.
 *
 * Each figure is the lowest of many short rounds, interleaved over all cases: the machine can only add to it. About
 * 300 requests are under way, each a while, as behind a busy proxy; keys are texts of 36 characters made beforehand.
 */
import { createRandom } from "../src/base/random.ts";
import type { Balancer, Candidate, PickRequest } from "../src/upstream/balancer/balancer.ts";
import { type BalancePolicy, createBalancer } from "../src/upstream/balancer/index.ts";
import { Latency } from "../src/upstream/latency.ts";

const ROUNDS = 40;
const PICKS_PER_ROUND = 10_000;
const UNDER_WAY = 300;
const SIZES = [3, 100, 1_000];
const KEYS = Array.from({ length: 4_096 }, () => crypto.randomUUID());
const NONE: readonly Target[] = [];

interface Target extends Candidate {
  active: number;
}

interface Case {
  readonly name: string;
  readonly targets: number;
  readonly balancer: Balancer<Target>;
  readonly underWay: (Target | undefined)[];
  bestNs: number;
}

const SOURCE = { kind: "source" } as const;
const POLICIES: readonly BalancePolicy[] = [
  { policy: "random" },
  { policy: "round_robin" },
  { policy: "p2c" },
  { policy: "least_requests" },
  { policy: "least_latency" },
  { policy: "hash", by: SOURCE, maxLoad: 1.25 },
  { policy: "maglev", by: SOURCE },
];

const request: PickRequest & { at: number } = {
  at: 0,
  keyOf: () => KEYS[request.at++ & (KEYS.length - 1)]!,
};
const cases = SIZES.flatMap((size) => POLICIES.map((policy) => caseOf(policy, size)));

for (let round = 0; round < ROUNDS; round++) for (const each of cases) runRound(each);
for (const { name, targets, bestNs } of cases) {
  console.log(
    `${name.padEnd(16)} ${String(targets).padStart(5)} targets ${bestNs.toFixed(0).padStart(5)} ns`,
  );
}

function caseOf(policy: BalancePolicy, targets: number): Case {
  const random = createRandom([1, 2, 3, 4]);
  // Read once per event of the loop, as in the proxy.
  const startMs = performance.now();
  const clock = { nowMs: () => startMs + request.at / 1_000, wallMs: () => 0 };
  const balancer = createBalancer<Target>(policy, { random, clock });
  balancer.update(Array.from({ length: targets }, (_, i) => targetOf(i)));
  return { name: policy.policy, targets, balancer, underWay: [], bestNs: Number.POSITIVE_INFINITY };
}

/** Weights differ, which is the dearer case. */
function targetOf(index: number): Target {
  const weight = 1 + (index % 3);
  const latency = new Latency();
  latency.observe(1 + (index % 7), performance.now());
  const name = `10.0.${index >> 8}.${index & 255}:3000`;
  return { name, weight, share: weight, active: 0, full: false, latency, slot: -1 };
}

function runRound(each: Case): void {
  const begin = performance.now();
  for (let pick = 0; pick < PICKS_PER_ROUND; pick++) exchange(each, pick);
  each.bestNs = Math.min(each.bestNs, ((performance.now() - begin) * 1e6) / PICKS_PER_ROUND);
}

/** One begins and the oldest ends. */
function exchange({ balancer, underWay }: Case, pick: number): void {
  const slot = pick % UNDER_WAY;
  const target = balancer.pick(request, NONE)!;
  target.active++;
  balancer.loadChanged?.(target);
  const ended = underWay[slot];
  underWay[slot] = target;
  if (ended === undefined) return;
  ended.active--;
  balancer.loadChanged?.(ended);
}
