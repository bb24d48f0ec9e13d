/** `retry`: which failures lead to another attempt, what is sent then, and when it is not. */
import { describe, expect, test } from "bun:test";
import type { Random } from "../../src/base/random.ts";
import { eventually } from "../support/eventually.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { RawPeer } from "../support/raw-peer.ts";
import { ScriptedUpstream } from "../support/scripted-upstream.ts";
import { startTestProxy, type TestProxy } from "../support/test-proxy.ts";

const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const UNAVAILABLE = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4\r\n\r\nbusy";
const CLOSING = UNAVAILABLE.replace("\r\n", "\r\nConnection: close\r\n");
const CHUNKED = "HTTP/1.1 503 Service Unavailable\r\nTransfer-Encoding: chunked\r\n\r\n";
/** Round robin begins with its second target; pauses are as short as they get. */
const FIRST: Random = { nextUint32: () => 0 };

class Scene implements AsyncDisposable {
  readonly clock = new FakeClock();
  readonly upstreams: ScriptedUpstream[] = [];
  proxy!: TestProxy;
  readonly #clients: RawPeer[] = [];
  /** Connections that `attempt` has given out, by upstream. */
  readonly #seen: number[] = [0, 0];

  static async open(retry: string, targets = 2, more = ""): Promise<Scene> {
    const scene = new Scene();
    for (let i = 0; i < targets; i++) scene.upstreams.push(await ScriptedUpstream.start());
    const names = JSON.stringify(scene.upstreams.map(({ target }) => target));
    const yaml = `
listeners: { web: { address: "127.0.0.1:0" } }
upstreams: { group: { balance: round_robin, targets: ${names} } }
routes: [{ listen: web, path: /, upstream: group, retry: ${retry} ${more} }]
`;
    scene.proxy = await startTestProxy(yaml, { timers: scene.clock.timers, random: FIRST });
    return scene;
  }

  async sends(request: string): Promise<RawPeer> {
    const client = await RawPeer.connect(this.proxy.port());
    this.#clients.push(client);
    client.send(request);
    return client;
  }

