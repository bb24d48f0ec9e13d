/**
 * What all workers have seen of a target, and what each tells the others of it. Times in shared cells are those of
 * everybody (`JointCells.epochMs`); in `TargetHealth` they are this process's own.
 */
import { JOINT_TARGET } from "../../observe/metrics/joint-places.ts";
import type { TargetHealth } from "./target-health.ts";

export interface Window {
  readonly good: number;
  readonly bad: number;
  readonly latencySumMs: number;
}

/** A success anywhere ends a row of failures everywhere. */
export function tellGood({ joint }: TargetHealth, nowMs: number): void {
  joint?.put(JOINT_TARGET.lastGood, nowMs + joint.epochMs);
}

/** @returns how many failures in a row that makes, whoever has seen them */
export function countFailure(health: TargetHealth, nowMs: number): number {
  const { joint } = health;
  if (joint === null) return ++health.failuresInRow;
  const backMs = health.backSinceMs + joint.epochMs;
  const sinceMs = Math.max(
    backMs,
    joint.own(JOINT_TARGET.lastGood),
    ...joint.ofOthers(JOINT_TARGET.lastGood),
  );
  if (health.failuresInRow === 0 || health.failuresSinceMs + joint.epochMs < sinceMs) {
    health.failuresInRow = 0;
    health.failuresSinceMs = nowMs;
  }
  joint.put(JOINT_TARGET.failuresInRow, ++health.failuresInRow);
  joint.put(JOINT_TARGET.failuresSince, health.failuresSinceMs + joint.epochMs);
  return joint.others().reduce((sum, place) => {
    const isSince = joint.at(place, JOINT_TARGET.failuresSince) >= sinceMs;
    return isSince ? sum + joint.at(place, JOINT_TARGET.failuresInRow) : sum;
  }, health.failuresInRow);
}

export function tellWindow({ joint, good, bad, latencySumMs }: TargetHealth, endsMs: number): void {
  if (joint === null) return;
  joint.put(JOINT_TARGET.windowEnds, endsMs + joint.epochMs);
  joint.put(JOINT_TARGET.good, good);
  joint.put(JOINT_TARGET.bad, bad);
  joint.put(JOINT_TARGET.latencySum, latencySumMs);
}

/**
 * Ours, which is over, and what the others have of theirs so far. One of theirs that was over a moment ago counts, so that
 * windows which end at the same time are put together: nothing is older than a window and a half.
 */
export function windowOf(
  { joint, good, bad, latencySumMs }: TargetHealth,
  nowMs: number,
  windowMs: number,
): Window {
  const sum = { good, bad, latencySumMs };
  for (const place of joint?.others() ?? []) {
    if (joint!.at(place, JOINT_TARGET.windowEnds) <= nowMs + joint!.epochMs - windowMs / 2) continue;
    sum.good += joint!.at(place, JOINT_TARGET.good);
    sum.bad += joint!.at(place, JOINT_TARGET.bad);
    sum.latencySumMs += joint!.at(place, JOINT_TARGET.latencySum);
  }
  return sum;
}

/** For the others, before they are asked whom they have ejected. The time last: who reads it finds what belongs to it. */
export function tellEjection({ joint, ejections, ejectedUntilMs }: TargetHealth): void {
  if (joint === null) return;
  joint.put(JOINT_TARGET.ejections, ejections);
  joint.put(JOINT_TARGET.ejectedUntil, ejectedUntilMs === 0 ? 0 : ejectedUntilMs + joint.epochMs);
  joint.settle(JOINT_TARGET.active);
}

export function isOutAnywhere(health: TargetHealth, nowMs: number): boolean {
  if (health.ejectedUntilMs > 0) return true;
  const { joint } = health;
  return joint !== null && Math.max(0, ...joint.ofOthers(JOINT_TARGET.ejectedUntil)) > nowMs + joint.epochMs;
}

/** What others have concluded is told by us from then on too, so that it holds when they die. */
export function adoptEjection(health: TargetHealth, nowMs: number): boolean {
  const { joint } = health;
  if (joint === null) return false;
  let changed = false;
  for (const place of joint.others()) {
    const untilMs = joint.at(place, JOINT_TARGET.ejectedUntil) - joint.epochMs;
    if (untilMs <= nowMs || untilMs <= health.ejectedUntilMs + CLOSE_MS) continue;
    health.ejectedUntilMs = untilMs;
    health.ejections = joint.at(place, JOINT_TARGET.ejections);
    changed = true;
  }
  if (changed) tellEjection(health);
  return changed;
}

/** Times that were the same before they were put in terms of another clock. */
const CLOSE_MS = 0.001;
