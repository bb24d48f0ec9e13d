/** Requests that hold a place at their upstream and need another attempt, where `breaker` leaves no second place. */
import { expect, test } from "bun:test";
import type { Random } from "../../src/base/random.ts";
import { eventually } from "../support/eventually.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { RawPeer } from "../support/raw-peer.ts";
import { ScriptedUpstream } from "../support/scripted-upstream.ts";
import { startTestProxy, type TestProxy } from "../support/test-proxy.ts";

const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const UNAVAILABLE = "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 4\r\n\r\nbusy";
const GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
/** Round robin begins with the last of its targets; pauses are as short as they get. */
const LAST_FIRST: Random = { nextUint32: () => 0 };

class Scene implements AsyncDisposable {
  readonly clock = new FakeClock();
  readonly clients: RawPeer[] = [];
  readonly proxy: TestProxy;

  private constructor(proxy: TestProxy, clock: FakeClock) {
    this.proxy = proxy;
    this.clock = clock;
  }

  static async open(targets: readonly string[], upstream: string, route = ""): Promise<Scene> {
    const clock = new FakeClock();
    const yaml = `
listeners: { web: { address: "127.0.0.1:0" } }
upstreams: { group: { balance: round_robin, targets: ${JSON.stringify(targets)}, ${upstream} } }
routes: [{ listen: web, path: /, upstream: group ${route} }]
`;
    return new Scene(await startTestProxy(yaml, { timers: clock.timers, random: LAST_FIRST }), clock);
  }

  get waiting(): number {
    return this.proxy.running.census().listeners[0]!.connections;
  }

  /** That each request took, in the order of their ends. */
  get attempts(): number[] {
    return this.proxy.records.map(({ attempts }) => attempts);
  }

  async asks(): Promise<RawPeer> {
    const client = await RawPeer.connect(this.proxy.port());
    this.clients.push(client);
    client.send(GET);
    return client;
  }

  /** The next attempt there, after a pause. */
  async paused(upstream: ScriptedUpstream): Promise<RawPeer> {
    const before = upstream.connections;
    await eventually(() => {
      this.clock.advance(5);
      return upstream.connections > before;
    }, "another attempt");
    return arrives(upstream);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.clients) client.socket.destroy();
    await this.proxy.quiet();
    await this.proxy[Symbol.asyncDispose]();
  }
}

async function arrives(upstream: ScriptedUpstream): Promise<RawPeer> {
  const peer = await upstream.accept();
  await peer.until(/\r\n\r\n/);
  return peer;
}

test("the last request that there is room for goes on to the next target when one does not accept", async () => {
  await using upstream = await ScriptedUpstream.start();
  const closed = await ScriptedUpstream.start();
  const gone = closed.target;
  await closed[Symbol.asyncDispose]();
  await using scene = await Scene.open([upstream.target, gone], "breaker: { requests: 1 }");
  const client = await scene.asks();
  (await arrives(upstream)).send(OK);
  await client.until(/ok$/);
  expect(scene.attempts).toEqual([2]);
});

test("a repetition keeps its place; those that wait come after it", async () => {
  await using upstream = await ScriptedUpstream.start();
  await using scene = await Scene.open(
    [upstream.target],
    "breaker: { requests_per_target: 1, queue: 5 }",
    ", retry: { statuses: [503] }",
  );
  const first = await scene.asks();
  const peer = await arrives(upstream);
  const second = await scene.asks();
  await eventually(() => scene.waiting === 2, "a request that waits");
  peer.send(UNAVAILABLE);
  const again = await scene.paused(upstream);
  again.send(OK);
  await first.until(/ok$/);
  await again.until(/\r\n\r\n.*\r\n\r\n$/s);
  again.send(OK);
  await second.until(/ok$/);
  expect(scene.attempts).toEqual([2, 1]);
});

test("a repetition waits like any request when the only target with room has been ejected", async () => {
  await using second = await ScriptedUpstream.start();
  await using first = await ScriptedUpstream.start();
  await using scene = await Scene.open(
    [second.target, first.target],
    "breaker: { requests_per_target: 1, queue: 5 }, outliers: { consecutive: 1 }",
    ", retry: { statuses: [503] }",
  );
  const one = await scene.asks();
  const failing = await arrives(first);
  const two = await scene.asks();
  const busy = await arrives(second);
  failing.send(UNAVAILABLE);
  await failing.untilEnd();
  scene.clock.advance(100);
  busy.send(OK);
  await two.until(/ok$/);
  await busy.until(/\r\n\r\n.*\r\n\r\n/s);
  busy.send(OK);
  await one.until(/ok$/);
  expect(scene.attempts).toEqual([1, 2]);
});