  /** The attempt that comes next, at whichever target, once its head is there. */
  async attempt(): Promise<{ peer: RawPeer; at: number }> {
    const before = this.upstreams.map(({ connections }) => connections);
    const arrived = () => this.upstreams.findIndex(({ connections }, i) => connections > this.#seen[i]!);
    await eventually(() => arrived() >= 0, `an attempt after ${before}`);
    const at = arrived();
    this.#seen[at]!++;
    const peer = await this.upstreams[at]!.accept();
    await peer.until(/\r\n\r\n/);
    return { peer, at };
  }

  /** Nothing is left under way once the clients have left. */
  async quiet(): Promise<void> {
    for (const client of this.#clients) client.socket.destroy();
    await this.proxy.quiet();
  }

  get last(): object {
    const { status, attempts, error } = this.proxy.records.at(-1)!;
    return { status, attempts, error: error?.code ?? null };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) client.socket.destroy();
    await this.proxy[Symbol.asyncDispose]();
    for (const upstream of this.upstreams) await upstream[Symbol.asyncDispose]();
  }
}

function request(method: string, body = ""): string {
  const length = body === "" ? "" : `Content-Length: ${body.length}\r\n`;
  return `${method} / HTTP/1.1\r\nHost: a\r\n${length}\r\n${body}`;
}

const FAILURES: readonly [on: string, how: string, fail: (peer: RawPeer, scene: Scene) => void][] = [
  ["reset", "a reset before the answer", (peer) => peer.reset()],
  ["reset", "an end before the answer", (peer) => void peer.socket.end()],
  [
    "malformed",
    "an answer that is none",
    (peer) => peer.send("HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"),
  ],
];

describe("another attempt", () => {
  for (const [on, how, fail] of FAILURES) {
    test(`follows ${how}, at another target`, async () => {
      await using scene = await Scene.open(`{ after: ${on} }`);
      const client = await scene.sends(request("GET"));
      const first = await scene.attempt();
      fail(first.peer, scene);
      await advanced(scene);
      const second = await scene.attempt();
      expect(second.at).not.toBe(first.at);
      second.peer.send(OK);
      await client.until(/ok$/);
      expect(scene.last).toEqual({ status: 200, attempts: 2, error: null });
      await scene.quiet();
    });
  }

  test("follows an answer whose status is listed; the client never sees it", async () => {
    await using scene = await Scene.open("{ statuses: [503] }");
    const client = await scene.sends(request("GET"));
    (await scene.attempt()).peer.send(UNAVAILABLE);
    await advanced(scene);
    (await scene.attempt()).peer.send(OK);
    expect(await client.until(/ok$/)).toStartWith("HTTP/1.1 200 OK");
    expect(scene.last).toEqual({ status: 200, attempts: 2, error: null });
    await scene.quiet();
  });

  describe("the connection of an answer that is dropped", () => {
    for (const [name, pieces] of [
      ["a short one", [UNAVAILABLE]],
      ["one in pieces", [UNAVAILABLE.slice(0, -2), UNAVAILABLE.slice(-2)]],
      ["chunks", [`${CHUNKED}4\r\nbusy\r\n`, "0\r\n\r\n"]],
      ["none", ["HTTP/1.1 503 \r\nContent-Length: 0\r\n\r\n"]],
    ] as const) {
      test(`is kept: ${name}`, async () => {
        await using scene = await Scene.open("{ statuses: [503] }", 1);
        const client = await scene.sends(request("GET"));
        const { peer } = await scene.attempt();
        for (const piece of pieces) peer.send(piece);
        await eventually(() => scene.proxy.running.census().targets[0]!.idle === 1, "an idle connection");
        peer.clear();
        scene.clock.advance(250);
        await peer.until(/\r\n\r\n/);
        peer.send(OK);
        await client.until(/ok$/);
        expect(scene.upstreams[0]!.connections).toBe(1);
        expect(scene.last).toEqual({ status: 200, attempts: 2, error: null });
        await scene.quiet();
      });
    }

    for (const [name, answer, waitMs] of [
      ["a long one", UNAVAILABLE.replace("Length: 4", "Length: 65537"), 0],
      ["one that turns out long", `${CHUNKED}10001\r\n${"x".repeat(65_537)}\r\n`, 0],
      ["one that ends with the connection", "HTTP/1.1 503 \r\n\r\nbusy", 0],
      ["one that stands still", UNAVAILABLE.slice(0, -2), 1_000],
    ] as const) {
      test(`is not: ${name}`, async () => {
        await using scene = await Scene.open("{ statuses: [503], backoff: 5s, max_backoff: 5s }");
        await scene.sends(request("GET"));
        const { peer } = await scene.attempt();
        peer.send(answer);
        if (waitMs > 0) {
          await eventually(() => scene.clock.timers.size > 1, "both wait");
          scene.clock.advance(waitMs);
        }
        expect(await peer.closed).toEqual({ reset: true });
        expect(scene.proxy.records.length).toBe(0);
      });
    }
  });

  test("does not follow when attempts are used up: the answer that came is passed on", async () => {
    await using scene = await Scene.open("{ statuses: [503], attempts: 3 }", 2);
    const client = await scene.sends(request("GET"));
    for (let attempt = 0; attempt < 3; attempt++) {
      (await scene.attempt()).peer.send(CLOSING);
      if (attempt < 2) await advanced(scene, 250);
    }
    expect(await client.until(/busy$/)).toStartWith("HTTP/1.1 503 ");
    expect(scene.last).toEqual({ status: 503, attempts: 3, error: null });
  });

  test("follows when one attempt takes too long", async () => {
    await using scene = await Scene.open("{ after: timeout, per_try: 1s }");
    const client = await scene.sends(request("GET"));
    const first = await scene.attempt();
    scene.clock.advance(1_000);
    await first.peer.closed;
    await advanced(scene);
    const second = await scene.attempt();
    expect(second.at).not.toBe(first.at);
    second.peer.send(OK);
    await client.until(/ok$/);
    await scene.quiet();
  });

  test("goes to the same target when it is the only one", async () => {
    await using scene = await Scene.open("{ after: reset }", 1);
    const client = await scene.sends(request("GET"));
    (await scene.attempt()).peer.reset();
    await advanced(scene);
    (await scene.attempt()).peer.send(OK);
    await client.until(/ok$/);
  });

  test("carries the body again, also when the rest of it comes only then", async () => {
    await using scene = await Scene.open("{ after: reset }");
    const client = await scene.sends("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nfirst");
    const first = await scene.attempt();
    await first.peer.until(/first$/);
    first.peer.reset();
    await advanced(scene);
    const second = await scene.attempt();
    await second.peer.until(/first$/);
    client.send("-last");
    await second.peer.until(/first-last$/);
    second.peer.send(OK);
    await client.until(/ok$/);
    expect(scene.last).toEqual({ status: 200, attempts: 2, error: null });
    await scene.quiet();
  });

  test("carries a chunked body and its trailers again", async () => {
    await using scene = await Scene.open("{ after: reset }");
    const chunked =
      "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\nX-End: 1\r\n\r\n";
    const client = await scene.sends(chunked);
    const first = await scene.attempt();
    const sent = await first.peer.until(/0\r\nX-End: 1\r\n\r\n$/);
    first.peer.reset();
    await advanced(scene);
    const second = await scene.attempt();
    expect(await second.peer.until(/0\r\nX-End: 1\r\n\r\n$/)).toBe(
      sent.replaceAll(scene.upstreams[first.at]!.target, scene.upstreams[second.at]!.target),
    );
    second.peer.send(OK);
    await client.until(/ok$/);
  });

  test("after a POST only where the route says so", async () => {
    await using scene = await Scene.open("{ after: reset, methods: any }");
    const client = await scene.sends(request("POST", "body"));
    (await scene.attempt()).peer.reset();
    await advanced(scene);
    const second = await scene.attempt();
    await second.peer.until(/body$/);
    second.peer.send(OK);
    await client.until(/ok$/);
  });

  test("of all targets follows when none of them accepted", async () => {
    await using scene = await Scene.open("{ after: connect }", 1);
    const port = scene.upstreams[0]!.port;
    await scene.upstreams[0]![Symbol.asyncDispose]();
    const client = await scene.sends(request("POST", "body"));
    await eventually(() => scene.proxy.running.census().targets[0]!.active === 1, "a failed connect");
    await eventually(() => scene.proxy.running.census().targets[0]!.connecting === 0, "a pause");
    const late = Bun.listen({
      hostname: "127.0.0.1",
      port,
      socket: { data: (socket) => void socket.write(OK) },
    });
    await eventually(() => {
      scene.clock.advance(5);
      return client.received.endsWith("ok");
    }, "an answer");
    expect(scene.last).toEqual({ status: 200, attempts: 2, error: null });
    late.stop(true);
  });
});

describe("no other attempt", () => {
  const refusals: readonly [what: string, retry: string, text: string][] = [
    ["of a POST, which may have been carried out", "{ after: reset }", request("POST", "body")],
    ["of a POST without a body", "{ after: reset }", request("POST")],
    ["of a body that is too long to be kept", "{ after: reset, body: 3B }", request("PUT", "body")],
    ["of any body when none is kept", "{ after: reset, body: off }", request("PUT", "body")],
    ["for a failure that is not listed", "{ after: timeout }", request("GET")],
    ["without leave", "off", request("GET")],
    ["without a budget", "{ after: reset, attempts: 1 }", request("GET")],
  ];
  for (const [what, retry, text] of refusals) {
    test(what, async () => {
      await using scene = await Scene.open(retry);
      const client = await scene.sends(text);
      const { peer } = await scene.attempt();
      if (text.endsWith("body")) await peer.until(/body$/);
      peer.reset();
      expect(await client.until(/\}$/)).toContain('"code":"upstream.reset_before_head"');
      expect(scene.last).toMatchObject({ status: 502, attempts: 1 });
      expect(scene.upstreams[0]!.connections + scene.upstreams[1]!.connections).toBe(1);
    });
  }

  test("once the answer has begun", async () => {
    await using scene = await Scene.open("{ after: [reset, malformed, timeout] }");
    const client = await scene.sends(request("GET"));
    const { peer } = await scene.attempt();
    peer.send(OK.replace("2\r\n\r\nok", "9\r\n\r\nok"));
    await client.until(/ok$/);
    peer.reset();
    client.socket.resume();
    expect((await client.closed).reset).toBe(true);
    expect(scene.last).toMatchObject({ attempts: 1, error: "upstream.reset_after_head" });
  });

  test("for a client that left during the pause", async () => {
    await using scene = await Scene.open("{ after: reset }");
    const client = await scene.sends(request("GET"));
    (await scene.attempt()).peer.reset();
    await eventually(
      () => scene.proxy.running.census().targets.every(({ connections }) => connections === 0),
      "a pause",
    );
    client.reset();
    await scene.proxy.record(0);
    scene.clock.advance(1_000);
    expect(scene.last).toMatchObject({ attempts: 1, error: "request.aborted" });
    await scene.quiet();
  });

  test("beyond the total time", async () => {
    await using scene = await Scene.open(
      "{ after: timeout, per_try: 2s, attempts: 9 }",
      2,
      ", timeouts: { total: 3s }",
    );
    const client = await scene.sends(request("GET"));
    await scene.attempt();
    scene.clock.advance(2_000);
    await advanced(scene);
    await scene.attempt();
    scene.clock.advance(1_000);
    expect(await client.until(/\}$/)).toContain('"code":"upstream.total_timeout"');
    expect(scene.last).toMatchObject({ status: 504, attempts: 2 });
    await scene.quiet();
  });
});

