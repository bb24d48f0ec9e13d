/** Rates and quantiles of the time between two looks at what has been counted. */
import type { TrafficView } from "../../admin/views.ts";
import { bucketOf, DURATION_BUCKETS, quantileMs } from "../../observe/metrics/duration-scale.ts";

export interface Rates {
  readonly requestsPerSecond: number;
  /** Of the requests; 0 without any. */
  readonly errorShare: number;
  /** Null without a request. */
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
}

export interface TrafficRates {
  readonly total: Rates;
  readonly targets: ReadonlyMap<string, Rates>;
}

type Counts = Pick<TrafficView["total"], "requests" | "errors" | "durations">;

/** Null when nothing is counted. */
export function trafficRates(before: TrafficView | null, after: TrafficView | null): TrafficRates | null {
  if (before === null || after === null) return null;
  const seconds = (Date.parse(after.at) - Date.parse(before.at)) / 1000;
  const old = new Map(before.targets.map((target) => [targetKey(target), target]));
  return {
    total: ratesOf(before.total, after.total, seconds),
    targets: new Map(
      after.targets.map((target) => {
        const key = targetKey(target);
        return [key, ratesOf(old.get(key) ?? NOTHING, target, seconds)];
      }),
    ),
  };
}

export function targetKey({
  upstream,
  target,
}: {
  readonly upstream: string;
  readonly target: string;
}): string {
  return `${upstream}\n${target}`;
}

/** An instance that was started anew in between counts from nothing. */
function ratesOf(before: Counts, after: Counts, seconds: number): Rates {
  const base = after.requests < before.requests ? NOTHING : before;
  const requests = after.requests - base.requests;
  const buckets = bucketsOf(after);
  for (const [bucket, count] of bucketsOf(base).entries())
    buckets[bucket] = Math.max(0, buckets[bucket]! - count);
  return {
    requestsPerSecond: seconds > 0 ? requests / seconds : 0,
    errorShare: requests === 0 ? 0 : (after.errors - base.errors) / requests,
    p50Ms: quantileMs(buckets, 0.5),
    p99Ms: quantileMs(buckets, 0.99),
  };
}

function bucketsOf({ durations }: Counts): Float64Array {
  const buckets = new Float64Array(DURATION_BUCKETS);
  for (const [upperMs, count] of durations)
    buckets[upperMs === null ? DURATION_BUCKETS - 1 : bucketOf(upperMs)]! += count;
  return buckets;
}

const NOTHING: Counts = { requests: 0, errors: 0, durations: [] };
