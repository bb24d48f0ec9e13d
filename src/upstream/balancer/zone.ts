/** The targets near by take everything while enough of them are healthy: a way to another zone costs time and money. */
import { isSound, type TieredCandidate } from "./priority.ts";

export interface ZonedCandidate extends TieredCandidate {
  readonly zone: string | null;
}

/** @param zone our own; null: it makes no difference */
export function nearest<T extends ZonedCandidate>(
  targets: readonly T[],
  zone: string | null,
  failoverBelow: number,
): readonly T[] {
  if (zone === null) return targets;
  const near = targets.filter((target) => target.zone === zone);
  return isSound(near, failoverBelow) ? near : targets;
}
