/** `hedge`: a second attempt beside a slow one; whichever answers first is taken, the other is given up. */
import { describe, expect, test } from "bun:test";
import type { Random } from "../../src/base/random.ts";
import { metricsPage } from "../../src/runtime/start.ts";
import { H2Peer } from "../attacks/h2/h2-peer.ts";
import { headers, POST, settings, windowUpdate } from "../h2/frames.ts";
import { eventually, untilStill } from "../support/eventually.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { RawPeer } from "../support/raw-peer.ts";
import { ScriptedUpstream } from "../support/scripted-upstream.ts";
import { startTestProxy, type TestProxy } from "../support/test-proxy.ts";

/** Round robin begins with the second of two targets. */
const LAST_FIRST: Random = { nextUint32: () => 0 };
const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const RETRIES_429 = "hedge: { after: 200ms }, retry: { statuses: [429] }";

class Scene implements AsyncDisposable {
  readonly clock = new FakeClock();
  first!: ScriptedUpstream;
  second!: ScriptedUpstream;
  proxy!: TestProxy;
  client!: RawPeer;

  static async open(route: string): Promise<Scene> {
    const scene = new Scene();
    scene.second = await ScriptedUpstream.start();
    scene.first = await ScriptedUpstream.start();
    const targets = JSON.stringify([scene.second.target, scene.first.target]);
    const yaml = `
listeners: { web: { address: "127.0.0.1:0" } }
upstreams: { group: { balance: round_robin, targets: ${targets} } }
routes: [{ listen: web, path: /, upstream: group, ${route} }]
`;
    scene.proxy = await startTestProxy(yaml, { timers: scene.clock.timers, random: LAST_FIRST });
    scene.client = await RawPeer.connect(scene.proxy.port());
    return scene;
  }

  get last(): object {
    const { status, attempts, target, error } = this.proxy.records.at(-1)!;
    return { status, attempts, target, error: error?.code ?? null };
  }

