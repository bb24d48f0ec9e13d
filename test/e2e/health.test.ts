/** Targets that fail and come back, and what clients notice of it: real targets, on time that the test moves. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { AilingUpstream } from "../support/ailing-upstream.ts";
import { eventually } from "../support/eventually.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { RawPeer } from "../support/raw-peer.ts";
import { startTestProxy, type TestProxy } from "../support/test-proxy.ts";

let clock: FakeClock;
let upstreams: AilingUpstream[];
beforeEach(async () => {
  clock = new FakeClock();
  upstreams = await Promise.all(["a", "b", "c"].map((name) => AilingUpstream.start(name)));
});
afterEach(() => Promise.all(upstreams.map((upstream) => upstream[Symbol.asyncDispose]())));

function configuration(group: string): string {
  const targets = upstreams.map(({ target }) => `"${target}"`);
  return `
listeners: { web: { address: "127.0.0.1:0" } }
upstreams: { group: { ${group}, targets: [${targets.join(", ")}] } }
routes: [{ listen: web, path: /, upstream: group }]
`;
}

function proxyWith(group: string): Promise<TestProxy> {
  return startTestProxy(configuration(group), { timers: clock.timers });
}

/** Who answers so many requests, each name once, with statuses that are not 200: `a b502`. */
async function answers(proxy: TestProxy, count = 12): Promise<string> {
  using client = await RawPeer.connect(proxy.port());
  const seen = new Set<string>();
  for (let i = 0; i < count; i++) {
    client.clear();
    client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    const answer = await client.until(/\r\n\r\n(?:[abc]$|\{.*\})/s);
    const status = answer.slice(9, 12);
    const name = answer.endsWith("}") ? "own" : answer.slice(-1);
    seen.add(status === "200" ? name : `${name}${status}`);
  }
  return [...seen].sort().join(" ");
}

/** Every target has been looked at so many times more, and what was seen is known. */
async function looks(times: number): Promise<void> {
  const wanted = upstreams.map(({ checks }) => checks + times);
  const done = () => upstreams.every(({ checks }, i) => checks >= wanted[i]!);
  while (!done()) {
    clock.advance(250);
    await Bun.sleep(1);
  }
  await Bun.sleep(5);
}

const [A, B, C] = [0, 1, 2] as const;
const ROUND_ROBIN = "balance: round_robin";

describe("active checks", () => {
  const checked = `${ROUND_ROBIN}, health: { path: /healthz, every: 5s, rise: 2, fall: 2 }`;

  test("put a target out before a request finds out, and take it back", async () => {
    await using proxy = await proxyWith(checked);
    await looks(1);
    expect(await answers(proxy)).toBe("a b c");
    upstreams[B]!.checkStatus = 503;
    await looks(2);
    await eventually(() => proxy.events.some(({ event }) => event === "target_down"), "it is told");
    expect(await answers(proxy)).toBe("a c");
    expect(proxy.running.census().targets.map(({ out }) => out)).toEqual([null, "down", null]);
    upstreams[B]!.checkStatus = 200;
    await looks(2);
    await eventually(() => proxy.events.some(({ event }) => event === "target_up"), "it is told");
    expect(await answers(proxy)).toBe("a b c");
    const told = proxy.events.filter(
      ({ event, target }) => event.startsWith("target_") && target === upstreams[B]!.target,
    );
    expect(told).toMatchObject([
      { event: "target_up" },
      { event: "target_down", level: "warn", fault: "status 503", upstream: "group" },
      { event: "target_up", level: "info" },
    ]);
  });

  test("that fail everywhere are not believed: all are used rather than none", async () => {
    await using proxy = await proxyWith(checked);
    for (const upstream of upstreams) upstream.checkStatus = 500;
    await looks(2);
    expect(await answers(proxy)).toBe("a b c");
    expect(proxy.running.census().targets.map(({ out, panic }) => [out, panic])).toEqual(
      Array(3).fill(["down", true]),
    );
    upstreams[C]!.checkStatus = 200;
    await looks(3);
    expect(await answers(proxy)).toBe("c");
  });

  test("keep what they know over a reload, also one that changes them; without them nobody is out", async () => {
    await using proxy = await proxyWith(checked);
    upstreams[A]!.checkStatus = 500;
    await looks(2);
    expect(await answers(proxy)).toBe("b c");
    await proxy.reloaded(configuration(checked.replace("every: 5s", "every: 60s")));
    expect(await answers(proxy)).toBe("b c");
    await proxy.reloaded(configuration(ROUND_ROBIN));
    expect(await answers(proxy)).toBe("a b c");
    await proxy.quiet();
    expect(clock.timers.size).toBe(3);
  });
});

