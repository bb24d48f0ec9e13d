/**
 * Targets that do worse than the others are ejected for a while: after so many failures in a row, for their share of
 * errors, or for being slower than the group's median. Each ejection in short order lasts twice as long as the one
 * before, and never is more than a set share of the group out.
 */
import type { TargetHealth } from "./target-health.ts";

export interface OutlierSettings {
  /** Failures in a row; `Infinity`: does not matter. */
  readonly consecutive: number;
  /** Of the requests of a window, from 0 to 1; `Infinity`: does not matter. */
  readonly errorShare: number;
  /** How many times the group's median a target's mean may be; `Infinity`: does not matter. */
  readonly latencyFactor: number;
  /** Of fewer requests in a window nothing is concluded, but for failures in a row. */
  readonly minRequests: number;
  readonly windowMs: number;
  readonly ejectMs: number;
  readonly maxEjectMs: number;
  /** Of the group, from 0 to 1. */
  readonly maxEjected: number;
  /** Of answers that are failures. */
  readonly statuses: readonly number[];
}

/** What outlier detection needs of a target. */
export interface Judged {
  readonly weight: number;
  readonly health: TargetHealth;
  /** It is out for a while now. */
  ejected(): void;
}

export class Outliers {
  readonly #settings: OutlierSettings;
  #targets: readonly Judged[] = [];
  #windowEndsMs = Number.POSITIVE_INFINITY;
  /** A window has begun that nobody waits for yet. */
  hasBegunWindow = false;

  constructor(settings: OutlierSettings) {
    this.#settings = settings;
  }

  update(targets: readonly Judged[]): void {
    this.#targets = targets.filter(({ weight }) => weight > 0);
  }

  /** When a window is over or an ejection is; `Infinity`: there is nothing to wait for. */
  get deadlineMs(): number {
    let deadlineMs = this.#windowEndsMs;
    for (const { health } of this.#targets) {
      if (health.ejectedUntilMs > 0) deadlineMs = Math.min(deadlineMs, health.ejectedUntilMs);
    }
    return deadlineMs;
  }

  /** A request has ended well. */
  succeeded({ health }: Judged, latencyMs: number, nowMs: number): void {
    health.failuresInRow = 0;
    health.good++;
    health.latencySumMs += latencyMs;
    this.#beginWindow(nowMs);
  }

  /** A request has failed. @returns whether the target was ejected for it */
  failed(target: Judged, nowMs: number): boolean {
    const { health } = target;
    health.bad++;
    health.failuresInRow++;
    this.#beginWindow(nowMs);
    return health.failuresInRow >= this.#settings.consecutive && this.#eject(target, nowMs);
  }

  /** Some deadline has passed. @returns whether anybody was ejected or taken back */
  tick(nowMs: number): boolean {
    let changed = false;
    for (const { health } of this.#targets) {
      if (health.ejectedUntilMs === 0 || health.ejectedUntilMs > nowMs) continue;
      health.backSinceMs = health.ejectedUntilMs;
      health.ejectedUntilMs = 0;
      health.failuresInRow = 0;
      changed = true;
    }
    return this.#windowEndsMs <= nowMs ? this.#endWindow(nowMs) || changed : changed;
  }

  get #hasWindows(): boolean {
    const { errorShare, latencyFactor } = this.#settings;
    return errorShare !== Number.POSITIVE_INFINITY || latencyFactor !== Number.POSITIVE_INFINITY;
  }

  /** Only while there is traffic, so that an idle group wakes nobody. */
  #beginWindow(nowMs: number): void {
    if (!this.#hasWindows || this.#windowEndsMs !== Number.POSITIVE_INFINITY) return;
    this.#windowEndsMs = nowMs + this.#settings.windowMs;
    this.hasBegunWindow = true;
  }

  #endWindow(nowMs: number): boolean {
    const medianMs = this.#medianMs();
    let changed = false;
    let isIdle = true;
    for (const target of this.#targets) {
      const { health } = target;
      isIdle &&= health.good + health.bad === 0;
      if (this.#isOutlier(health, medianMs)) changed = this.#eject(target, nowMs) || changed;
      health.beginWindow();
    }
    this.#windowEndsMs = isIdle ? Number.POSITIVE_INFINITY : nowMs + this.#settings.windowMs;
    return changed;
  }

  #isOutlier({ good, bad, latencySumMs }: TargetHealth, medianMs: number): boolean {
    const { minRequests, errorShare, latencyFactor } = this.#settings;
    if (good + bad < minRequests) return false;
    if (bad >= (good + bad) * errorShare) return true;
    return good >= minRequests && latencySumMs / good > Math.max(medianMs, LEAST_MEDIAN_MS) * latencyFactor;
  }

  /** Of the targets' means; `Infinity` for fewer than three, of which none can be the odd one. */
  #medianMs(): number {
    const means = this.#targets
      .filter(({ health }) => health.good >= this.#settings.minRequests)
      .map(({ health }) => health.latencySumMs / health.good)
      .sort((a, b) => a - b);
    return means.length < 3 ? Number.POSITIVE_INFINITY : means[means.length >> 1]!;
  }

  #eject(target: Judged, nowMs: number): boolean {
    const { health } = target;
    if (health.ejectedUntilMs > 0) return false;
    const out = this.#targets.filter(({ health: { ejectedUntilMs } }) => ejectedUntilMs > 0).length;
    const { maxEjected, ejectMs, maxEjectMs } = this.#settings;
    if (out + 1 > this.#targets.length * maxEjected) return false;
    // Each window without an ejection makes up for one of those before.
    const calmWindows = Math.floor((nowMs - health.backSinceMs) / this.#settings.windowMs);
    health.ejections = Math.max(0, health.ejections - calmWindows);
    health.ejectedUntilMs = nowMs + Math.min(maxEjectMs, ejectMs * 2 ** health.ejections);
    health.ejections++;
    target.ejected();
    return true;
  }
}

/** Below it, being several times slower hurts nobody. */
const LEAST_MEDIAN_MS = 1;