  async quiet(): Promise<void> {
    this.client.socket.destroy();
    await this.proxy.quiet();
    // Failures are counted for ten seconds, so that an outage is told in a few lines.
    this.clock.advance(10_100);
    expect(this.clock.timers.size).toBe(
      this.proxy.running.census().targets.reduce((sum, { idle }) => sum + idle, 0),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client.socket.destroy();
    await this.proxy[Symbol.asyncDispose]();
    await this.first[Symbol.asyncDispose]();
    await this.second[Symbol.asyncDispose]();
  }
}

async function arrives(upstream: ScriptedUpstream, request: RegExp = /\r\n\r\n/): Promise<RawPeer> {
  const peer = await upstream.accept();
  await peer.until(request);
  return peer;
}

describe("a slow answer", () => {
  test("is overtaken by a second target's, and the first attempt is given up at once", async () => {
    await using scene = await Scene.open("hedge: { after: 200ms }");
    scene.client.send(GET);
    const slow = await arrives(scene.first);
    scene.clock.advance(200);
    const quick = await arrives(scene.second);
    quick.send(OK);
    await scene.client.until(/ok$/);
    expect((await slow.closed).reset).toBe(true);
    expect(scene.last).toEqual({ status: 200, attempts: 2, target: scene.second.target, error: null });
    await scene.quiet();
  });

  test("that has begun before the request is complete is the only one, however long it takes", async () => {
    await using scene = await Scene.open("hedge: { after: 200ms }");
    scene.client.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nab");
    const early = await arrives(scene.first, /ab$/);
    early.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nAB");
    await scene.client.until(/AB$/);
    scene.client.send("cd");
    await early.until(/abcd$/);
    scene.clock.advance(1_000);
    early.send("CD");
    await scene.client.until(/ABCD$/);
    expect(scene.second.connections).toBe(0);
    expect(scene.last).toEqual({ status: 200, attempts: 1, target: scene.first.target, error: null });
    await scene.quiet();
  });

  for (const [name, route, poor] of [
    ["an error", "hedge: { after: 200ms }", "HTTP/1.1 500 \r\nContent-Length: 2\r\n\r\nno"],
    ["one that counts as a failure", RETRIES_429, "HTTP/1.1 429 \r\nContent-Length: 2\r\n\r\nno"],
  ] as const) {
    test(`is not overtaken by ${name}, whose connection is kept`, async () => {
      await using scene = await Scene.open(route);
      scene.client.send(GET);
      const slow = await arrives(scene.first);
      scene.clock.advance(200);
      (await arrives(scene.second)).send(poor);
      const { running } = scene.proxy;
      await eventually(() => running.census().targets.some(({ idle }) => idle === 1), "the loser is kept");
      slow.send(OK);
      expect(await scene.client.until(/ok$/)).toStartWith("HTTP/1.1 200 ");
      expect(scene.last).toEqual({ status: 200, attempts: 1, target: scene.first.target, error: null });
      await scene.quiet();
    });
  }

  test("that counts as a failure gives way to the attempt beside it", async () => {
    await using scene = await Scene.open(RETRIES_429);
    scene.client.send(GET);
    const slow = await arrives(scene.first);
    scene.clock.advance(200);
    const other = await arrives(scene.second);
    slow.send("HTTP/1.1 429 \r\nContent-Length: 2\r\n\r\nno");
    const { running } = scene.proxy;
    await eventually(() => running.census().targets.some(({ idle }) => idle === 1), "the first is dropped");
    other.send(OK);
    expect(await scene.client.until(/ok$/)).toStartWith("HTTP/1.1 200 ");
    expect(scene.last).toEqual({ status: 200, attempts: 2, target: scene.second.target, error: null });
    await scene.quiet();
  });

  test("that comes first after all is taken, and the second attempt is given up at once", async () => {
    await using scene = await Scene.open("hedge: { after: 200ms }");
    scene.client.send(GET);
    const slow = await arrives(scene.first);
    scene.clock.advance(200);
    const other = await arrives(scene.second);
    slow.send(OK);
    await scene.client.until(/ok$/);
    expect((await other.closed).reset).toBe(true);
    expect(scene.last).toMatchObject({ status: 200, target: scene.first.target, error: null });
    await scene.quiet();
  });

  test("costs no second attempt before its time", async () => {
    await using scene = await Scene.open("hedge: { after: 200ms }");
    scene.client.send(GET);
    const first = await arrives(scene.first);
    scene.clock.advance(150);
    first.send(OK);
    await scene.client.until(/ok$/);
    scene.clock.advance(1_000);
    expect(scene.second.connections).toBe(0);
    await scene.quiet();
  });

  test("of a request with a body sends the body again", async () => {
    await using scene = await Scene.open("hedge: { after: 200ms }");
    scene.client.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody");
    await arrives(scene.first, /body$/);
    scene.clock.advance(200);
    (await arrives(scene.second, /body$/)).send(OK);
    await scene.client.until(/ok$/);
    await scene.quiet();
  });

  test("whose connection ends leaves the second attempt in its place", async () => {
    await using scene = await Scene.open("hedge: { after: 200ms }");
    scene.client.send(GET);
    const slow = await arrives(scene.first);
    scene.clock.advance(200);
    const other = await arrives(scene.second);
    slow.reset();
    await slow.closed;
    other.send(OK);
    await scene.client.until(/ok$/);
    expect(scene.last).toEqual({ status: 200, attempts: 2, target: scene.second.target, error: null });
    await scene.quiet();
  });

  test("is waited for when the second attempt fails, which is counted once", async () => {
    await using scene = await Scene.open("hedge: { after: 200ms }");
    scene.client.send(GET);
    const slow = await arrives(scene.first);
    scene.clock.advance(200);
    const other = await arrives(scene.second);
    other.reset();
    await other.closed;
    slow.send(OK);
    await scene.client.until(/ok$/);
    const page = metricsPage(scene.proxy.running.counted(), null).body;
    const failures = page.split("\n").filter((line) => line.includes("upstream.reset_before_head"));
    expect(failures.map((line) => [line.split("{")[0], line.split(" ").at(-1)])).toEqual([
      ["portward_target_errors_total", "1"],
    ]);
    await scene.quiet();
  });

  test("ends both attempts when the client leaves", async () => {
    await using scene = await Scene.open("hedge: { after: 200ms }");
    scene.client.send(GET);
    const slow = await arrives(scene.first);
    scene.clock.advance(200);
    const other = await arrives(scene.second);
    scene.client.reset();
    expect((await slow.closed).reset).toBe(true);
    expect((await other.closed).reset).toBe(true);
    await scene.quiet();
  });

  test("and no other answer either: the deadline ends both", async () => {
    await using scene = await Scene.open("hedge: { after: 200ms }, timeouts: { response: 1s, total: 2s }");
    scene.client.send(GET);
    await arrives(scene.first);
    scene.clock.advance(200);
    await arrives(scene.second);
    scene.clock.advance(1_000);
    scene.clock.advance(1_000);
    expect(await scene.client.until(/\}$/)).toContain('"detail"');
    expect(scene.last).toMatchObject({ status: 504 });
    await scene.quiet();
  });
});

