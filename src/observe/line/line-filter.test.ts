import { expect, test } from "bun:test";
import { proxyError } from "../../base/proxy-error.ts";
import { createRandom } from "../../base/random.ts";
import { type ExchangeRecord, NOTHING_KNOWN } from "../exchange-record.ts";
import { compileFilter, type LineFilter } from "./line-filter.ts";

const ALL: LineFilter = {
  routes: [],
  statuses: [],
  sample: 1,
  slowMs: Number.POSITIVE_INFINITY,
  errors: true,
};

function record(known: Partial<ExchangeRecord>): ExchangeRecord {
  const base = { kind: "http" as const, listener: "web", remoteAddress: "", error: null };
  return { ...NOTHING_KNOWN, ...base, route: "shop/0", status: 200, totalMs: 5, ...known };
}

const FAILED = { status: 502, error: proxyError("upstream.refused") };

function wanted(filter: Partial<LineFilter>, known: Partial<ExchangeRecord>): boolean {
  return compileFilter({ ...ALL, ...filter }, createRandom([1, 2, 3, 4]))!(record(known));
}

test("a filter that lets all through is none", () => {
  expect(compileFilter(ALL, createRandom([1, 2, 3, 4]))).toBeNull();
});

test("routes are the scope, whatever else is said", () => {
  const routes = ["shop/0", "api/*", "a/b/*"];
  for (const [route, isWanted] of [
    ["shop/0", true],
    ["shop/1", false],
    ["api/0", true],
    ["api/17", true],
    ["apix/0", false],
    ["a/b/1", true],
    ["a/1", false],
    [null, false],
  ] as const) {
    expect([route, wanted({ routes }, { route, ...FAILED })]).toEqual([route, isWanted]);
  }
});

test("statuses, both ends included; no answer has none", () => {
  const statuses = [[400, 403] as const, [500, 599] as const];
  const among = (status: number | null) => wanted({ statuses }, { status });
  expect([399, 400, 403, 404, 500, 599, null].filter(among)).toEqual([400, 403, 500, 599]);
});

test("what is slow or has failed is written in any case, unless failures are not wanted", () => {
  const filter = { statuses: [[500, 500] as const], sample: 0, slowMs: 10 };
  expect(wanted(filter, { status: 500 })).toBe(false);
  expect(wanted(filter, { totalMs: 10 })).toBe(true);
  expect(wanted(filter, { totalMs: 9.999 })).toBe(false);
  expect(wanted(filter, FAILED)).toBe(true);
  expect(wanted({ ...filter, errors: false }, FAILED)).toBe(false);
});

test("a sample is as large as it should be", () => {
  const isWanted = compileFilter({ ...ALL, sample: 0.1 }, createRandom([1, 2, 3, 4]))!;
  const count = Array.from({ length: 20_000 }, () => isWanted(record({}))).filter((each) => each).length;
  expect(Math.abs(count - 2_000)).toBeLessThan(200);
});