test("an upstream that always fails is asked at most 1.2 times as often as without retries, and ten times", async () => {
  const upstream = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: () => new Response("busy", { status: 503 }),
  });
  let asked = 0;
  upstream.reload({
    fetch: () => {
      asked++;
      return new Response("busy", { status: 503 });
    },
  });
  await using proxy = await startTestProxy(`
listeners: { web: { address: "127.0.0.1:0" } }
routes:
  - listen: web
    path: /
    targets: ["127.0.0.1:${upstream.port}"]
    retry: { statuses: [503], attempts: 5, backoff: 1ms, max_backoff: 1ms }
`);
  const REQUESTS = 1_000;
  const CLIENTS = 10;
  await Promise.all(
    Array.from({ length: CLIENTS }, async () => {
      for (let i = 0; i < REQUESTS / CLIENTS; i++) {
        const answer = await fetch(`http://127.0.0.1:${proxy.port()}/`);
        expect(answer.status).toBe(503);
        await answer.text();
      }
    }),
  );
  expect(asked).toBeGreaterThan(1.15 * REQUESTS);
  expect(asked).toBeLessThanOrEqual(1.2 * REQUESTS + 10);
  await upstream.stop(true);
});

/** Moves the clock through the pause that follows the failure, once the proxy has seen it. */
async function advanced(scene: Scene, ms = 25): Promise<void> {
  const before = total(scene);
  await eventually(() => {
    scene.clock.advance(ms / 5);
    return total(scene) > before;
  }, "another attempt");
}

