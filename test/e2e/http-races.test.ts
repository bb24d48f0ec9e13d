/** Things that happen at the same time, or in an unusual order. */
import { describe, expect, test } from "bun:test";
import { eventually } from "../support/eventually.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { FullBacklog } from "../support/full-backlog.ts";
import { RawPeer } from "../support/raw-peer.ts";
import { ScriptedUpstream } from "../support/scripted-upstream.ts";
import { proxyTo, startTestProxy, type TestProxy } from "../support/test-proxy.ts";

const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const HEAD_END = /\r\n\r\n/;

class Scene implements AsyncDisposable {
  readonly clock: FakeClock;
  readonly upstream: ScriptedUpstream;
  readonly proxy: TestProxy;

  private constructor(clock: FakeClock, upstream: ScriptedUpstream, proxy: TestProxy) {
    this.clock = clock;
    this.upstream = upstream;
    this.proxy = proxy;
  }

  static async open(settings = "{}"): Promise<Scene> {
    const clock = new FakeClock();
    const upstream = await ScriptedUpstream.start();
    const proxy = await proxyTo(upstream.target, settings, { timers: clock.timers });
    return new Scene(clock, upstream, proxy);
  }

  client(): Promise<RawPeer> {
    return RawPeer.connect(this.proxy.port());
  }

  /** The target's end, with the head of a request that is not answered yet. */
  async target(): Promise<RawPeer> {
    const target = await this.upstream.accept();
    await target.until(HEAD_END);
    return target;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.proxy[Symbol.asyncDispose]();
    await this.upstream[Symbol.asyncDispose]();
  }
}

describe("bytes that answer no request", () => {
  const poison = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison";

  for (const [when, send] of [
    ["in one piece with the answer", (target: RawPeer) => target.send(OK + poison)],
    [
      "in the next event",
      (target: RawPeer) => {
        target.send(OK);
        setImmediate(() => target.send(poison));
      },
    ],
    ["but one byte", (target: RawPeer) => target.send(`${OK}H`)],
  ] as const) {
    test(`${when}: nobody gets them, and the connection is not used again`, async () => {
      await using scene = await Scene.open();
      using first = await scene.client();
      first.send(GET);
      const target = await scene.target();
      send(target);
      await first.until(/ok$/);
      await target.untilEnd();
      using second = await scene.client();
      second.send(GET);
      const next = await scene.target();
      next.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nmine");
      expect(await second.until(/mine$/)).not.toContain("poison");
      expect(first.received).not.toContain("poison");
    });
  }

  test("before any request was sent on a connection that nobody had waited for", async () => {
    await using scene = await Scene.open();
    const client = await scene.client();
    client.send(GET);
    const target = await scene.target();
    client.reset();
    target.send(poison);
    using second = await scene.client();
    second.send(GET);
    (await scene.target()).send(OK);
    expect(await second.until(/ok$/)).not.toContain("poison");
  });
});

describe("a client that leaves while the target is being connected", () => {
  test("leaves the connection to the next one", async () => {
    await using scene = await Scene.open();
    const client = await scene.client();
    client.send(GET);
    client.reset();
    await scene.proxy.quiet();
    using second = await scene.client();
    second.send(GET);
    const target = await scene.target();
    target.send(OK);
    await second.until(/ok$/);
    expect(scene.upstream.connections).toBeLessThanOrEqual(2);
    second.socket.destroy();
    await scene.proxy.quiet();
  });

  test("leaves it also when a target before that one had failed at once", async () => {
    const clock = new FakeClock();
    await using upstream = await ScriptedUpstream.start();
    await using proxy = await startTestProxy(
      `
listeners: { web: { address: "127.0.0.1:0" } }
upstreams: { group: { balance: round_robin, targets: ["unix:/nowhere/at/all.sock", "${upstream.target}"] } }
routes: [{ listen: web, path: /, upstream: group }]
`,
      { timers: clock.timers },
    );
    for (let count = 0; count < 4; count++) {
      const client = await RawPeer.connect(proxy.port());
      client.send(GET);
      client.reset();
      await eventually(() => proxy.records.length === count + 1, "recorded");
    }
    await proxy.quiet();
    expect(proxy.events.filter(({ event }) => event === "internal")).toEqual([]);
  });

  test("leaves no count behind when it comes to nothing", async () => {
    using full = await FullBacklog.open();
    const clock = new FakeClock();
    await using proxy = await proxyTo(full.target, "{}", { timers: clock.timers });
    for (let count = 0; count < 5; count++) {
      const client = await RawPeer.connect(proxy.port());
      client.send(GET);
      await eventually(() => proxy.running.census().targets[0]!.connecting > count, "connecting");
      client.reset();
    }
    await eventually(() => proxy.records.length === 5, "all of them recorded");
    expect(proxy.running.census().targets[0]!.active).toBe(0);
    full[Symbol.dispose]();
    await proxy.quiet();
    expect(clock.timers.size).toBe(0);
  });
});

