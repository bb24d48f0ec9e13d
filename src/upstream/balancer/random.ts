/** Each pick is independent, in proportion to the shares. */
import type { Balancer, BalancerTools, Candidate } from "./balancer.ts";
import { WeightedDraw } from "./draw.ts";

export function createRandomBalancer<T extends Candidate>({ random }: BalancerTools): Balancer<T> {
  const draw = new WeightedDraw<T>(random);
  return {
    update: (targets) => draw.update(targets),
    pick: (_request, tried) => draw.drawAccepting(tried),
  };
}