function total({ upstreams }: Scene): number {
  return upstreams.reduce((sum, { connections }) => sum + connections, 0);
}

test("a client's deadline is kept, and each target is told what is left of it", async () => {
  const clock = new FakeClock();
  await using upstream = await ScriptedUpstream.start();
  await using proxy = await startTestProxy(
    `
settings: { deadline_header: X-Timeout }
listeners: { web: { address: "127.0.0.1:0" } }
routes: [{ listen: web, path: /, targets: ["${upstream.target}"], retry: { after: reset } }]
`,
    { timers: clock.timers, random: FIRST },
  );
  using client = await RawPeer.connect(proxy.port());
  client.send("GET / HTTP/1.1\r\nHost: a\r\nX-Timeout: 3000\r\n\r\n");
  const first = await upstream.accept();
  expect(await first.until(/\r\n\r\n/)).toContain("\r\nx-timeout: 3000\r\n");
  clock.advance(1_000);
  first.reset();
  await eventually(() => {
    clock.advance(5);
    return upstream.connections === 2;
  }, "another attempt");
  const second = await upstream.accept();
  const [, left] = /x-timeout: (\d+)/.exec(await second.until(/\r\n\r\n/))!;
  expect(Number(left)).toBeWithin(1_000, 2_000);
  clock.advance(2_000);
  expect(await client.until(/\}$/)).toContain('"code":"upstream.total_timeout"');
});