describe("a FIN of the client", () => {
  test("behind pipelined requests: all of them are answered", async () => {
    await using scene = await Scene.open();
    using client = await scene.client();
    client.send(GET.repeat(3));
    client.socket.end();
    const target = await scene.target();
    for (let count = 0; count < 3; count++) {
      await target.until(HEAD_END);
      target.clear();
      target.send(OK);
    }
    expect((await client.untilEnd()).match(/ok/g)?.length).toBe(3);
  });

  test("behind half a pipelined request: the first is answered, the second refused", async () => {
    await using scene = await Scene.open();
    using client = await scene.client();
    client.send(`${GET}GET / HT`);
    client.socket.end();
    (await scene.target()).send(OK);
    expect(await client.untilEnd()).toMatch(/200 OK.*400 Bad Request.*"rule":"truncated"/s);
  });

  test("before the 101 reaches the target behind it", async () => {
    await using scene = await Scene.open();
    using client = await scene.client();
    client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\nearly");
    client.socket.end();
    const target = await scene.target();
    target.send("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\nhello");
    expect(await target.untilEnd()).toEndWith("early");
    target.socket.end(" and goodbye");
    expect(await client.untilEnd()).toEndWith("hello and goodbye");
    await scene.proxy.quiet();
  });
});

describe("an empty line behind a request", () => {
  test("is no beginning of another one: the connection ends as an idle one does", async () => {
    await using scene = await Scene.open();
    using client = await scene.client();
    client.send(`${GET}\r\n`);
    (await scene.target()).send(OK);
    await client.until(/ok$/);
    scene.clock.advance(80_000);
    expect(await client.untilEnd()).toEndWith("ok");
    expect(scene.proxy.records.length).toBe(1);
  });

  test("nor is it half of one before a FIN", async () => {
    await using scene = await Scene.open();
    using client = await scene.client();
    client.send(`${GET}\r\n`);
    client.socket.end();
    (await scene.target()).send(OK);
    expect(await client.untilEnd()).toEndWith("ok");
  });
});

describe("an upstream that ends in the middle of an upload", () => {
  const upload = `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${64 * 1024 * 1024}\r\n\r\n`;

  for (const [how, end, code] of [
    ["resets", (target: RawPeer) => target.reset(), "upstream.reset_before_head"],
    ["closes", (target: RawPeer) => target.socket.end(), "upstream.closed_before_head"],
  ] as const) {
    test(`and ${how}: the client is told while it still sends`, async () => {
      await using scene = await Scene.open();
      using client = await scene.client();
      client.send(upload);
      const target = await scene.target();
      target.discard = true;
      client.socket.write(Buffer.alloc(16 * 1024 * 1024));
      await target.untilBytes(1_000_000);
      end(target);
      expect(await client.until(/\}$/)).toContain(code);
    });
  }

  test("while the upload waits for it, blocked", async () => {
    await using scene = await Scene.open();
    using client = await scene.client();
    client.send(upload);
    const target = await scene.target();
    target.socket.pause();
    client.socket.write(Buffer.alloc(16 * 1024 * 1024));
    await eventually(() => client.socket.writableLength > 0, "blocked");
    target.reset();
    expect(await client.until(/\}$/)).toContain("upstream.reset_before_head");
  });
});

