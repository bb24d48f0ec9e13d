/**
 * Of two drawn by weight, the one that should answer sooner: what it took lately (`Latency`) for each request that
 * waits there, ours included. Two and not all, because everybody would run to the fastest at once.
 */
import type { Balancer, BalancerTools, Candidate } from "./balancer.ts";
import { WeightedDraw } from "./draw.ts";

export function createLeastLatencyBalancer<T extends Candidate>({
  random,
  clock,
}: BalancerTools): Balancer<T> {
  const draw = new WeightedDraw<T>(random);
  return {
    update: (targets) => draw.update(targets),
    pick(_request, tried) {
      const a = draw.drawAccepting(tried);
      if (a === null || draw.size < 2) return a;
      const b = draw.drawAccepting(tried)!;
      const nowMs = clock.nowMs();
      return cost(b, nowMs) * a.share < cost(a, nowMs) * b.share ? b : a;
    },
  };
}

/** Of a target that has not answered yet only what waits there is known: it gets one request to begin with. */
function cost({ active, latency }: Candidate, nowMs: number): number {
  if (latency.samples === 0) return active * UNKNOWN_MS;
  return (active + 1) * Math.max(latency.expectedMs(nowMs), LEAST_MS);
}

const UNKNOWN_MS = 1_000;
/** The clock's own grain: below it two targets are equally fast. */
const LEAST_MS = 0.1;
