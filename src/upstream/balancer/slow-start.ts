/**
 * A target that is new or has come back has cold caches and an empty pool: its share grows evenly from a tenth to the
 * whole, over the time that is set.
 */

/** @param availableMs for how long it has been taking requests */
export function rampedShare(weight: number, availableMs: number, slowStartMs: number): number {
  if (availableMs >= slowStartMs) return weight;
  return weight * Math.max(LEAST_PART, availableMs / slowStartMs);
}

const LEAST_PART = 0.1;
