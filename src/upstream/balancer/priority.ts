/**
 * Tiers: the targets of the lowest number take everything while enough of them are healthy. A tier that has lost so
 * much that the rest would be overrun is passed over, for the first one that has not; if none is sound, all help.
 */
import type { Candidate } from "./balancer.ts";

export interface TieredCandidate extends Pick<Candidate, "weight" | "share"> {
  readonly priority: number;
}

/** @param failoverBelow the healthy share of a tier, by weight, from 0 to 1, under which the next is used */
export function tierInUse<T extends TieredCandidate>(
  targets: readonly T[],
  failoverBelow: number,
): readonly T[] {
  if (targets.every(({ priority }) => priority === targets[0]!.priority)) return targets;
  const tiers = [...Map.groupBy(targets, ({ priority }) => priority)].sort(([a], [b]) => a - b);
  return tiers.find(([, tier]) => isSound(tier, failoverBelow))?.[1] ?? targets;
}

/** Whether enough of them take requests. Of none at all there is never enough. */
export function isSound(
  targets: readonly Pick<Candidate, "weight" | "share">[],
  failoverBelow: number,
): boolean {
  let healthy = 0;
  let all = 0;
  for (const { weight, share } of targets) {
    all += weight;
    if (share > 0) healthy += weight;
  }
  return healthy > 0 && healthy >= all * failoverBelow;
}
