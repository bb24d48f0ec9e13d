/**
 * The less busy of two drawn by weight (Mitzenmacher 2001, "The power of two choices"): nearly as even as
 * asking everybody, without the herd that runs to whoever was least busy a moment ago.
 */
import type { Random } from "../../base/random.ts";
import { type Balancer, type Candidate, eligible } from "./balancer.ts";
import { avoid, weightedDraw } from "./random.ts";

export function createP2cBalancer<T extends Candidate>(targets: readonly T[], random: Random): Balancer<T> {
  const usable = eligible(targets);
  const draw = weightedDraw(usable, random);
  if (usable.length < 2) return { pick: draw };
  const drawLessBusy = (): T | null => lessBusy(draw()!, draw()!);
  return { pick: (tried) => (tried.length === 0 ? drawLessBusy() : avoid(drawLessBusy, usable, tried)) };
}

/** By weight the draw has been fair already, so requests are compared per unit of weight. */
function lessBusy<T extends Candidate>(a: T, b: T): T {
  return b.active * a.weight < a.active * b.weight ? b : a;
}
