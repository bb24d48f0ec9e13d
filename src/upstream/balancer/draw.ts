/** Drawing at random in proportion to shares: what several policies begin with. */
import { type Random, randomBelow } from "../../base/random.ts";
import { accepts, type Candidate, eligible } from "./balancer.ts";

export class WeightedDraw<T extends Candidate> {
  readonly #random: Random;
  #targets: readonly T[] = [];
  /** Running sums of the shares; null when all are equal. */
  #bounds: Float64Array | null = null;

  constructor(random: Random) {
    this.#random = random;
  }

  get size(): number {
    return this.#targets.length;
  }

  update(targets: readonly T[]): void {
    this.#targets = eligible(targets);
    const first = this.#targets[0];
    const isEven = this.#targets.every(({ share }) => share === first!.share);
    this.#bounds = isEven ? null : runningSums(this.#targets);
  }

  /** O(log n), O(1) for equal shares; any of the targets, whatever it accepts. */
  draw(): T | null {
    const targets = this.#targets;
    if (targets.length < 2) return targets[0] ?? null;
    if (this.#bounds === null) return targets[randomBelow(this.#random, targets.length)]!;
    return targets[this.#firstAbove(this.#bounds, this.#fraction())]!;
  }

  /** One that accepts. After a few draws in vain they are asked in turn, from a random place on. */
  drawAccepting(tried: readonly T[]): T | null {
    for (let draws = 0; draws < REDRAWS; draws++) {
      const target = this.draw();
      if (target === null || accepts(target, tried)) return target;
    }
    const targets = this.#targets;
    const start = randomBelow(this.#random, targets.length);
    for (let i = 0; i < targets.length; i++) {
      const target = targets[(start + i) % targets.length]!;
      if (accepts(target, tried)) return target;
    }
    return null;
  }

  #fraction(): number {
    return this.#random.nextUint32() / 0x1_0000_0000;
  }

  /** Index of the first bound above that fraction of the last one. */
  #firstAbove(bounds: Float64Array, fraction: number): number {
    const value = fraction * bounds[bounds.length - 1]!;
    let low = 0;
    let high = bounds.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (bounds[middle]! > value) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

function runningSums(targets: readonly Candidate[]): Float64Array {
  let sum = 0;
  return Float64Array.from(targets, ({ share }) => {
    sum += share;
    return sum;
  });
}

const REDRAWS = 4;