describe("tiers and slow starts", () => {
  /** The third target is in reserve. */
  function tiers(balance: string): string {
    const [a, b, c] = upstreams.map(({ target }) => target.split(":")) as [string[], string[], string[]];
    const targets = [
      `{ host: ${a[0]}, port: ${a[1]} }`,
      `{ host: ${b[0]}, port: ${b[1]} }`,
      `{ host: ${c[0]}, port: ${c[1]}, priority: 1 }`,
    ];
    return `
listeners: { web: { address: "127.0.0.1:0" } }
upstreams:
  group:
    balance: ${balance}
    health: { path: /healthz, every: 5s, rise: 1, fall: 1 }
    targets: [${targets.join(", ")}]
routes: [{ listen: web, path: /, upstream: group }]
`;
  }

  test("a tier that has lost too much is passed over, and used again when it is sound", async () => {
    await using proxy = await startTestProxy(tiers("{ policy: round_robin, failover_below: 60% }"), {
      timers: clock.timers,
    });
    await looks(1);
    expect(await answers(proxy)).toBe("a b");
    upstreams[A]!.checkStatus = 503;
    await looks(2);
    expect(await answers(proxy)).toBe("c");
    upstreams[C]!.checkStatus = 503;
    await looks(2);
    expect(await answers(proxy)).toBe("b");
    for (const upstream of upstreams) upstream.checkStatus = 200;
    await looks(2);
    expect(await answers(proxy)).toBe("a b");
  });

  test("a target that comes back grows into its share", async () => {
    await using proxy = await startTestProxy(tiers("{ policy: round_robin, slow_start: 100s }"), {
      timers: clock.timers,
    });
    upstreams[A]!.checkStatus = 503;
    await looks(1);
    expect(await answers(proxy)).toBe("b");
    upstreams[A]!.checkStatus = 200;
    await looks(1);
    const share = async () => {
      const before = upstreams.map(({ requests }) => requests);
      await answers(proxy, 110);
      return (upstreams[A]!.requests - before[A]!) / 110;
    };
    expect(await share()).toBeWithin(0.05, 0.2);
    // Looks are five seconds apart, and time may not run away from them.
    await looks(10);
    expect(await share()).toBeWithin(0.28, 0.42);
    await looks(13);
    expect(await share()).toBe(0.5);
  });
});

describe("outliers", () => {
  test("a target that breaks every request is ejected, and given a chance again after a while", async () => {
    await using proxy = await proxyWith(`${ROUND_ROBIN}, outliers: { consecutive: 3, eject: 10s }`);
    upstreams[B]!.does = "reset";
    expect(await answers(proxy)).toBe("a c own502");
    expect(await answers(proxy)).toBe("a c");
    expect(upstreams[B]!.requests).toBe(3);
    upstreams[B]!.does = 200;
    clock.advance(10_100);
    expect(await answers(proxy)).toBe("a b c");
  });

  test("by default five failures in a row are enough, and answers of any status are none of them but 502 to 504", async () => {
    await using proxy = await proxyWith(ROUND_ROBIN);
    upstreams[A]!.does = 500;
    expect(await answers(proxy, 30)).toBe("a500 b c");
    expect(await answers(proxy)).toBe("a500 b c");
    upstreams[A]!.does = 503;
    expect(await answers(proxy, 30)).toBe("a503 b c");
    expect(await answers(proxy)).toBe("b c");
  });

  test("a stream that has nothing to tell for long is no failure of its target", async () => {
    await using proxy = await proxyWith(
      `balance: { policy: maglev, by: path }, outliers: { consecutive: 1 }`,
    );
    for (const upstream of upstreams) upstream.does = "stream";
    for (let stream = 0; stream < 3; stream++) {
      using client = await RawPeer.connect(proxy.port());
      client.send(`GET /events/${stream} HTTP/1.1\r\nHost: h\r\n\r\n`);
      await client.until(/: hello\n\n/);
      clock.advance(61_000);
      expect((await client.closed).reset).toBe(true);
    }
    expect(proxy.records.map(({ error }) => error?.code)).toEqual(Array(3).fill("upstream.idle_timeout"));
    expect(proxy.running.census().targets.map(({ out }) => out)).toEqual([null, null, null]);
  });

  test("off, everybody stays", async () => {
    await using proxy = await proxyWith(`${ROUND_ROBIN}, outliers: off`);
    upstreams[A]!.does = 503;
    expect(await answers(proxy, 60)).toBe("a503 b c");
    expect(await answers(proxy)).toBe("a503 b c");
  });

  test("a suspect is asked after all when everybody else has failed", async () => {
    await using proxy = await proxyWith(`${ROUND_ROBIN}, outliers: { consecutive: 2, max_ejected: 34% }`);
    upstreams[A]!.does = 503;
    expect(await answers(proxy)).toBe("a503 b c");
    expect(await answers(proxy)).toBe("b c");
    upstreams[A]!.does = 200;
    const [b, c] = [upstreams[B]!, upstreams[C]!];
    await b[Symbol.asyncDispose]();
    await c[Symbol.asyncDispose]();
    expect(await answers(proxy, 3)).toBe("a");
  });
});

