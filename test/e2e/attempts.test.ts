/** Which target is tried next, when a request is repeated, and when it is not. */
import { describe, expect, test } from "bun:test";
import type { Random } from "../../src/base/random.ts";
import type { Resolver } from "../../src/io/resolver.ts";
import { eventually } from "../support/eventually.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { FullBacklog } from "../support/full-backlog.ts";
import { HealthyUpstream } from "../support/healthy-upstream.ts";
import { RawPeer } from "../support/raw-peer.ts";
import { ScriptedUpstream } from "../support/scripted-upstream.ts";
import { startTestProxy, type TestProxy } from "../support/test-proxy.ts";

const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const REFUSED = "127.0.0.1:1";
/** Round robin begins with the second of its targets, so the last one is tried first. */
const LAST_FIRST: Random = { nextUint32: () => 0xffff_fffe };

/** A proxy that tries its targets in this order, and one client of it. */
async function proxyInOrder(targets: readonly string[], settings = "{}", resolver?: Resolver) {
  const clock = new FakeClock();
  const yaml = `
settings: ${settings}
listeners: { web: { address: "127.0.0.1:0" } }
upstreams: { group: { balance: round_robin, targets: ${JSON.stringify(targets)} } }
routes: [{ listen: web, path: /, upstream: group }]
`;
  const environment = { timers: clock.timers, random: LAST_FIRST };
  const proxy = await startTestProxy(
    yaml,
    resolver === undefined ? environment : { ...environment, resolver },
  );
  return { clock, proxy };
}

function request(method: string, body = ""): string {
  const length = body === "" ? "" : `Content-Length: ${body.length}\r\n`;
  return `${method} / HTTP/1.1\r\nHost: a\r\n${length}\r\n${body}`;
}

