/** All policies by the name that the configuration uses. */
import type { BalancerFactory } from "./balancer.ts";
import { createP2cBalancer } from "./p2c.ts";
import { createRandomBalancer } from "./random.ts";
import { createRoundRobinBalancer } from "./round-robin.ts";

export const BALANCERS = {
  p2c: createP2cBalancer,
  random: createRandomBalancer,
  round_robin: createRoundRobinBalancer,
} as const satisfies Record<string, BalancerFactory>;

export type BalancerName = keyof typeof BALANCERS;
