/**
 * The less busy of two drawn by weight (Mitzenmacher 2001, "The power of two choices"): nearly as even as
 * asking everybody, without the herd that runs to whoever was least busy a moment ago.
 */
import type { Balancer, BalancerTools, Candidate } from "./balancer.ts";
import { WeightedDraw } from "./draw.ts";

export function createP2cBalancer<T extends Candidate>({ random }: BalancerTools): Balancer<T> {
  const draw = new WeightedDraw<T>(random);
  return {
    update: (targets) => draw.update(targets),
    pick(_request, tried) {
      const a = draw.drawAccepting(tried);
      if (a === null || draw.size < 2) return a;
      return lessBusy(a, draw.drawAccepting(tried)!);
    },
  };
}

/** By weight the draw has been fair already, so requests are compared per unit of share. */
function lessBusy<T extends Candidate>(a: T, b: T): T {
  return b.active * a.share < a.active * b.share ? b : a;
}
