/** `split` and `mirror`: shares of requests and copies of them, end to end. */
import { describe, expect, test } from "bun:test";
import { eventually } from "../support/eventually.ts";
import { HealthyUpstream } from "../support/healthy-upstream.ts";
import { RawPeer } from "../support/raw-peer.ts";
import { ScriptedUpstream } from "../support/scripted-upstream.ts";
import { startTestProxy, type TestProxy } from "../support/test-proxy.ts";

const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

function proxyWith(route: string, main: string, other: string): Promise<TestProxy> {
  return startTestProxy(`
listeners: { web: { address: "127.0.0.1:0" } }
upstreams: { main: { targets: ["${main}"] }, other: { targets: ["${other}"] } }
routes: [{ listen: web, path: /api, upstream: main, rewrite: /, ${route} }]
`);
}

async function statusOf(proxy: TestProxy, headers: Record<string, string> = {}): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${proxy.port()}/api/x`, { headers });
  return await answer.text();
}

describe("split", () => {
  test("sends some requests elsewhere, the same user always to the same", async () => {
    await using main = await HealthyUpstream.start();
    await using other = await HealthyUpstream.start();
    await using proxy = await proxyWith(
      "split: { to: { other: 50% }, by: header, name: X-User }",
      main.target,
      other.target,
    );
    for (let i = 0; i < 20; i++) {
      for (let again = 0; again < 3; again++) await statusOf(proxy, { "x-user": `u${i}` });
    }
    const ways = Map.groupBy(proxy.records, (_, i) => Math.floor(i / 3));
    for (const records of ways.values()) expect(new Set(records.map(({ target }) => target)).size).toBe(1);
    expect(new Set(proxy.records.map(({ target }) => target)).size).toBe(2);
  });

  test("of all requests leaves none for the route's own", async () => {
    await using main = await HealthyUpstream.start();
    await using other = await HealthyUpstream.start();
    await using proxy = await proxyWith("split: { to: { other: 100% } }", main.target, other.target);
    for (let i = 0; i < 20; i++) await statusOf(proxy);
    expect(proxy.records.every(({ target }) => target === other.target)).toBe(true);
  });
});

describe("mirror", () => {
  test("sends a copy with the same path, fields and body, and throws its answer away", async () => {
    await using main = await ScriptedUpstream.start();
    await using shadow = await ScriptedUpstream.start();
    await using proxy = await proxyWith("mirror: { upstream: other }", main.target, shadow.target);
    using client = await RawPeer.connect(proxy.port());
    client.send("POST /api/x?y=1 HTTP/1.1\r\nHost: a\r\nX-Own: 1\r\nContent-Length: 4\r\n\r\nbody");
    const [original, copy] = [await main.accept(), await shadow.accept()];
    const sent = await original.until(/body$/);
    expect(sent).toStartWith("POST /x?y=1 HTTP/1.1\r\n");
    expect(await copy.until(/body$/)).toBe(sent);
    copy.send("HTTP/1.1 500 Oops\r\nContent-Length: 5\r\n\r\nwrong");
    original.send(OK);
    await client.until(/ok$/);
    expect(client.received).not.toContain("wrong");
    client.socket.destroy();
    await proxy.quiet();
    expect(proxy.records.length).toBe(1);
  });

  test("keeps the request although its memory is used again: later ones do not show in it", async () => {
    await using main = await HealthyUpstream.start();
    await using shadow = await ScriptedUpstream.start();
    await using proxy = await proxyWith("mirror: { upstream: other }", main.target, shadow.target);
    using client = await RawPeer.connect(proxy.port());
    const names = Array.from({ length: 5 }, (_, i) => `n${i}`);
    client.send(
      names.map((name) => `GET /api/${name} HTTP/1.1\r\nHost: a\r\nX-Name: ${name}\r\n\r\n`).join(""),
    );
    const heads: string[] = [];
    for (const _ of names) {
      const copy = await shadow.accept();
      heads.push(await copy.until(/\r\n\r\n/));
      copy.send(OK.replace("OK\r\n", "OK\r\nConnection: close\r\n"));
    }
    for (const name of names) {
      const head = heads.find((each) => each.startsWith(`GET /${name} `))!;
      expect(head).toContain(`\r\nX-Name: ${name}\r\n`);
    }
  });

  for (const [what, answer] of [
    ["refuses", null],
    ["stalls", ""],
    ["breaks off", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"],
  ] as const) {
    test(`that ${what} costs the original nothing`, async () => {
      await using main = await HealthyUpstream.start();
      await using shadow = await ScriptedUpstream.start();
      const target = answer === null ? "127.0.0.1:1" : shadow.target;
      await using proxy = await proxyWith("mirror: { upstream: other }", main.target, target);
      expect(await statusOf(proxy)).toBe("healthy");
      if (answer !== null) {
        const copy = await shadow.accept();
        await copy.until(/\r\n\r\n/);
        copy.send(answer);
        if (answer !== "") copy.reset();
      }
      expect(await statusOf(proxy)).toBe("healthy");
      expect(proxy.records.every(({ error }) => error === null)).toBe(true);
    });
  }

  test("does not copy a body that is longer than its bound", async () => {
    await using main = await HealthyUpstream.start();
    await using shadow = await HealthyUpstream.start();
    await using proxy = await proxyWith("mirror: { upstream: other, body: 3B }", main.target, shadow.target);
    const send = (body: string) => fetch(`http://127.0.0.1:${proxy.port()}/api/x`, { method: "POST", body });
    await (await send("long")).text();
    await (await send("123")).text();
    const shadowCensus = () => proxy.running.census().targets.find(({ upstream }) => upstream === "other")!;
    await eventually(() => shadowCensus().idle === 1 && shadowCensus().active === 0, "one copy");
  });
});
