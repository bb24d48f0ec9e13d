/**
 * What each target should get of new requests, from its weight, its health and how long it has been back. When all of
 * them are out on the word of checks or outlier detection, those may be wrong: then all are used rather than none.
 */
import { rampedShare } from "./balancer/slow-start.ts";
import type { TargetHealth } from "./health/target-health.ts";

export interface Sharer {
  readonly weight: number;
  readonly health: TargetHealth;
  share: number;
  /** It is used though it is out, because all are. */
  panicking: boolean;
  /** Since when it takes requests; `Clock.nowMs` terms. */
  availableSinceMs: number;
}

export function assignShares(targets: readonly Sharer[], slowStartMs: number, nowMs: number): void {
  const isPanic = !targets.some(({ weight, health }) => weight > 0 && health.out === null);
  for (const target of targets) {
    assignShare(target, slowStartMs, nowMs);
    target.panicking = isPanic && target.weight > 0 && isUsable(target.health);
    if (target.panicking) target.share = target.weight;
  }
}

function assignShare(target: Sharer, slowStartMs: number, nowMs: number): void {
  if (target.health.out !== null) {
    target.share = 0;
    target.availableSinceMs = Number.POSITIVE_INFINITY;
    return;
  }
  if (target.availableSinceMs === Number.POSITIVE_INFINITY) target.availableSinceMs = nowMs;
  target.share = rampedShare(target.weight, nowMs - target.availableSinceMs, slowStartMs);
}

/** Drained by hand or tripped: that is meant. */
function isUsable({ out }: TargetHealth): boolean {
  return out === "down" || out === "ejected";
}
