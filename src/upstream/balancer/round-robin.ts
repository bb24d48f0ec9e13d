/**
 * Each in turn, in proportion to the shares: weights 5, 1, 1 give a b a a a c a, not five a in a row. Equal targets
 * are walked in the order of the file; others take turns by `turns.ts`, in O(log n).
 */
import { randomBelow } from "../../base/random.ts";
import { accepts, type Balancer, type BalancerTools, type Candidate, eligible } from "./balancer.ts";
import { IndexedHeap } from "./indexed-heap.ts";
import { firstTurn, nextTurn, randomStart } from "./turns.ts";

export function createRoundRobinBalancer<T extends Candidate>({ random }: BalancerTools): Balancer<T> {
  const turns = new IndexedHeap();
  let targets: readonly T[] = [];
  let isEven = true;
  let at = 0;

  const next = (): T => {
    if (isEven) {
      at = at + 1 < targets.length ? at + 1 : 0;
      return targets[at]!;
    }
    const slot = turns.least;
    const target = targets[slot]!;
    turns.setMinor(slot, nextTurn(turns.minorOf(slot), target));
    return target;
  };

  return {
    update(all) {
      targets = eligible(all);
      isEven = targets.every(({ share }) => share === targets[0]!.share);
      at = randomBelow(random, Math.max(targets.length, 1));
      if (isEven) return;
      const start = randomStart(random);
      turns.reset(targets.length);
      for (const [slot, { share }] of targets.entries()) {
        turns.setMinor(slot, firstTurn(slot, share, start));
      }
    },
    pick(_request, tried) {
      for (let i = 0; i < targets.length; i++) {
        const target = next();
        if (accepts(target, tried)) return target;
      }
      return targets.find((target) => accepts(target, tried)) ?? null;
    },
  };
}
