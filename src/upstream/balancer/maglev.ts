/**
 * One look into a table of fixed size (Eisenbud and others, 2016, "Maglev"): targets take turns at claiming places in
 * an order of their own, so that each has its share of them to within a place. Evener than a ring, and a target that
 * comes or goes moves a few keys of the others, too.
 */
import { hashText, mix } from "../../base/hash.ts";
import type { Balancer, BalancerTools, Candidate, KeySource } from "./balancer.ts";
import { createKeyedBalancer, type KeyTable } from "./keyed.ts";

export function createMaglevBalancer<T extends Candidate>(
  tools: BalancerTools,
  source: KeySource,
): Balancer<T> {
  return createKeyedBalancer(tools, new MaglevTable(), source, Number.POSITIVE_INFINITY);
}

export class MaglevTable implements KeyTable {
  #owners = new Uint16Array(0);

  build(members: readonly Pick<Candidate, "name" | "weight">[]): void {
    if (members.length === 0) return;
    this.#owners = new Uint16Array(PLACES);
    const taken = new Uint8Array(PLACES);
    const claims = members.map(({ name }) => new Claims(name));
    const heaviest = members.reduce((most, { weight }) => Math.max(most, weight), 0);
    let left = PLACES;
    for (let round = 1; left > 0; round++) {
      for (let owner = 0; owner < members.length && left > 0; owner++) {
        const claim = claims[owner]!;
        // Lighter ones sit rounds out, in proportion.
        if (claim.made * heaviest >= round * members[owner]!.weight) continue;
        this.#owners[claim.next(taken)] = owner;
        left--;
      }
    }
  }

  /** After a refusal the key is hashed anew: the keys of a target that is out spread over all others. */
  memberAt(hash: number, step: number): number {
    const key = step === 0 ? hash : mix(hash + Math.imul(step, GOLDEN));
    return this.#owners[key % PLACES]!;
  }
}

/** One target's order of preference, which visits every place because their number is a prime. */
class Claims {
  made = 0;
  #at: number;
  readonly #skip: number;

  constructor(name: string) {
    this.#at = hashText(name) % PLACES;
    this.#skip = (hashText(name, GOLDEN) % (PLACES - 1)) + 1;
  }

  next(taken: Uint8Array): number {
    while (taken[this.#at] === 1) this.#at = (this.#at + this.#skip) % PLACES;
    taken[this.#at] = 1;
    this.made++;
    return this.#at;
  }
}

/** 2^17 - 1, a prime; 131 places for each of 1,000 targets. */
const PLACES = 131_071;
const GOLDEN = 0x9e37_79b9;
