/** A `tcp` route from its configuration to its record, through the whole proxy. */
import { describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createResolver } from "../../src/io/resolver.ts";
import { DnsServer } from "../support/dns-server.ts";
import { eventually } from "../support/eventually.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { RawPeer } from "../support/raw-peer.ts";
import { ScriptedUpstream } from "../support/scripted-upstream.ts";
import { startTestProxy } from "../support/test-proxy.ts";

function routeTo(target: string, more = ""): string {
  return `
listeners: { tunnel: { address: "127.0.0.1:0" } }
routes: [{ kind: tcp, listen: tunnel, targets: ["${target}"]${more} }]
`;
}

describe("a tcp route", () => {
  test("carries bytes both ways and ends with a record", async () => {
    await using upstream = await ScriptedUpstream.start();
    await using proxy = await startTestProxy(routeTo(upstream.target));
    using client = await RawPeer.connect(proxy.port());
    client.send("ping");
    const target = await upstream.accept();
    await target.until(/ping/);
    target.send("pong");
    await client.until(/pong/);
    client.socket.end();
    await target.untilEnd();
    target.socket.end();
    expect(await client.closed).toEqual({ reset: false });
    expect(await proxy.record(0)).toMatchObject({
      kind: "tcp",
      listener: "tunnel",
      target: upstream.target,
      receivedBytes: 4,
      sentBytes: 4,
      attempts: 1,
      error: null,
    });
    await proxy.quiet();
  });

  test("holds a client for as many rounds as it says, and says why it gave up", async () => {
    const clock = new FakeClock();
    await using proxy = await startTestProxy(
      routeTo("127.0.0.1:1", ", reconnect: { every: 2s, attempts: 3 }"),
      { timers: clock.timers },
    );
    using client = await RawPeer.connect(proxy.port());
    for (let second = 0; proxy.records.length === 0 && second < 600; second++) {
      clock.advance(100);
      await Bun.sleep(1);
    }
    await client.untilEnd();
    const { error, attempts, totalMs } = await proxy.record(0);
    expect(error).toMatchObject({ code: "upstream.refused", cause: "ECONNREFUSED" });
    expect(attempts).toBe(3);
    expect(totalMs).toBeWithin(4_000, 6_000);
    expect(proxy.failures).toEqual(["upstream.refused"]);
    await proxy.quiet();
  });

  test("follows a name whose address changes while the proxy runs", async () => {
    await using dns = await DnsServer.start();
    await using before = await ScriptedUpstream.start();
    await using after = await startOn("127.0.0.2", before.port);
    const clock = new FakeClock();
    const { timers } = clock;
    const resolver = createResolver({ servers: [dns.address], refreshMs: 1_000, clock, timers });
    dns.records.set("origin.test", [{ address: "127.0.0.1", ttl: 10 }]);
    await using proxy = await startTestProxy(routeTo(`origin.test:${before.port}`), { timers, resolver });
    using first = await RawPeer.connect(proxy.port());
    const standing = await before.accept();
    first.send("hello");
    await standing.until(/hello/);
    dns.records.set("origin.test", [{ address: "127.0.0.2", ttl: 10 }]);
    const watched = resolver.watch("origin.test");
    clock.advance(10_100);
    await eventually(() => watched.addresses[0] === "127.0.0.2", "the new address");
    using second = await RawPeer.connect(proxy.port());
    const target = await after.accepted;
    target.destroy();
    await second.untilEnd();
    // The tunnel that stands is not touched by it.
    first.send("still here");
    await standing.until(/still here/);
  });

  test("listens on and goes to Unix sockets", async () => {
    const directory = mkdtempSync(join(tmpdir(), "portward-"));
    const [front, back] = [join(directory, "front.sock"), join(directory, "back.sock")];
    const server = net.createServer((socket) => socket.pipe(socket));
    await new Promise<void>((resolve) => server.listen(back, resolve));
    {
      await using _ = await startTestProxy(
        routeTo(`unix:${back}`).replace('"127.0.0.1:0"', `"unix:${front}"`),
      );
      const socket = net.connect(front);
      await new Promise<void>((resolve) => socket.once("connect", resolve));
      using client = new RawPeer(socket);
      client.send("echo");
      await client.until(/echo/);
    }
    server.close();
    rmSync(directory, { recursive: true });
  });

  test("lets a tunnel end by itself when the proxy drains", async () => {
    await using upstream = await ScriptedUpstream.start();
    await using proxy = await startTestProxy(routeTo(upstream.target));
    using client = await RawPeer.connect(proxy.port());
    const target = await upstream.accept();
    const drained = proxy.running.drain(10_000);
    client.send("a last word");
    await target.until(/a last word/);
    client.socket.end();
    await target.untilEnd();
    target.socket.end();
    await drained;
    expect((await proxy.record(0)).error).toBeNull();
  });
});

async function startOn(
  host: string,
  port: number,
): Promise<AsyncDisposable & { accepted: Promise<net.Socket> }> {
  const { promise, resolve } = Promise.withResolvers<net.Socket>();
  const server = net.createServer(resolve);
  await new Promise<void>((listening) => server.listen(port, host, listening));
  return {
    accepted: promise,
    [Symbol.asyncDispose]: () => new Promise((closed) => server.close(() => closed())),
  };
}
