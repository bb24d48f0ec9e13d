/** Failures by the thousand: a few lines each, and a number. */
import { expect, test } from "bun:test";
import { FailureLimiter, type Suppressed } from "../../src/runtime/failure-limiter.ts";
import { ask } from "../support/echo-upstream.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { RawPeer } from "../support/raw-peer.ts";
import { startTestProxy } from "../support/test-proxy.ts";

function setUp() {
  const clock = new FakeClock();
  const told: Suppressed[] = [];
  return { clock, told, limiter: new FailureLimiter(clock.timers, (each) => told.push(each)) };
}

function allowed(limiter: FailureLimiter, times: number, at = "a:1"): number {
  return Array.from({ length: times }, () => limiter.allows("upstream.refused", at)).filter((each) => each)
    .length;
}

test("ten of a kind have lines; the others are a number, once ten seconds are over", () => {
  const { clock, told, limiter } = setUp();
  expect(allowed(limiter, 10)).toBe(10);
  clock.advance(5_000);
  expect(allowed(limiter, 90)).toBe(0);
  expect(told).toEqual([]);
  clock.advance(5_200);
  expect(told).toEqual([{ error: "upstream.refused", at: "a:1", count: 90 }]);
  expect(allowed(limiter, 3)).toBe(3);
});

test("kinds do not stand in for each other, and few of one are nothing to tell", () => {
  const { clock, told, limiter } = setUp();
  expect([allowed(limiter, 20, "a:1"), allowed(limiter, 5, "b:1")]).toEqual([10, 5]);
  expect(limiter.allows("upstream.connect_timeout", "a:1")).toBe(true);
  clock.advance(10_200);
  expect(told).toEqual([{ error: "upstream.refused", at: "a:1", count: 10 }]);
});

test("thousands of targets that fail are told together", () => {
  const { clock, told, limiter } = setUp();
  const lines = Array.from({ length: 5_000 }, (_, at) => allowed(limiter, 1, `target:${at}`));
  expect(lines.reduce((sum, each) => sum + each, 0)).toBe(200 + 10);
  clock.advance(10_200);
  expect(told).toEqual([{ error: "upstream.refused", at: null, count: 4_790 }]);
});

test("an outage writes ten lines and one, not one for each request", async () => {
  await using proxy = await startTestProxy(
    `routes: [{ listen: "127.0.0.1:0", path: /, targets: ["127.0.0.1:1"] }]`,
  );
  using client = await RawPeer.connect(proxy.port());
  for (let count = 0; count < 100; count++) await ask(client, "GET / HTTP/1.1", "Host: h");
  await proxy.running.drain(1_000);
  const events = proxy.events.map(({ event }) => event);
  expect(events.filter((each) => each === "failure")).toHaveLength(10);
  expect(proxy.events.at(-1)).toEqual({
    level: "warn",
    event: "failures_not_shown",
    error: "upstream.refused",
    at: "127.0.0.1:1",
    count: 90,
  });
});