describe("by hand", () => {
  test("a drained target finishes what it has and gets nothing new, over a reload, until it is taken back", async () => {
    await using proxy = await proxyWith(ROUND_ROBIN);
    const key = { upstream: "group", target: upstreams[C]!.target };
    expect(await answers(proxy)).toBe("a b c");
    proxy.running.setDrained(key, true);
    expect(await answers(proxy)).toBe("a b");
    await proxy.reloaded(configuration("balance: random"));
    expect(await answers(proxy)).toBe("a b");
    proxy.running.setDrained(key, false);
    expect(await answers(proxy, 60)).toBe("a b c");
  });
});

describe("a queue", () => {
  test("holds requests while all targets are busy, and serves them in order", async () => {
    await using proxy = await proxyWith("breaker: { requests_per_target: 1, queue: 10 }");
    for (const upstream of upstreams) upstream.does = "nothing";
    const busy = await Promise.all(Array.from({ length: 3 }, () => RawPeer.connect(proxy.port())));
    for (const client of busy) client.send("GET /busy HTTP/1.1\r\nHost: h\r\n\r\n");
    await eventually(() => upstreams.every(({ requests }) => requests === 1), "all are busy");
    for (const upstream of upstreams) upstream.does = 200;
    const waiting = await Promise.all(Array.from({ length: 5 }, () => RawPeer.connect(proxy.port())));
    for (const client of waiting) {
      client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
      await Bun.sleep(2);
    }
    expect(upstreams.reduce((sum, { requests }) => sum + requests, 0)).toBe(3);
    // One target is free again: everybody goes there, one after the other.
    busy[0]!.socket.resetAndDestroy();
    const order: number[] = [];
    await Promise.all(
      waiting.map(async (client, i) => {
        await client.until(/\r\n\r\n[abc]$/);
        order.push(i);
      }),
    );
    expect(order).toEqual([0, 1, 2, 3, 4]);
    for (const client of [...busy, ...waiting]) client.socket.destroy();
  });

  test("forgets who leaves, and is served by all that get room at once", async () => {
    await using proxy = await proxyWith("breaker: { requests: 3, queue: 10 }");
    for (const upstream of upstreams) upstream.does = "nothing";
    const busy = await Promise.all(Array.from({ length: 3 }, () => RawPeer.connect(proxy.port())));
    for (const client of busy) client.send("GET /busy HTTP/1.1\r\nHost: h\r\n\r\n");
    const asked = () => upstreams.reduce((sum, { requests }) => sum + requests, 0);
    await eventually(() => asked() === 3, "all are busy");
    const waiting = await Promise.all(Array.from({ length: 4 }, () => RawPeer.connect(proxy.port())));
    for (const client of waiting) client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    await eventually(() => proxy.running.census().listeners[0]!.connections === 7, "seven clients");
    const [leaver, ...others] = waiting;
    leaver!.socket.resetAndDestroy();
    await eventually(() => proxy.records.length === 1, "one is gone");
    for (const upstream of upstreams) upstream.does = 200;
    await proxy.reloaded(configuration("breaker: { requests: 10, queue: 10 }"));
    for (const client of others) await client.until(/\r\n\r\n[abc]$/);
    expect(asked()).toBe(6);
    for (const client of [...busy, ...others]) client.socket.destroy();
  });
});
