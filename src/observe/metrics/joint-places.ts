/**
 * Where in the rows of a target and of an upstream workers find what holds for all of them together: how much is under
 * way, what each of them has seen go wrong, and what was concluded from it. Beside the loads that metrics show, so that
 * there is one row, and found by one name. `upstream` alone knows what it means.
 */

/** What a circuit has counted, and where it stands. */
export interface CircuitPlaces {
  readonly verdict: number;
  readonly windowEnds: number;
  readonly good: number;
  readonly bad: number;
  readonly probesGood: number;
}

/** Of a target. Counts that others read on requests are not on a line with what is written on requests. */
export const JOINT_TARGET = {
  active: 16,
  connections: 17,
  connecting: 18,
  ejectedUntil: 19,
  ejections: 20,
  lastGood: 24,
  failuresInRow: 25,
  failuresSince: 26,
  windowEnds: 27,
  good: 28,
  bad: 29,
  latencySum: 30,
  circuit: { verdict: 32, windowEnds: 33, good: 34, bad: 35, probesGood: 36 },
} as const;

/** Of an upstream as a whole. */
export const JOINT_UPSTREAM = {
  active: 8,
  waiting: 9,
  /** Goes up when another worker has concluded something. */
  bell: 10,
  retryCredit: 16,
  hedgeCredit: 17,
  circuit: { verdict: 18, windowEnds: 19, good: 20, bad: 21, probesGood: 22 },
} as const;

export const JOINT_TARGET_END = 40;
export const JOINT_UPSTREAM_END = 24;