describe("a drain", () => {
  test("ends idle connections in a moment and lets the others finish, saying so", async () => {
    await using scene = await Scene.open();
    using idle = await scene.client();
    idle.send(GET);
    const target = await scene.target();
    target.send(OK);
    await idle.until(/ok$/);
    target.clear();
    using begun = await scene.client();
    begun.send(GET);
    await target.until(HEAD_END);
    target.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nbe");
    await begun.until(/be$/);
    using busy = await scene.client();
    busy.send(GET);
    const second = await scene.target();
    using halfway = await scene.client();
    halfway.send("GET /half HTTP/1.1\r\n");
    using fresh = await scene.client();
    await eventually(() => scene.proxy.running.census().listeners[0]!.connections === 5, "five connections");
    const drained = await scene.proxy.drain(4_000);
    scene.clock.advance(300);
    expect(await fresh.untilEnd()).toBe("");
    expect(await idle.untilEnd()).toEndWith("ok");
    expect(await RawPeer.connect(scene.proxy.port()).catch((error) => error.code)).toBe("ECONNREFUSED");
    target.send("gun");
    expect(await begun.untilEnd()).toMatch(/begun$/);
    second.send(OK);
    expect(await busy.untilEnd()).toMatch(/Connection: close\r\n\r\nok$/);
    second.clear();
    halfway.send("Host: a\r\n\r\n");
    const last = await Promise.race([scene.upstream.accept(), second.until(/half/).then(() => second)]);
    last.send(OK);
    expect(await halfway.untilEnd()).toMatch(/Connection: close\r\n\r\nok$/);
    for (const client of [fresh, idle, begun, busy, halfway]) client.socket.end();
    await drained.over;
    expect(scene.proxy.records.map(({ error }) => error)).toEqual([null, null, null, null]);
  });

  test("cuts what outlasts it: tunnels with a RST, waiting clients with 503", async () => {
    await using scene = await Scene.open();
    using tunnel = await scene.client();
    tunnel.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n");
    const target = await scene.target();
    target.send("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n");
    await tunnel.until(HEAD_END);
    using waiting = await scene.client();
    waiting.send(GET);
    await scene.target();
    const drained = await scene.proxy.drain(50);
    scene.clock.advance(100);
    await drained.over;
    expect(await waiting.untilEnd()).toContain('"code":"proxy.draining"');
    expect((await tunnel.closed).reset).toBe(true);
    expect((await target.closed).reset).toBe(true);
    expect(scene.proxy.records.map(({ error }) => error?.code)).toEqual(["proxy.draining", "proxy.draining"]);
  });
});

describe("limits that count", () => {
  test("limits.requests_per_connection ends a connection gracefully", async () => {
    await using scene = await Scene.open("{ limits: { requests_per_connection: 3 } }");
    using client = await scene.client();
    client.send(GET.repeat(4));
    const target = await scene.target();
    for (let count = 0; count < 3; count++) {
      await target.until(HEAD_END);
      target.clear();
      target.send(OK);
    }
    const received = await client.untilEnd();
    expect(received.match(/ok/g)?.length).toBe(3);
    expect(received.match(/Connection: close/g)?.length).toBe(1);
  });

  test("a tunnel counts for limits.connections_per_target until it ends", async () => {
    await using scene = await Scene.open("{ limits: { connections_per_target: 1 } }");
    const tunnel = await scene.client();
    tunnel.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n");
    const target = await scene.target();
    target.send("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n");
    await tunnel.until(HEAD_END);
    using client = await scene.client();
    client.send(GET);
    expect(await client.until(/\}$/)).toContain("limit.target_connections");
    tunnel.socket.destroy();
    target.socket.end();
    await eventually(() => scene.proxy.running.census().targets[0]!.connections === 0, "the tunnel's end");
    client.clear();
    client.send(GET);
    (await scene.target()).send(OK);
    await client.until(/ok$/);
  });
});
