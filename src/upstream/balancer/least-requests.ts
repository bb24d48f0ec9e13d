/**
 * The target with the fewest requests under way for its share, of all of them and not of two: a heap keeps the order,
 * so that a pick is O(1) and each begin and end of a request O(log n). Who are equally busy take turns.
 */
import { accepts, type Balancer, type BalancerTools, type Candidate, eligible } from "./balancer.ts";
import { IndexedHeap } from "./indexed-heap.ts";
import { firstTurn, nextTurn, randomStart } from "./turns.ts";

export function createLeastRequestsBalancer<T extends Candidate>({ random }: BalancerTools): Balancer<T> {
  const order = new IndexedHeap();
  let targets: readonly T[] = [];
  /** The latest turn that was taken. */
  let turn = 0;

  const setLoad = (target: T): void => order.setMajor(target.slot, target.active / target.share);

  /** The least busy one is taken or full: the others are looked through. */
  const search = (tried: readonly T[]): T | null => {
    let best: T | null = null;
    for (const target of targets) {
      if (accepts(target, tried) && (best === null || order.isBefore(target.slot, best.slot))) best = target;
    }
    return best;
  };

  return {
    update(all) {
      targets = eligible(all);
      const start = randomStart(random);
      turn = 0;
      order.reset(targets.length);
      for (const target of all) target.slot = -1;
      for (const [slot, target] of targets.entries()) {
        target.slot = slot;
        order.setMinor(slot, firstTurn(slot, target.share, start));
        setLoad(target);
      }
    },
    pick(_request, tried) {
      if (targets.length === 0) return null;
      const least = targets[order.least]!;
      const target = accepts(least, tried) ? least : search(tried);
      if (target === null) return null;
      // Who was too busy for its turns does not get them all at once.
      turn = Math.max(turn, order.minorOf(target.slot));
      order.setMinor(target.slot, nextTurn(turn, target));
      return target;
    },
    loadChanged(target) {
      if (target.slot >= 0) setLoad(target);
    },
  };
}
