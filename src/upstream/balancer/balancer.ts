/**
 * A policy that chooses among targets. It is asked once per attempt: `tried` holds the targets that have failed
 * this exchange already, so that a retry needs no second algorithm.
 */
import type { Random } from "../../base/random.ts";

/** What a policy may know of a target. */
export interface Candidate {
  readonly name: string;
  readonly weight: number;
  readonly active: number;
}

export interface Balancer<T extends Candidate> {
  /** The next target, one not in `tried` if there is any; null when none takes requests. */
  pick(tried: readonly T[]): T | null;
}

export type BalancerFactory = <T extends Candidate>(targets: readonly T[], random: Random) => Balancer<T>;

/** Targets that take requests. */
export function eligible<T extends Candidate>(targets: readonly T[]): readonly T[] {
  return targets.filter((target) => target.weight > 0);
}
