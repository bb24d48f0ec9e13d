/**
 * A ring (Karger and others, 1997) with bounded loads (Mirrokni and others, 2016): a key belongs to the target whose
 * point follows the key's own. A target that comes or goes moves its own keys and no others; one that is too busy
 * passes keys on to the next.
 */
import { hashText, mix } from "../../base/hash.ts";
import type { Balancer, BalancerTools, Candidate, KeySource } from "./balancer.ts";
import { createKeyedBalancer, type KeyTable } from "./keyed.ts";

export function createHashBalancer<T extends Candidate>(
  tools: BalancerTools,
  source: KeySource,
  maxLoad: number,
): Balancer<T> {
  return createKeyedBalancer(tools, new Ring(), source, maxLoad);
}

export class Ring implements KeyTable {
  #positions = new Uint32Array(0);
  #owners = new Uint16Array(0);
  /** The first point at or behind each 1/65,536 of the ring. */
  #index = new Uint32Array(0);

  build(members: readonly Pick<Candidate, "name" | "weight">[]): void {
    const points = pointsOf(members);
    this.#positions = Uint32Array.from(points, (point) => Math.floor(point / OWNERS));
    this.#owners = Uint16Array.from(points, (point) => point % OWNERS);
    this.#index = new Uint32Array(SECTORS);
    let at = 0;
    for (let sector = 0; sector < SECTORS; sector++) {
      while (at < points.length && this.#positions[at]! >>> 16 < sector) at++;
      this.#index[sector] = at;
    }
  }

  memberAt(hash: number, step: number): number {
    const positions = this.#positions;
    let at = this.#index[hash >>> 16]!;
    while (at < positions.length && positions[at]! < hash) at++;
    return this.#owners[(at + step) % positions.length]!;
  }
}

/** Sorted; each is position × 65,536 + owner, so that one number is sorted and not a pair. */
function pointsOf(members: readonly Pick<Candidate, "name" | "weight">[]): Float64Array {
  const weights = members.reduce((sum, { weight }) => sum + weight, 0);
  const each = Math.min(MOST_POINTS_EACH, MOST_POINTS / members.length);
  const counts = members.map(({ weight }) => Math.ceil((each * members.length * weight) / weights));
  const points = new Float64Array(counts.reduce((sum, count) => sum + count, 0));
  let at = 0;
  for (const [owner, { name }] of members.entries()) {
    const begin = hashText(name);
    for (let k = 0; k < counts[owner]!; k++) {
      points[at++] = mix(begin + Math.imul(k, GOLDEN)) * OWNERS + owner;
    }
  }
  return points.sort();
}

const OWNERS = 65_536;
const SECTORS = 65_536;
const GOLDEN = 0x9e37_79b9;
/** Shares of keys are off by about 1/sqrt(points): 1 %. */
const MOST_POINTS_EACH = 8_192;
/** 3 MiB; from 64 targets on each has fewer points, 524 of 1,000. */
const MOST_POINTS = 1 << 19;
