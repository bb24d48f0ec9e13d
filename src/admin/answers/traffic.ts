/**
 * What has been counted since the start, for rates and quantiles: whoever asks twice has those of the time between.
 * Durations are histograms, whose buckets may be subtracted and added up.
 */
import { DURATION_BUCKETS, quantileMs, UPPER_BOUNDS_MS } from "../../observe/metrics/duration-scale.ts";
import type { FamilyName } from "../../observe/metrics/families.ts";
import type { FineSeries, Readings, Series } from "../../observe/metrics/readings.ts";
import type { TrafficView } from "../views.ts";

type Counts = TrafficView["total"];
type Labelled = Pick<Series, "labels">;

/** @param atMs since 1970 */
export function trafficOf(readings: Readings, atMs: number): TrafficView {
  const requests = readings.of("requests");
  const durations = readings.fine("route");
  const targets = new Map(readings.of("targetAttempts").map((series) => [keyOf(series, 2), series.labels]));
  return {
    at: new Date(atMs).toISOString(),
    total: countsOf(requests, durations),
    routes: [...new Set(requests.map((series) => keyOf(series, 3)))].map((key) => {
      const [listener, route, upstream] = key.split(SEPARATOR) as [string, string, string];
      const own = (series: Labelled) => keyOf(series, 3) === key;
      return { listener, route, upstream, ...countsOf(requests.filter(own), durations.filter(own)) };
    }),
    targets: [...targets].map(([key, [upstream, target]]) => {
      const sum = (family: FamilyName) => sumOf(readings.of(family).filter((each) => keyOf(each, 2) === key));
      const own = readings.fine("target").filter((series) => keyOf(series, 2) === key);
      const counts = { requests: sum("targetAttempts"), errors: sum("targetErrors") };
      return { upstream: upstream!, target: target!, ...counts, ...latencyOf(own) };
    }),
  };
}

/** Errors are answers of class 5xx, and requests that got none. */
function countsOf(requests: readonly Series[], durations: readonly FineSeries[]): Counts {
  const failed = requests.filter(({ labels }) => FAILED.has(labels.at(-1)!));
  return { requests: sumOf(requests), errors: sumOf(failed), ...latencyOf(durations) };
}

function latencyOf(series: readonly FineSeries[]): Pick<Counts, "p50_ms" | "p99_ms" | "durations"> {
  const merged = new Float64Array(DURATION_BUCKETS);
  for (const { buckets } of series) {
    for (const [bucket, count] of buckets.entries()) merged[bucket]! += count;
  }
  return {
    p50_ms: quantileMs(merged, 0.5),
    p99_ms: quantileMs(merged, 0.99),
    durations: [...merged].flatMap((count, bucket) => (count > 0 ? [bucketView(bucket, count)] : [])),
  };
}

function bucketView(bucket: number, count: number): Counts["durations"][number] {
  const upper = UPPER_BOUNDS_MS[bucket]!;
  return [Number.isFinite(upper) ? upper : null, count];
}

function sumOf(series: readonly Series[]): number {
  return series.reduce((sum, { value }) => sum + (value as number), 0);
}

function keyOf({ labels }: Labelled, count: number): string {
  return labels.slice(0, count).join(SEPARATOR);
}

const SEPARATOR = "\n";
const FAILED: ReadonlySet<string> = new Set(["5xx", "none"]);