describe("no second attempt", () => {
  for (const [what, request] of [
    ["for a POST", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody"],
    [
      "for a body that is too long to be kept",
      `PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 70000\r\n\r\n${"x".repeat(70_000)}`,
    ],
    ["for a request that is not complete", "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbo"],
    ["for an upgrade", "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n"],
  ] as const) {
    test(what, async () => {
      await using scene = await Scene.open("hedge: { after: 200ms }");
      scene.client.send(request);
      const peer = await arrives(scene.first);
      scene.clock.advance(5_000);
      peer.send(OK.replace("OK\r\n", "OK\r\nConnection: close\r\n"));
      await scene.client.until(/ok$/);
      expect(scene.second.connections).toBe(0);
    });
  }
});

test("p95 waits until it is known, and budgets hold: at most 5 % and ten more", async () => {
  let asked = 0;
  const upstream = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: () => {
      asked++;
      return new Response("ok");
    },
  });
  const target = `127.0.0.1:${upstream.port}`;
  await using proxy = await startTestProxy(`
listeners: { web: { address: "127.0.0.1:0" } }
upstreams: { group: { targets: ["${target}", "localhost:${upstream.port}"] } }
routes: [{ listen: web, path: /, upstream: group, hedge: {} }]
`);
  const REQUESTS = 400;
  for (let i = 0; i < REQUESTS; i++) await (await fetch(`http://127.0.0.1:${proxy.port()}/`)).text();
  expect(asked).toBeGreaterThanOrEqual(REQUESTS);
  expect(asked).toBeLessThanOrEqual(REQUESTS * 1.05 + 10);
  await upstream.stop(true);
});

test("an answer that overtakes is held back for a client that does not read", async () => {
  const MUCH = 48 * 1024 * 1024;
  await using scene = await Scene.open("hedge: { after: 200ms }");
  using client = await H2Peer.connect(
    scene.proxy.port(),
    settings([4, 2 * MUCH]) + windowUpdate(0, 2 * MUCH),
  );
  client.send(headers(1));
  await arrives(scene.first);
  client.send(headers(3, POST));
  const flood = await arrives(scene.second);
  client.peer.socket.pause();
  const head = `HTTP/1.1 200 OK\r\nContent-Length: ${MUCH}\r\n\r\n`;
  flood.send(head + "x".repeat(MUCH));
  await untilStill(() => flood.socket.writableLength);
  expect(flood.socket.writableLength).toBeGreaterThan(0);
  scene.clock.advance(200);
  const quick = await arrives(scene.second);
  quick.send(head + "x".repeat(MUCH));
  const held = () => scene.proxy.running.census().listeners[0]!.unsentBytes;
  await untilStill(held, 100);
  expect(held()).toBeLessThan(MUCH / 2);
});