async function answerTo(proxy: TestProxy, text: string): Promise<string> {
  using client = await RawPeer.connect(proxy.port());
  client.send(text.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"));
  return await client.untilEnd();
}

/** The last record's essentials. */
function last(proxy: TestProxy): object {
  const { status, attempts, target, error } = proxy.records.at(-1)!;
  return { status, attempts, target, error: error?.code ?? null };
}

describe("the next target", () => {
  for (const refusals of [1, 2, 4, 9]) {
    test(`is tried after ${refusals} that refused`, async () => {
      await using healthy = await HealthyUpstream.start();
      const refused = Array.from({ length: refusals }, (_, i) => `127.0.0.1:${i + 1}`);
      const { proxy } = await proxyInOrder([...refused, healthy.target]);
      await using _proxy = proxy;
      expect(await answerTo(proxy, request("POST", "body"))).toEndWith("healthy");
      expect(last(proxy)).toEqual({
        status: 200,
        attempts: refusals + 1,
        target: healthy.target,
        error: null,
      });
      await proxy.quiet();
    });
  }

  test("is tried after one that does not accept", async () => {
    using full = await FullBacklog.open();
    await using healthy = await HealthyUpstream.start();
    const { proxy, clock } = await proxyInOrder([full.target, healthy.target]);
    await using _proxy = proxy;
    using client = await RawPeer.connect(proxy.port());
    client.send(request("GET"));
    await eventually(
      () => proxy.running.census().targets.some(({ connecting }) => connecting > 0),
      "connecting",
    );
    clock.advance(5_000);
    await client.until(/healthy$/);
    expect(last(proxy)).toMatchObject({ status: 200, attempts: 2, target: healthy.target });
    full[Symbol.dispose]();
    client.socket.destroy();
    await proxy.quiet();
  });

  test("is tried while one has all the connections it may have", async () => {
    await using busy = await ScriptedUpstream.start();
    await using healthy = await HealthyUpstream.start();
    const { proxy } = await proxyInOrder(
      [busy.target, healthy.target, REFUSED],
      "{ limits: { connections_per_target: 1 } }",
    );
    await using _proxy = proxy;
    using first = await RawPeer.connect(proxy.port());
    first.send(request("GET"));
    const target = await busy.accept();
    for (let count = 0; count < 6; count++)
      expect(await answerTo(proxy, request("GET"))).toEndWith("healthy");
    target.send(OK);
    await first.until(/ok$/);
  });

  test("is not there: the last failure is told, each target was tried once", async () => {
    const { proxy } = await proxyInOrder([REFUSED, "127.0.0.1:2", "127.0.0.1:3", "127.0.0.1:4"]);
    await using _proxy = proxy;
    expect(await answerTo(proxy, request("GET"))).toContain('"code":"upstream.refused"');
    expect(last(proxy)).toMatchObject({ status: 502, attempts: 4, error: "upstream.refused" });
    await proxy.quiet();
  });

  test("is never one of weight 0", async () => {
    const clock = new FakeClock();
    await using healthy = await HealthyUpstream.start();
    const port = healthy.target.split(":")[1];
    await using proxy = await startTestProxy(
      `
listeners: { web: { address: "127.0.0.1:0" } }
routes:
  - { listen: web, path: /, targets: ["${REFUSED}", { host: 127.0.0.1, port: ${port}, weight: 0 }] }
`,
      { timers: clock.timers },
    );
    await answerTo(proxy, request("GET"));
    expect(last(proxy)).toMatchObject({ status: 502, attempts: 1, target: REFUSED });
  });

  test("takes its turn: a failure does not make round robin skip anybody", async () => {
    await using a = await HealthyUpstream.start();
    await using b = await HealthyUpstream.start();
    const { proxy } = await proxyInOrder([REFUSED, a.target, b.target]);
    await using _proxy = proxy;
    for (let count = 0; count < 30; count++) await answerTo(proxy, request("GET"));
    const served = proxy.records.map(({ target }) => target);
    expect(served.filter((target) => target === a.target).length).toBe(15);
    expect(served.filter((target) => target === b.target).length).toBe(15);
  });
});

test("a name's next address is tried when one refuses, at the same attempt", async () => {
  await using healthy = await HealthyUpstream.start();
  const port = healthy.target.split(":")[1];
  const resolver: Resolver = {
    watch: (name) => ({
      name,
      addresses: ["fe80::1", "127.0.0.1"],
      failure: null,
      first: Promise.resolve(),
    }),
    unwatch() {},
    reconfigure() {},
    close() {},
  };
  const { proxy } = await proxyInOrder([`two.test:${port}`], "{}", resolver);
  await using _proxy = proxy;
  for (let count = 0; count < 4; count++) {
    expect(await answerTo(proxy, request("GET"))).toEndWith("healthy");
    expect(last(proxy)).toMatchObject({ status: 200, attempts: 1 });
  }
});

describe("a name with several addresses", () => {
  function resolvingTo(addresses: readonly string[]): Resolver {
    return {
      watch: (name) => ({ name, addresses, failure: null, first: Promise.resolve() }),
      unwatch() {},
      reconfigure() {},
      close() {},
    };
  }

  test("costs a quarter of a second when the first swallows packets, and no attempt", async () => {
    using full = await FullBacklog.open();
    const server = Bun.serve({ hostname: "127.0.0.2", port: full.port, fetch: () => new Response("second") });
    const resolver = resolvingTo(["127.0.0.1", "127.0.0.2"]);
    const { proxy, clock } = await proxyInOrder([`two.test:${full.port}`], "{}", resolver);
    await using _proxy = proxy;
    using client = await RawPeer.connect(proxy.port());
    client.send(request("GET"));
    await eventually(
      () => proxy.running.census().targets.some(({ connecting }) => connecting > 0),
      "connecting",
    );
    expect(client.received).toBe("");
    clock.advance(250);
    await client.until(/second$/);
    expect(last(proxy)).toMatchObject({ status: 200, attempts: 1 });
    expect(proxy.records[0]!.totalMs).toBeWithin(200, 400);
    client.socket.destroy();
    full[Symbol.dispose]();
    await proxy.quiet();
    await server.stop(true);
  });

  test("fails with the last failure when none accepts, and leaves no timer", async () => {
    const resolver = resolvingTo(["127.0.0.1", "::1", "127.0.0.2"]);
    const { proxy, clock } = await proxyInOrder(["three.test:1"], "{}", resolver);
    await using _proxy = proxy;
    expect(await answerTo(proxy, request("GET"))).toContain('"code":"upstream.refused"');
    expect(last(proxy)).toMatchObject({ status: 502, attempts: 1 });
    await proxy.quiet();
    expect(clock.timers.size).toBe(0);
  });
});

describe("a pooled connection that dies under a request", () => {
  /** The target's end of a connection that is idle in the pool. */
  async function pooled(proxy: TestProxy, upstream: ScriptedUpstream): Promise<RawPeer> {
    const answer = answerTo(proxy, request("GET"));
    const target = await upstream.accept();
    await target.until(/\r\n\r\n/);
    target.send(OK);
    await answer;
    target.clear();
    return target;
  }

  for (const method of ["GET", "HEAD", "OPTIONS", "DELETE", "PUT"]) {
    test(`costs a ${method} without a body nothing but time`, async () => {
      await using upstream = await ScriptedUpstream.start();
      const { proxy } = await proxyInOrder([upstream.target]);
      await using _proxy = proxy;
      const dying = await pooled(proxy, upstream);
      const answer = answerTo(proxy, request(method));
      await dying.until(/\r\n\r\n/);
      dying.reset();
      const fresh = await upstream.accept();
      expect((await fresh.until(/\r\n\r\n/)).split("\r\n")[0]).toBe(`${method} / HTTP/1.1`);
      fresh.send(method === "HEAD" ? OK.slice(0, -2) : OK);
      expect(await answer).toStartWith("HTTP/1.1 200 ");
      expect(last(proxy)).toMatchObject({ status: 200, attempts: 2, error: null });
      await proxy.quiet();
    });
  }

  for (const [method, body] of [
    ["POST", ""],
    ["POST", "body"],
    ["PATCH", ""],
    ["PUT", "body"],
    ["DELETE", "body"],
    ["LINK", ""],
  ] as const) {
    test(`ends a ${method} ${body === "" ? "without" : "with"} a body: it may have been carried out`, async () => {
      await using upstream = await ScriptedUpstream.start();
      const { proxy } = await proxyInOrder([upstream.target]);
      await using _proxy = proxy;
      const dying = await pooled(proxy, upstream);
      const answer = answerTo(proxy, request(method, body));
      await dying.until(/\r\n\r\n/);
      dying.socket.end();
      expect(await answer).toContain('"code":"upstream.closed_idle"');
      expect(upstream.connections).toBe(1);
    });
  }

  test("is repeated also when another target had refused before", async () => {
    await using upstream = await ScriptedUpstream.start();
    const { proxy } = await proxyInOrder([REFUSED, upstream.target]);
    await using _proxy = proxy;
    const dying = await pooled(proxy, upstream);
    const answers = [answerTo(proxy, request("GET")), answerTo(proxy, request("GET"))];
    await dying.until(/\r\n\r\n/);
    dying.reset();
    for (const _ of answers) {
      const fresh = await upstream.accept();
      await fresh.until(/\r\n\r\n/);
      fresh.send(OK.replace("OK\r\n", "OK\r\nConnection: close\r\n"));
    }
    for (const answer of await Promise.all(answers)) expect(answer).toEndWith("ok");
  });

  test("and once more: the second connection is new, and its end is a failure", async () => {
    await using upstream = await ScriptedUpstream.start();
    const { proxy } = await proxyInOrder([upstream.target]);
    await using _proxy = proxy;
    const dying = await pooled(proxy, upstream);
    const answer = answerTo(proxy, request("GET"));
    await dying.until(/\r\n\r\n/);
    dying.reset();
    const fresh = await upstream.accept();
    await fresh.until(/\r\n\r\n/);
    fresh.socket.end();
    expect(await answer).toContain('"code":"upstream.closed_before_head"');
    expect(upstream.connections).toBe(2);
  });
});
