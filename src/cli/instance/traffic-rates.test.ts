import { expect, test } from "bun:test";
import type { TrafficView } from "../../admin/views.ts";
import { UPPER_BOUNDS_MS } from "../../observe/metrics/duration-scale.ts";
import { trafficRates } from "./traffic-rates.ts";

type Counts = TrafficView["total"];

function counts(given: Partial<Counts>): Counts {
  return { requests: 0, errors: 0, p50_ms: null, p99_ms: null, durations: [], ...given };
}

function view(atMs: number, total: Partial<Counts>, target: Partial<Counts> | null = null): TrafficView {
  const targets = target === null ? [] : [{ upstream: "api", target: "10.0.0.1:3000", ...counts(target) }];
  return { at: new Date(atMs).toISOString(), total: counts(total), routes: [], targets };
}

const fast = UPPER_BOUNDS_MS[40]!;
const slow = UPPER_BOUNDS_MS[80]!;

function rates(before: TrafficView, after: TrafficView) {
  return trafficRates(before, after)!;
}

test("only what happened in between counts", () => {
  const before = view(0, { requests: 100, errors: 50, durations: [[slow, 100]] });
  const durations: Counts["durations"] = [
    [fast, 190],
    [slow, 110],
  ];
  const { total } = rates(before, view(2_000, { requests: 300, errors: 60, durations }));
  expect([total.requestsPerSecond, total.errorShare]).toEqual([100, 0.05]);
  expect(total.p50Ms! / fast).toBeWithin(0.94, 1.01);
  expect(total.p99Ms! / slow).toBeWithin(0.94, 1.01);
});

test("every bucket comes back as itself", () => {
  for (const [bucket, upper] of UPPER_BOUNDS_MS.entries()) {
    const durations: Counts["durations"] = [[Number.isFinite(upper) ? upper : null, 1]];
    const { total } = rates(view(0, {}), view(1_000, { requests: 1, durations }));
    const lower = bucket === 0 ? 0 : UPPER_BOUNDS_MS[bucket - 1]!;
    expect(total.p50Ms).toBeWithin(lower, Number.isFinite(upper) ? upper + 1e-9 : Number.POSITIVE_INFINITY);
  }
});

test("without a request there is no quantile, and nothing fails", () => {
  const still = view(0, { requests: 5, errors: 1, durations: [[fast, 5]] });
  expect(rates(still, { ...still, at: new Date(1_000).toISOString() }).total).toEqual({
    requestsPerSecond: 0,
    errorShare: 0,
    p50Ms: null,
    p99Ms: null,
  });
});

test("an instance that was started anew, and a target that is new, count from nothing", () => {
  const before = view(0, { requests: 1_000, errors: 10 });
  const after = view(1_000, { requests: 5 }, { requests: 3, errors: 3 });
  const { total, targets } = rates(before, after);
  expect(total.requestsPerSecond).toBe(5);
  expect([...targets.values()]).toMatchObject([{ requestsPerSecond: 3, errorShare: 1 }]);
});
