/** What a peer that does not read may cost, and that it gets all of its answer when it reads at last. */
import { describe, expect, test } from "bun:test";
import { AutoUpstream } from "../support/auto-upstream.ts";
import { eventually, untilStill } from "../support/eventually.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { RawPeer } from "../support/raw-peer.ts";
import { ScriptedUpstream } from "../support/scripted-upstream.ts";
import { proxyTo, startTestProxy, type TestProxy } from "../support/test-proxy.ts";

const MIB = 1024 * 1024;
const LARGE_BYTES = 7 * MIB;

function unsentBytes(proxy: TestProxy): number {
  return proxy.running.census().listeners.reduce((sum, listener) => sum + listener.unsentBytes, 0);
}

describe("an answer that the client takes late", () => {
  for (const connection of ["close", "keep-alive"]) {
    for (const halfMibs of [2, 4, 5, 6, 7, 8, 10, 12]) {
      test(`${halfMibs / 2} MiB, Connection: ${connection}`, async () => {
        const body = Buffer.alloc((halfMibs * MIB) / 2, "x");
        await using upstream = await AutoUpstream.start((_, response) => response.end(body));
        const clock = new FakeClock();
        await using proxy = await proxyTo(upstream.target, "{}", { timers: clock.timers });
        using client = await RawPeer.connect(proxy.port());
        client.discard = true;
        client.socket.pause();
        client.send(`GET / HTTP/1.1\r\nHost: a\r\nConnection: ${connection}\r\n\r\n`);
        await untilStill(() => proxy.records.length + upstream.requests + unsentBytes(proxy));
        clock.advance(20_000);
        client.socket.resume();
        await client.untilBytes(body.length);
        if (connection === "keep-alive") return;
        await client.untilEnd();
        client.socket.end();
        expect((await client.closed).reset).toBe(false);
      });
    }
  }
});

/** A proxy whose two answers are larger than all buffers on the way, and a client that has asked and reads nothing. */
async function withUntakenAnswer(connection: string) {
  const clock = new FakeClock();
  const yaml = `
listeners: { web: { address: "127.0.0.1:0" } }
routes: [ { listen: web, path: /, respond: { status: 200, body: "${"x".repeat(LARGE_BYTES / 2)}" } } ]
`;
  const proxy = await startTestProxy(yaml, { timers: clock.timers });
  const client = await RawPeer.connect(proxy.port());
  client.discard = true;
  client.socket.pause();
  client.send(
    `GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\nConnection: ${connection}\r\n\r\n`,
  );
  await eventually(() => unsentBytes(proxy) > 0, "bytes that nobody takes");
  return { clock, proxy, client };
}

test("a client that takes little, but takes it, keeps its answer", async () => {
  const body = Buffer.alloc(32 * MIB, "x");
  await using upstream = await AutoUpstream.start((_, response) => response.end(body));
  const clock = new FakeClock();
  await using proxy = await proxyTo(upstream.target, "{}", { timers: clock.timers });
  using client = await RawPeer.connect(proxy.port());
  client.discard = true;
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  for (let steps = 0; steps < 8; steps++) {
    client.socket.resume();
    await client.untilBytes(client.receivedBytes + 600_000);
    client.socket.pause();
    await untilStill(() => unsentBytes(proxy), 100);
    clock.advance(29_000);
  }
  client.socket.resume();
  await client.untilBytes(body.length);
});

test("a target that takes little, but takes it, keeps its request", async () => {
  await using upstream = await ScriptedUpstream.start();
  const clock = new FakeClock();
  await using proxy = await proxyTo(upstream.target, "{}", { timers: clock.timers });
  using client = await RawPeer.connect(proxy.port());
  client.send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${32 * MIB}\r\n\r\n`);
  const target = await upstream.accept();
  target.discard = true;
  client.socket.write(Buffer.alloc(32 * MIB, "x"));
  for (let steps = 0; steps < 8; steps++) {
    target.socket.resume();
    await target.untilBytes(target.receivedBytes + 600_000);
    target.socket.pause();
    await untilStill(() => client.socket.writableLength, 100);
    clock.advance(29_000);
  }
  target.socket.resume();
  await target.untilBytes(32 * MIB);
  target.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  await client.until(/ok$/);
});

describe("behind the end of an exchange", () => {
  for (const connection of ["close", "keep-alive"]) {
    test(`a client that takes its answer slowly gets all of it (Connection: ${connection})`, async () => {
      const { clock, proxy, client } = await withUntakenAnswer(connection);
      await using _proxy = proxy;
      for (let minutes = 0; minutes < 5; minutes++) {
        const before = client.receivedBytes;
        client.socket.resume();
        await client.untilBytes(before + MIB);
        client.socket.pause();
        await untilStill(() => unsentBytes(proxy), 100);
        clock.advance(29_000);
      }
      client.socket.resume();
      await client.untilBytes(LARGE_BYTES);
    });

    test(`one that takes nothing is cut (Connection: ${connection})`, async () => {
      const { clock, proxy, client } = await withUntakenAnswer(connection);
      await using _proxy = proxy;
      clock.advance(5 * 60_000);
      client.socket.resume();
      expect((await client.closed).reset).toBe(true);
      await proxy.quiet();
    });
  }
});

test("with `idle: off` a client that takes nothing is cut all the same, wherever its answer stands", async () => {
  for (let quarters = 8; quarters <= 24; quarters++) {
    const body = Buffer.alloc((quarters * MIB) / 4, "x");
    await using upstream = await AutoUpstream.start((_, response) => response.end(body));
    const clock = new FakeClock();
    await using proxy = await proxyTo(upstream.target, "{ timeouts: { idle: off } }", {
      timers: clock.timers,
    });
    using client = await RawPeer.connect(proxy.port());
    client.socket.pause();
    client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    await untilStill(() => proxy.records.length + upstream.requests + unsentBytes(proxy));
    clock.advance(10 * 60_000);
    await proxy.quiet();
  }
}, 60_000);

test("pipelined requests wait while their answers are not taken", async () => {
  const body = Buffer.alloc(60_000, "x");
  await using upstream = await AutoUpstream.start((_, response) => response.end(body));
  await using proxy = await proxyTo(upstream.target);
  using client = await RawPeer.connect(proxy.port());
  client.discard = true;
  client.socket.pause();
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n".repeat(1_000));
  await untilStill(() => upstream.requests + unsentBytes(proxy), 100);
  expect(upstream.requests).toBeLessThan(150);
  expect(unsentBytes(proxy)).toBeLessThan(MIB);
  client.socket.resume();
  await client.untilBytes(1_000 * body.length);
  await eventually(() => upstream.requests === 1_000, "all requests upstream");
});

test("answers of our own wait likewise", async () => {
  await using proxy = await startTestProxy(`
listeners: { web: { address: "127.0.0.1:0" } }
routes: [ { listen: web, path: /, respond: { status: 200, body: "${"x".repeat(50_000)}" } } ]
`);
  using client = await RawPeer.connect(proxy.port());
  client.discard = true;
  client.socket.pause();
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n".repeat(10_000));
  await untilStill(() => unsentBytes(proxy), 100);
  expect(unsentBytes(proxy)).toBeLessThan(MIB);
  client.socket.resume();
  await client.untilBytes(10_000 * 50_000);
}, 60_000);
