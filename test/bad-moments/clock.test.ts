/** Somebody sets the machine's clock: a day back, a day forward. Nothing that has a deadline may notice. */
import { expect, test } from "bun:test";
import type { Clock } from "../../src/base/clock.ts";
import { ClockWatch } from "../../src/runtime/clock-watch.ts";
import { ask } from "../support/echo-upstream.ts";
import { eventually } from "../support/eventually.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { RawPeer } from "../support/raw-peer.ts";
import { ScriptedUpstream } from "../support/scripted-upstream.ts";
import { startTestProxy } from "../support/test-proxy.ts";

const DAY_MS = 86_400_000;

class SettableClock extends FakeClock {
  setMs = 0;

  override wallMs(): number {
    return super.wallMs() + this.setMs;
  }
}

test.each([
  ["back", -DAY_MS],
  ["forward", DAY_MS],
])("deadlines hold when the clock goes a day %s, and dates follow", async (_, setMs) => {
  await using upstream = await ScriptedUpstream.start();
  const clock = new SettableClock();
  const yaml = `
settings: { timeouts: { response: 30s, keep_alive: 60s } }
listeners: { web: { address: "127.0.0.1:0" } }
routes:
  - { listen: web, path: /slow, targets: ["${upstream.target}"] }
  - { listen: web, path: /, respond: { status: 200, body: hi } }`;
  await using proxy = await startTestProxy(yaml, { timers: clock.timers });
  using idle = await RawPeer.connect(proxy.port());
  using waiting = await RawPeer.connect(proxy.port());
  const dateOf = async () => Date.parse((await ask(idle, "GET / HTTP/1.1", "Host: h")).fields["date"]!);
  const before = await dateOf();
  waiting.send("GET /slow HTTP/1.1\r\nHost: h\r\n\r\n");
  const target = await upstream.accept();
  await target.until(/\r\n\r\n/);
  clock.setMs = setMs;
  clock.advance(29_000);
  expect((await dateOf()) - before).toBe(setMs + 29_000);
  expect(waiting.received).toBe("");
  clock.advance(1_100);
  await waiting.until(/^HTTP\/1\.1 504 /);
  await eventually(() => proxy.records.some(({ path }) => path === "/slow"), "its record");
  expect(proxy.records.find(({ path }) => path === "/slow")!.totalMs).toBeWithin(30_000, 30_200);
  clock.advance(58_000);
  expect(idle.ended).toBe(false);
  clock.advance(2_000);
  await idle.untilEnd();
});

test("a clock that was set is told once, with by how much; one that is drawn slowly is not", () => {
  const clock = new SettableClock();
  const events: object[] = [];
  const watch = new ClockWatch(clock as Clock, (event) => events.push(event));
  watch.look();
  for (let i = 0; i < 10; i++) {
    clock.advance(5_000);
    clock.setMs += 2.5;
    watch.look();
  }
  expect(events).toEqual([]);
  clock.setMs -= DAY_MS;
  watch.look();
  watch.look();
  expect(events).toEqual([{ level: "warn", event: "clock_set", by_ms: -DAY_MS }]);
});
