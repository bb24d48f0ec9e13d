/**
 * Smooth weighted round robin (nginx's, 2012): weights 5, 1, 1 give a a b a c a a, not five a in a row. The
 * order repeats after the sum of the weights, so it is worked out once and then walked.
 */
import { type Random, randomBelow } from "../../base/random.ts";
import { type Balancer, type Candidate, eligible } from "./balancer.ts";

/** Starts at a random place, so that several processes do not all begin with the same target. */
export function createRoundRobinBalancer<T extends Candidate>(
  targets: readonly T[],
  random: Random,
): Balancer<T> {
  const order = smoothOrder(eligible(targets));
  let at = order.length > 0 ? randomBelow(random, order.length) : 0;
  const next = (): T | null => {
    if (order.length === 0) return null;
    at = at + 1 < order.length ? at + 1 : 0;
    return order[at]!;
  };
  return {
    pick(tried) {
      const first = next();
      let target = first;
      for (let i = 1; i < order.length && target !== null && tried.includes(target); i++) target = next();
      return target;
    },
  };
}

/** One full turn. Weights are divided by their common divisor, then scaled down to at most MAX_TURN picks. */
export function smoothOrder<T extends Candidate>(targets: readonly T[]): readonly T[] {
  const weights = scaled(targets.map((target) => target.weight));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const current = weights.map(() => 0);
  const order: T[] = [];
  for (let pick = 0; pick < total; pick++) {
    let best = 0;
    for (let i = 0; i < current.length; i++) {
      current[i]! += weights[i]!;
      if (current[i]! > current[best]!) best = i;
    }
    current[best]! -= total;
    order.push(targets[best]!);
  }
  return order;
}

function scaled(weights: readonly number[]): readonly number[] {
  const divisor = weights.reduce(greatestCommonDivisor, 0) || 1;
  const reduced = weights.map((weight) => weight / divisor);
  const total = reduced.reduce((sum, weight) => sum + weight, 0);
  if (total <= MAX_TURN) return reduced;
  return reduced.map((weight) => Math.max(1, Math.round((weight * MAX_TURN) / total)));
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

const MAX_TURN = 10_000;
