/**
 * A time that means the same in every process of the machine and never goes back. Each process's own clock begins with
 * it; what is agreed on between them is told in terms of the system's monotonic one.
 */
import { posix } from "./posix.ts";

/** What to add to `realClock.nowMs` for it. */
export function sharedEpochMs(): number {
  return Number(monotonicUs()) / 1000 - performance.now();
}

/** Microseconds of the clock that every process of this machine shares (CLOCK_MONOTONIC); 0 where it cannot be read. */
export function monotonicUs(): bigint {
  const time = new BigInt64Array(2);
  if (posix === null || posix.clock_gettime(CLOCK_MONOTONIC, time) !== 0) return 0n;
  return time[0]! * 1_000_000n + time[1]! / 1_000n;
}

const CLOCK_MONOTONIC = 1;
