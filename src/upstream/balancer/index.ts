/** All policies by the name that the configuration uses, and how one is made. */
import type { Balancer, BalancerFactory, BalancerTools, Candidate, KeySource } from "./balancer.ts";
import { createHashBalancer } from "./hash.ts";
import { createLeastLatencyBalancer } from "./least-latency.ts";
import { createLeastRequestsBalancer } from "./least-requests.ts";
import { createMaglevBalancer } from "./maglev.ts";
import { createP2cBalancer } from "./p2c.ts";
import { createRandomBalancer } from "./random.ts";
import { createRoundRobinBalancer } from "./round-robin.ts";
import { createStickyBalancer, type StickyBalancer, type StickyCookie } from "./sticky.ts";

/** Those that ask nothing of the request. */
export const SPREADING = {
  p2c: createP2cBalancer,
  random: createRandomBalancer,
  round_robin: createRoundRobinBalancer,
  least_requests: createLeastRequestsBalancer,
  least_latency: createLeastLatencyBalancer,
} as const satisfies Record<string, BalancerFactory>;

export type SpreadingName = keyof typeof SPREADING;

export type BalancePolicy =
  | { readonly policy: SpreadingName }
  /** `maxLoad` 1.25: a target takes up to 1.25 times its share of the requests under way; Infinity: any. */
  | { readonly policy: "hash"; readonly by: KeySource; readonly maxLoad: number }
  | { readonly policy: "maglev"; readonly by: KeySource }
  | { readonly policy: "sticky"; readonly cookie: StickyCookie; readonly fallback: SpreadingName };

export function createBalancer<T extends Candidate>(
  policy: BalancePolicy,
  tools: BalancerTools,
): Balancer<T> | StickyBalancer<T> {
  switch (policy.policy) {
    case "hash":
      return createHashBalancer(tools, policy.by, policy.maxLoad);
    case "maglev":
      return createMaglevBalancer(tools, policy.by);
    case "sticky":
      return createStickyBalancer(policy.cookie, SPREADING[policy.fallback](tools));
    default:
      return SPREADING[policy.policy](tools);
  }
}
