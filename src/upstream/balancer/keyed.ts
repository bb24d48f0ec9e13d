/**
 * What policies have in common that send like requests to one target: a table gives each key its targets in a fixed
 * order, and the first that may be had takes the request. The table is made of the configured weights alone: a target
 * that fails gives only its own keys away, and gets the same ones back.
 */
import { hashText, mix } from "../../base/hash.ts";
import {
  accepts,
  type Balancer,
  type BalancerTools,
  type Candidate,
  type KeySource,
  type PickRequest,
} from "./balancer.ts";
import { WeightedDraw } from "./draw.ts";

export interface KeyTable {
  /** Anew, for members 0 to n - 1. */
  build(members: readonly Pick<Candidate, "name" | "weight">[]): void;
  /** The member that is asked `step` refusals after the first one for this hash. Only if there are members. */
  memberAt(hash: number, step: number): number;
}

/** @param maxLoad how much busier than its share a target may be; Infinity: nobody looks */
export function createKeyedBalancer<T extends Candidate>(
  { random }: BalancerTools,
  table: KeyTable,
  source: KeySource,
  maxLoad: number,
): Balancer<T> {
  const keyed = new KeyedTargets<T>(table, maxLoad);
  const withoutKey = new WeightedDraw<T>(random);
  return {
    update(all) {
      keyed.update(all.filter(({ weight }) => weight > 0));
      withoutKey.update(all);
    },
    pick(request: PickRequest, tried) {
      const key = request.keyOf(source);
      return key === null ? withoutKey.drawAccepting(tried) : keyed.pick(hashText(key), tried);
    },
    loadChanged: (target) => keyed.loadChanged(target),
  };
}

class KeyedTargets<T extends Candidate> {
  readonly #table: KeyTable;
  readonly #maxLoad: number;
  #targets: readonly T[] = [];
  /** Name and weight of each member, as the table was made of them. */
  #built = "";
  /** Requests under way by member, as counted in `#load`. */
  #active = new Int32Array(0);
  #load = 0;
  #shares = 0;

  constructor(table: KeyTable, maxLoad: number) {
    this.#table = table;
    this.#maxLoad = maxLoad;
  }

  update(targets: readonly T[]): void {
    const members = JSON.stringify(targets.map(({ name, weight }) => [name, weight]));
    // Of one target a table would say nothing, and there may be ten thousand upstreams of one.
    if (members !== this.#built && targets.length > 1) this.#table.build(targets);
    this.#built = members;
    for (const target of this.#targets) target.slot = -1;
    for (const [slot, target] of targets.entries()) target.slot = slot;
    this.#targets = targets;
    this.#active = Int32Array.from(targets, ({ active }) => active);
    this.#load = this.#active.reduce((sum, active) => sum + active, 0);
    this.#shares = targets.reduce((sum, { share }) => sum + share, 0);
  }

  loadChanged({ slot, active }: T): void {
    if (slot < 0) return;
    this.#load += active - this.#active[slot]!;
    this.#active[slot] = active;
  }

  pick(hash: number, tried: readonly T[]): T | null {
    const targets = this.#targets;
    if (this.#shares === 0) return null;
    if (targets.length === 1) return accepts(targets[0]!, tried) ? targets[0]! : null;
    for (let step = 0; step < MOST_STEPS; step++) {
      const target = targets[this.#table.memberAt(hash, step)]!;
      if (this.#takes(target, hash) && accepts(target, tried) && !this.#isOverloaded(target)) return target;
    }
    return this.#dearest(hash, tried);
  }

  /** While a target's share grows, the same part of its keys stays there. */
  #takes({ share, weight, slot }: T, hash: number): boolean {
    return share === weight || mix(hash ^ mix(slot)) < (share / weight) * 0x1_0000_0000;
  }

  /** Of all requests, ours included, it would hold more than its share allows (Mirrokni and others, 2016). */
  #isOverloaded({ active, share }: T): boolean {
    if (active < FEW) return false;
    return active + 1 > Math.ceil((this.#maxLoad * (this.#load + 1) * share) / this.#shares);
  }

  /** Nearly all are out or full. Each key still has an order of its own among those that are left. */
  #dearest(hash: number, tried: readonly T[]): T | null {
    let best: T | null = null;
    let bestRank = -1;
    for (const target of this.#targets) {
      const rank = mix(hash ^ mix(target.slot));
      if (target.share === 0 || rank <= bestRank || !accepts(target, tried)) continue;
      best = target;
      bestRank = rank;
    }
    return best;
  }
}

const MOST_STEPS = 64;
/** Nobody is overrun by fewer; without a floor, two requests at a time would part a key from its target. */
const FEW = 8;
