/**
 * Targets that do worse than the others are ejected for a while: after so many failures in a row, for their share of
 * errors, or for being slower than the group's median. Each ejection in short order lasts twice as long as the one
 * before, and never is more than a set share of the group out. What counts is what all workers have seen
 * (joint-evidence.ts), and whom one of them ejects is out for all.
 */
import * as joint from "./joint-evidence.ts";
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
  /** Whether anything is judged by what happens within a window. */
  readonly #hasWindows: boolean;
  #targets: readonly Judged[] = [];
  #windowEndsMs = Number.POSITIVE_INFINITY;
  /** A window has begun that nobody waits for yet. */
  hasBegunWindow = false;

  constructor(settings: OutlierSettings) {
    const { errorShare, latencyFactor } = settings;
    this.#settings = settings;
    this.#hasWindows = errorShare !== Number.POSITIVE_INFINITY || latencyFactor !== Number.POSITIVE_INFINITY;
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
    joint.tellGood(health, nowMs);
    if (this.#hasWindows) joint.tellWindow(health, this.#windowEndsMs);
  }

  /** A request has failed. @returns whether the target was ejected for it */
  failed(target: Judged, nowMs: number): boolean {
    const { health } = target;
    health.bad++;
    this.#beginWindow(nowMs);
    if (this.#hasWindows) joint.tellWindow(health, this.#windowEndsMs);
    return joint.countFailure(health, nowMs) >= this.#settings.consecutive && this.#eject(target, nowMs);
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

  /** Whom other workers have ejected. @returns whether anybody is out that was not */
  adopt(nowMs: number): boolean {
    let changed = false;
    for (const { health } of this.#targets) changed = joint.adoptEjection(health, nowMs) || changed;
    return changed;
  }

  /** Only while there is traffic, so that an idle group wakes nobody. */
  #beginWindow(nowMs: number): void {
    if (!this.#hasWindows || this.#windowEndsMs !== Number.POSITIVE_INFINITY) return;
    this.#windowEndsMs = nowMs + this.#settings.windowMs;
    this.hasBegunWindow = true;
  }

  #endWindow(nowMs: number): boolean {
    const windows = this.#targets.map(({ health }) => joint.windowOf(health, nowMs, this.#settings.windowMs));
    const medianMs = this.#medianMs(windows);
    let changed = false;
    let isIdle = true;
    for (const [index, target] of this.#targets.entries()) {
      const { health } = target;
      isIdle &&= health.good + health.bad === 0;
      if (this.#isOutlier(windows[index]!, medianMs)) changed = this.#eject(target, nowMs) || changed;
      health.beginWindow();
    }
    this.#windowEndsMs = isIdle ? Number.POSITIVE_INFINITY : nowMs + this.#settings.windowMs;
    return changed;
  }

  #isOutlier({ good, bad, latencySumMs }: joint.Window, medianMs: number): boolean {
    const { minRequests, errorShare, latencyFactor } = this.#settings;
    if (good + bad < minRequests) return false;
    if (bad >= (good + bad) * errorShare) return true;
    return good >= minRequests && latencySumMs / good > Math.max(medianMs, LEAST_MEDIAN_MS) * latencyFactor;
  }

  /** Of the targets' means; `Infinity` for fewer than three, of which none can be the odd one. */
  #medianMs(windows: readonly joint.Window[]): number {
    const means = windows
      .filter(({ good }) => good >= this.#settings.minRequests)
      .map(({ good, latencySumMs }) => latencySumMs / good)
      .sort((a, b) => a - b);
    return means.length < 3 ? Number.POSITIVE_INFINITY : means[means.length >> 1]!;
  }

  #eject(target: Judged, nowMs: number): boolean {
    const { health } = target;
    if (health.ejectedUntilMs > 0) return false;
    const { maxEjected, ejectMs, maxEjectMs } = this.#settings;
    const most = this.#targets.length * maxEjected;
    if (this.#countOut(nowMs) + 1 > most) return false;
    // Each window without an ejection makes up for one of those before.
    const calmWindows = Math.floor((nowMs - health.backSinceMs) / this.#settings.windowMs);
    health.ejections = Math.max(0, health.ejections - calmWindows);
    health.ejectedUntilMs = nowMs + Math.min(maxEjectMs, ejectMs * 2 ** health.ejections);
    health.ejections++;
    joint.tellEjection(health);
    if (this.#countOut(nowMs) > most) return this.#takeBack(health);
    target.ejected();
    return true;
  }

  /** Another worker has ejected another target at the same moment. */
  #takeBack(health: TargetHealth): false {
    health.ejectedUntilMs = 0;
    health.ejections--;
    joint.tellEjection(health);
    return false;
  }

  #countOut(nowMs: number): number {
    return this.#targets.filter(({ health }) => joint.isOutAnywhere(health, nowMs)).length;
  }
}

/** Below it, being several times slower hurts nobody. */
const LEAST_MEDIAN_MS = 1;
