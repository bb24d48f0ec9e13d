import { expect, test } from "bun:test";
import { proxyError } from "../base/proxy-error.ts";
import type { ExchangeRecord } from "./exchange-record.ts";
import { NOTHING_KNOWN } from "./exchange-record.ts";
import { type RecentQuestion, RecentRequests, withoutQueryValues } from "./recent-requests.ts";

class Time {
  ms = 0;
  nowMs = () => this.ms;
  wallMs = () => 1_000_000 + this.ms;
}

const ALL: RecentQuestion = { limit: 1000, status: null, route: null, host: null, method: null };

function record(given: Partial<ExchangeRecord> = {}): ExchangeRecord {
  return {
    ...NOTHING_KNOWN,
    kind: "http",
    listener: "web",
    remoteAddress: "127.0.0.1",
    method: "GET",
    host: "shop.example",
    path: "/",
    status: 200,
    error: null,
    ...given,
  };
}

function paths(recent: RecentRequests, question: Partial<RecentQuestion> = {}): string[] {
  return recent.find({ ...ALL, ...question }).requests.map(({ path }) => path);
}

test("the newest are kept, and come first", () => {
  const recent = new RecentRequests(3, new Time());
  expect(paths(recent)).toEqual([]);
  for (let i = 0; i < 5; i++) {
    recent.keep(record({ path: `/${i}` }));
    expect(paths(recent)[0]).toBe(`/${i}`);
  }
  expect(paths(recent)).toEqual(["/4", "/3", "/2"]);
  expect(paths(recent, { limit: 2 })).toEqual(["/4", "/3"]);
});

test("a change of size keeps the newest", () => {
  const recent = new RecentRequests(3, new Time());
  for (let i = 0; i < 5; i++) recent.keep(record({ path: `/${i}` }));
  recent.resize(2);
  expect(paths(recent)).toEqual(["/4", "/3"]);
  recent.resize(4);
  for (let i = 5; i < 8; i++) recent.keep(record({ path: `/${i}` }));
  expect(paths(recent)).toEqual(["/7", "/6", "/5", "/4"]);
  recent.resize(0);
  recent.keep(record());
  expect([recent.takes(), paths(recent)]).toEqual([false, []]);
});

test("of a flood a sample is kept, the rest is counted", () => {
  const time = new Time();
  const recent = new RecentRequests(100, time);
  let kept = 0;
  for (let i = 0; i < 100_000; i++) {
    time.ms = i / 10;
    if (recent.takes()) kept++;
  }
  expect(kept).toBeGreaterThan(2_100);
  expect(kept).toBeLessThan(2_210);
  expect(recent.find(ALL).skipped).toBe(100_000 - kept);
});

test("a calm hour is kept whole", () => {
  const time = new Time();
  const recent = new RecentRequests(10, time);
  for (let i = 0; i < 10_000; i++) {
    time.ms += 10;
    expect(recent.takes()).toBe(true);
  }
  expect(recent.find(ALL).skipped).toBe(0);
});

test("values of fields and queries are not kept, nor what has no method or is too long", () => {
  const recent = new RecentRequests(10, new Time());
  recent.keep(
    record({
      path: "/in?token=secret&page=2#x",
      requestFieldNames: () => ["Host", "Cookie", "Authorization"],
    }),
  );
  recent.keep(record({ kind: "tcp", method: null, path: null }));
  recent.keep(
    record({ path: `/${"x".repeat(5000)}`, requestFieldNames: () => Array(100).fill("n".repeat(100)) }),
  );
  const [long, first] = recent.find(ALL).requests;
  expect(first).toMatchObject({
    path: "/in?token=***&page=***",
    fieldNames: ["Host", "Cookie", "Authorization"],
    isCut: false,
    atMs: 1_000_000,
  });
  expect([long!.path.length, long!.fieldNames.length, long!.isCut]).toEqual([2048, 20, true]);
});

test.each([
  ["/a", "/a"],
  ["/a?", "/a?"],
  ["/a?x", "/a?x"],
  ["/a?x=1", "/a?x=***"],
  ["/a?x=1=2&y=&z", "/a?x=***&y=***&z"],
  ["/a=1?b=c?d=e", "/a=1?b=***"],
])("%s is kept as %s", (path, kept) => {
  expect(withoutQueryValues(path)).toBe(kept);
});

test("they are found by status, class, route, host and method", () => {
  const recent = new RecentRequests(10, new Time());
  recent.keep(record({ path: "/1", status: 502, error: proxyError("upstream.refused") }));
  recent.keep(record({ path: "/2", status: 503, host: "Other.Example:8080" }));
  recent.keep(record({ path: "/3", status: null, error: proxyError("request.aborted") }));
  recent.keep(record({ path: "/4", route: "shop/0", method: "POST" }));
  expect(paths(recent, { status: "502" })).toEqual(["/1"]);
  expect(paths(recent, { status: "5xx" })).toEqual(["/2", "/1"]);
  expect(paths(recent, { route: "shop/0" })).toEqual(["/4"]);
  expect(paths(recent, { method: "POST" })).toEqual(["/4"]);
  expect(paths(recent, { host: "other.example" })).toEqual(["/2"]);
  expect(paths(recent, { host: "OTHER.example:1", status: "2xx" })).toEqual([]);
});
