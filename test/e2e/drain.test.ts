/** The end of a proxy, on a clock that the test moves: what is still taken, and how long who may stay. */
import { expect, test } from "bun:test";
import { describeFrame, HELLO, headers, readFrames } from "../h2/frames.ts";
import { ask, askOnce } from "../support/echo-upstream.ts";
import { eventually } from "../support/eventually.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { RawPeer } from "../support/raw-peer.ts";
import { ScriptedUpstream } from "../support/scripted-upstream.ts";
import { proxyTo, startTestProxy } from "../support/test-proxy.ts";

const GET = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
const HEAD_END = /\r\n\r\n/;

function saying(text: string, settings = "{}"): string {
  return `
settings: ${settings}
listeners: { web: { address: "127.0.0.1:0" } }
routes: [{ listen: web, path: /, respond: { status: 200, body: ${text} } }]`;
}

test("for `settings.drain_lead` everything is served as before, then nothing new is accepted", async () => {
  const clock = new FakeClock();
  await using proxy = await startTestProxy(saying("one", "{ drain_lead: 5s }"), { timers: clock.timers });
  const port = proxy.port();
  using client = await RawPeer.connect(port);
  const over = proxy.running.drain();
  clock.advance(4_900);
  expect((await ask(client, "GET / HTTP/1.1", "Host: h")).fields["connection"]).toBeUndefined();
  expect((await askOnce(port, "GET / HTTP/1.1", "Host: h")).body).toBe("one");
  expect((await proxy.reload(saying("two", "{ drain_lead: 5s }"))).ok).toBe(true);
  expect((await askOnce(port, "GET / HTTP/1.1", "Host: h")).body).toBe("two");
  clock.advance(100);
  await eventually(() => proxy.events.some(({ event }) => event === "not_ready"), "a line in the log");
  client.clear();
  client.send(GET);
  expect(await client.untilEnd()).toMatch(/Connection: close\r\n.*two$/s);
  client.socket.end();
  await over;
  expect(await RawPeer.connect(port).catch(() => null)).toBeNull();
});

test("a stop in the lead time is a stop", async () => {
  const clock = new FakeClock();
  const proxy = await startTestProxy(saying("one", "{ drain_lead: 1h }"), { timers: clock.timers });
  const over = proxy.running.drain();
  proxy.running.stopNow();
  await over;
  await proxy.running.done;
});

test("an idle connection has a moment for the request that was on its way", async () => {
  const clock = new FakeClock();
  await using proxy = await startTestProxy(saying("one"), { timers: clock.timers });
  using quick = await RawPeer.connect(proxy.port());
  using silent = await RawPeer.connect(proxy.port());
  for (const client of [quick, silent]) await ask(client, "GET / HTTP/1.1", "Host: h");
  const drained = await proxy.drain(10_000);
  clock.advance(200);
  quick.clear();
  quick.send(GET);
  expect(await quick.untilEnd()).toMatch(/Connection: close\r\n.*one$/s);
  expect(silent.ended).toBe(false);
  clock.advance(100);
  await silent.untilEnd();
  for (const client of [quick, silent]) client.socket.end();
  await drained.over;
});

test("a connection that turns out to speak HTTP/2 in that moment is answered, and ends as well", async () => {
  const clock = new FakeClock();
  await using proxy = await startTestProxy(saying("one"), { timers: clock.timers });
  using client = await RawPeer.connect(proxy.port());
  await eventually(() => proxy.running.census().listeners[0]!.connections === 1, "a connection");
  const drained = await proxy.drain(10_000);
  client.send(HELLO + headers(1));
  const described = () => readFrames(client.received).map(describeFrame);
  await eventually(() => described().includes("data 1 3 end"), "an answer");
  clock.advance(1_100);
  await client.untilEnd();
  expect(described().filter((each) => each.startsWith("goaway"))).toEqual([
    "goaway 2147483647 0",
    "goaway 1 0",
  ]);
  client.socket.end();
  await drained.over;
});

test("what is in flight is answered with `Connection: close`, pipelined requests behind it are not", async () => {
  await using upstream = await ScriptedUpstream.start();
  await using proxy = await proxyTo(upstream.target);
  using client = await RawPeer.connect(proxy.port());
  client.send(`${GET}${GET}`);
  const target = await upstream.accept();
  await target.until(HEAD_END);
  const drained = await proxy.drain(10_000);
  target.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  expect(await client.untilEnd()).toMatch(/^HTTP\/1\.1 200 OK\r\n.*Connection: close\r\n.*ok$/s);
  client.socket.end();
  await drained.over;
  expect(target.received.match(/GET/g)).toHaveLength(1);
});

test("what has not ended after `settings.drain` is cut, and not before", async () => {
  await using upstream = await ScriptedUpstream.start();
  const clock = new FakeClock();
  await using proxy = await proxyTo(upstream.target, "{ drain: 20s }", { timers: clock.timers });
  using client = await RawPeer.connect(proxy.port());
  client.send(GET);
  const target = await upstream.accept();
  await target.until(HEAD_END);
  const drained = await proxy.drain();
  clock.advance(19_900);
  expect(client.ended).toBe(false);
  clock.advance(200);
  await drained.over;
  expect((await proxy.record(0)).error?.code).toBe("proxy.draining");
});
