/** How requests spread over real targets, and what happens to those of a target that is gone. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { ask, askOnce, EchoUpstream } from "../support/echo-upstream.ts";
import { RawPeer } from "../support/raw-peer.ts";
import { ScriptedUpstream } from "../support/scripted-upstream.ts";
import { startTestProxy, type TestProxy } from "../support/test-proxy.ts";

let upstreams: EchoUpstream[];
beforeAll(async () => {
  upstreams = await Promise.all(["a", "b", "c"].map((name) => EchoUpstream.start(name)));
});
afterAll(() => Promise.all(upstreams.map((upstream) => upstream[Symbol.asyncDispose]())));

/** A proxy to the three with these weights; `also` are further targets. */
function proxyOver(
  balance: string,
  weights: readonly [number, number, number] = [1, 1, 1],
  also: readonly string[] = [],
): Promise<TestProxy> {
  const targets = upstreams.map(({ port }, i) => `{ host: 127.0.0.1, port: ${port}, weight: ${weights[i]} }`);
  return startTestProxy(`
listeners: { web: { address: "127.0.0.1:0" } }
upstreams: { group: { balance: ${balance}, targets: [${[...targets, ...also].join(", ")}] } }
routes: [{ listen: web, path: /, upstream: group }]
`);
}

/** Who answers so many requests of one client, one after the other. */
async function answersOf(proxy: TestProxy, requests: number): Promise<string> {
  using client = await RawPeer.connect(proxy.port());
  let names = "";
  for (let count = 0; count < requests; count++)
    names += (await ask(client, "GET / HTTP/1.1", "Host: h")).echo.name;
  return names;
}

/** How often each name answers. */
async function sharesOf(proxy: TestProxy, requests: number): Promise<Record<string, number>> {
  const shares: Record<string, number> = { a: 0, b: 0, c: 0 };
  for (const name of await answersOf(proxy, requests)) shares[name]!++;
  return shares;
}

/**
 * Four standard deviations of a binomial distribution: a fair policy falls outside once in 16,000 runs, the
 * usual mistakes (a target left out, weights ignored) every time.
 */
function expectShare(count: number, requests: number, share: number): void {
  const deviation = Math.sqrt(requests * share * (1 - share));
  expect(count).toBeWithin(requests * share - 4 * deviation, requests * share + 4 * deviation);
}

describe("round_robin", () => {
  test("takes each in turn", async () => {
    await using proxy = await proxyOver("round_robin");
    const names = await answersOf(proxy, 12);
    expect(names).toBe(names.slice(0, 3).repeat(4));
    expect(new Set(names)).toEqual(new Set("abc"));
  });

  test("gives weights their exact share, spread out", async () => {
    await using proxy = await proxyOver("round_robin", [5, 1, 1]);
    const names = await answersOf(proxy, 70);
    expect([..."abc"].map((name) => names.split(name).length - 1)).toEqual([50, 10, 10]);
    expect(names).not.toContain("aaaaa");
    expect(names).not.toMatch(/bc|cb|bb|cc/);
  });
});

describe("random", () => {
  test("spreads evenly", async () => {
    await using proxy = await proxyOver("random");
    const shares = await sharesOf(proxy, 900);
    for (const name of "abc") expectShare(shares[name]!, 900, 1 / 3);
  });

  test("by weight; a weight of 0 gets nothing", async () => {
    await using proxy = await proxyOver("random", [3, 1, 0]);
    const { a, b, c } = await sharesOf(proxy, 800);
    expectShare(a!, 800, 3 / 4);
    expectShare(b!, 800, 1 / 4);
    expect(c).toBe(0);
  });
});

describe("p2c", () => {
  test("spreads evenly over targets that are equally busy, by weight", async () => {
    await using proxy = await proxyOver("p2c", [2, 1, 1]);
    const { a, b, c } = await sharesOf(proxy, 800);
    expectShare(a!, 800, 1 / 2);
    expectShare(b!, 800, 1 / 4);
    expectShare(c!, 800, 1 / 4);
  });

  test("keeps away from a target whose answers do not come", async () => {
    await using stuck = await ScriptedUpstream.start();
    await using proxy = await proxyOver("p2c", [1, 1, 1], [`"${stuck.target}"`]);
    const clients: RawPeer[] = [];
    // All requests stay under way at `stuck`, so that after a few it is the busier one of every pair it is in.
    let answered = 0;
    for (let count = 0; count < 300; count++) {
      const before = stuck.connections;
      const client = await RawPeer.connect(proxy.port());
      clients.push(client);
      client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
      while (stuck.connections === before && client.receivedBytes === 0) await new Promise(setImmediate);
      if (client.receivedBytes > 0) answered++;
    }
    expect(answered).toBeGreaterThan(250);
    expect(stuck.connections).toBeLessThan(50);
    for (const client of clients) client.socket.destroy();
  });
});

describe("a target that refuses", () => {
  for (const balance of ["p2c", "round_robin", "random"]) {
    test(`costs no request with ${balance}: the next target gets it`, async () => {
      const gone = await EchoUpstream.start("gone");
      const { target } = gone;
      await gone[Symbol.asyncDispose]();
      await using proxy = await proxyOver(balance, [1, 1, 1], [`"${target}"`]);
      expect(await answersOf(proxy, 60)).toMatch(/^[abc]{60}$/);
      expect(proxy.failures).toEqual([]);
    });
  }

  test("and bodies are not lost with it", async () => {
    const gone = await EchoUpstream.start("gone");
    const { target } = gone;
    await gone[Symbol.asyncDispose]();
    await using proxy = await startTestProxy(`
listeners: { web: { address: "127.0.0.1:0" } }
upstreams: { group: { balance: round_robin, targets: ["${target}", "${upstreams[0]!.target}"] } }
routes: [{ listen: web, path: /, upstream: group }]
`);
    for (let count = 0; count < 6; count++) {
      const line = `Content-Length: 5\r\n\r\nhello`;
      using client = await RawPeer.connect(proxy.port());
      client.send(`POST / HTTP/1.1\r\nHost: h\r\n${line}`);
      await client.until(/"name":"a","method":"POST"/);
    }
  });

  test("alone is a 502 that says so; all of weight 0 a 503", async () => {
    const gone = await EchoUpstream.start("gone");
    const { target } = gone;
    await gone[Symbol.asyncDispose]();
    await using proxy = await startTestProxy(`
listeners: { web: { address: "127.0.0.1:0" } }
routes:
  - { listen: web, path: /gone, targets: ["${target}"] }
  - { listen: web, path: /drained, targets: [{ host: 127.0.0.1, port: 1, weight: 0 }] }
`);
    const refused = await askOnce(proxy.port(), "GET /gone HTTP/1.1", "Host: h");
    expect([refused.status, JSON.parse(refused.body).code]).toEqual([502, "upstream.refused"]);
    const drained = await askOnce(proxy.port(), "GET /drained HTTP/1.1", "Host: h");
    expect([drained.status, JSON.parse(drained.body).code]).toEqual([503, "upstream.no_target"]);
  });
});
