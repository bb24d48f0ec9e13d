/** Each pick is independent, in proportion to the weights. */
import { type Random, randomBelow } from "../../base/random.ts";
import { type Balancer, type Candidate, eligible } from "./balancer.ts";

export function createRandomBalancer<T extends Candidate>(
  targets: readonly T[],
  random: Random,
): Balancer<T> {
  const draw = weightedDraw(eligible(targets), random);
  return { pick: (tried) => (tried.length === 0 ? draw() : avoid(draw, eligible(targets), tried)) };
}

/** A function that draws by weight in O(log n), O(1) for equal weights. */
export function weightedDraw<T extends Candidate>(targets: readonly T[], random: Random): () => T | null {
  if (targets.length === 0) return () => null;
  const first = targets[0]!;
  if (targets.length === 1) return () => first;
  if (targets.every((target) => target.weight === first.weight)) {
    return () => targets[randomBelow(random, targets.length)]!;
  }
  const bounds = cumulative(targets);
  return () => targets[firstAbove(bounds, randomBelow(random, bounds[bounds.length - 1]!))]!;
}

/** Draws again a few times, then takes the first that was not tried; a tried one rather than none. */
export function avoid<T extends Candidate>(
  draw: () => T | null,
  targets: readonly T[],
  tried: readonly T[],
): T | null {
  for (let i = 0; i < REDRAWS; i++) {
    const target = draw();
    if (target === null || !tried.includes(target)) return target;
  }
  return targets.find((target) => !tried.includes(target)) ?? draw();
}

function cumulative(targets: readonly Candidate[]): readonly number[] {
  let sum = 0;
  return targets.map((target) => {
    sum += target.weight;
    return sum;
  });
}

/** Index of the first bound above `value`. */
function firstAbove(bounds: readonly number[], value: number): number {
  let low = 0;
  let high = bounds.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (bounds[middle]! > value) high = middle;
    else low = middle + 1;
  }
  return low;
}

const REDRAWS = 4;
