/** What a reload leaves of upstreams: targets with their connections, and those that are no longer there. */
import { expect, test } from "bun:test";
import type { Resolver } from "../../src/io/resolver.ts";
import { ask, askOnce, EchoUpstream } from "../support/echo-upstream.ts";
import { eventually } from "../support/eventually.ts";
import { RawPeer } from "../support/raw-peer.ts";
import { ScriptedUpstream } from "../support/scripted-upstream.ts";
import { startTestProxy, type TestProxy } from "../support/test-proxy.ts";

const HEAD_END = /\r\n\r\n/;

/** One listener with these routes. */
function site(routes: readonly string[], more = ""): string {
  const lines = routes.map((route) => `  - { listen: web, ${route} }`).join("\n");
  return `listeners: { web: { address: "127.0.0.1:0" } }\n${more}\nroutes:\n${lines}\n`;
}

/** Sends one request through a pooled connection and gives the upstream's side of it. */
async function pooled(proxy: TestProxy, upstream: ScriptedUpstream, path = "/"): Promise<RawPeer> {
  using client = await RawPeer.connect(proxy.port());
  client.send(`GET ${path} HTTP/1.1\r\nHost: h\r\n\r\n`);
  const target = await upstream.accept();
  await target.until(HEAD_END);
  target.send("HTTP/1.1 204 No Content\r\n\r\n");
  await client.until(HEAD_END);
  target.clear();
  return target;
}

test("a route that is put in front moves no upstream: the others' connections are used again", async () => {
  await using first = await EchoUpstream.start("first");
  await using kept = await ScriptedUpstream.start();
  const route = `path: /kept, targets: ["${kept.target}"]`;
  await using proxy = await startTestProxy(site([route]));
  const target = await pooled(proxy, kept, "/kept");
  const report = await proxy.reloaded(site([`path: /new, targets: ["${first.target}"]`, route]));
  expect(report.upstreams).toMatchObject({ added: ["test/0"], changed: [], removed: [], kept: 1 });
  using client = await RawPeer.connect(proxy.port());
  client.send("GET /kept HTTP/1.1\r\nHost: h\r\n\r\n");
  await target.until(HEAD_END);
  target.send("HTTP/1.1 204 No Content\r\n\r\n");
  await client.until(HEAD_END);
  expect(kept.connections).toBe(1);
  expect(proxy.running.census().targets).toMatchObject([
    { upstream: "test/0", target: first.target },
    { upstream: "test/1", target: kept.target, connections: 1 },
  ]);
});

test.each([
  ["another path", `path: /b, targets: ["TARGET"]`, ""],
  ["another condition", `path: /a, targets: ["TARGET"], methods: [GET]`, ""],
  ["a name of its own", `path: /a, upstream: shared`, `upstreams: { shared: { targets: ["TARGET"] } }`],
])("an upstream is recognised by its route's place or its targets: %s", async (_, route, more) => {
  await using kept = await ScriptedUpstream.start();
  await using proxy = await startTestProxy(site([`path: /a, targets: ["${kept.target}"]`]));
  const target = await pooled(proxy, kept, "/a");
  const text = site([route, "path: /z, respond: { status: 204 }"], more).replaceAll("TARGET", kept.target);
  const report = await proxy.reloaded(text);
  expect(report.upstreams).toMatchObject({ added: [], removed: [], kept: 1, targetsRemoved: 0 });
  expect(proxy.running.census().targets).toMatchObject([{ target: kept.target, idle: 1 }]);
  target.socket.destroy();
});

test("weights and the policy change in place", async () => {
  await using a = await EchoUpstream.start("a");
  await using b = await EchoUpstream.start("b");
  const weights = (first: number, second: number, balance = "round_robin") =>
    site(
      ["path: /, upstream: both"],
      `upstreams: { both: { balance: ${balance}, targets: [${[a, b].map(({ port }, i) => `{ host: 127.0.0.1, port: ${port}, weight: ${[first, second][i]} }`)}] } }`,
    );
  await using proxy = await startTestProxy(weights(1, 0));
  using client = await RawPeer.connect(proxy.port());
  const who = async () => (await ask(client, "GET / HTTP/1.1", "Host: h")).echo.name;
  expect([await who(), await who()]).toEqual(["a", "a"]);
  const report = await proxy.reloaded(weights(0, 1));
  expect(report.upstreams).toMatchObject({ changed: ["both"], targetsAdded: 0, targetsRemoved: 0 });
  expect([await who(), await who()]).toEqual(["b", "b"]);
  expect(proxy.running.census().targets).toMatchObject([
    { target: a.target, idle: 1 },
    { target: b.target, idle: 1 },
  ]);
  expect((await proxy.reloaded(weights(0, 1, "random"))).upstreams.changed).toEqual(["both"]);
  expect(await who()).toBe("b");
  expect((await proxy.reloaded(weights(0, 1, "random"))).upstreams).toMatchObject({ changed: [], kept: 1 });
});

test("a target that leaves: idle connections end with a FIN, what is under way is finished", async () => {
  await using leaving = await ScriptedUpstream.start();
  await using other = await EchoUpstream.start("other");
  const targets = (...names: string[]) => site([`path: /, targets: [${names.map((name) => `"${name}"`)}]`]);
  await using proxy = await startTestProxy(targets(leaving.target));
  using busyClient = await RawPeer.connect(proxy.port());
  busyClient.send("GET /busy HTTP/1.1\r\nHost: h\r\n\r\n");
  const busy = await leaving.accept();
  await busy.until(HEAD_END);
  const idle = await pooled(proxy, leaving);
  const report = await proxy.reloaded(targets(other.target));
  expect(report.upstreams).toMatchObject({ changed: ["test/0"], targetsAdded: 1, targetsRemoved: 1 });
  await idle.untilEnd();
  idle.socket.end();
  expect(await idle.closed).toEqual({ reset: false });
  expect((await askOnce(proxy.port(), "GET / HTTP/1.1", "Host: h")).echo.name).toBe("other");
  expect(proxy.running.census().targets).toMatchObject([
    { target: other.target, leaving: false },
    { target: leaving.target, active: 1, leaving: true },
  ]);
  busy.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone");
  await busyClient.until(/done$/);
  await busy.untilEnd();
  await eventually(() => proxy.running.census().targets.length === 1, "it is forgotten");
});

test("limits of pools and on answers hold from the next request on, and no connection is closed for it", async () => {
  await using upstream = await ScriptedUpstream.start();
  const limited = (limits: string) =>
    `settings: { limits: ${limits} }\n${site([`path: /, targets: ["${upstream.target}"]`])}`;
  await using proxy = await startTestProxy(limited("{ head: 16KiB }"));
  const target = await pooled(proxy, upstream);
  await proxy.reloaded(limited("{ head: 1KiB, connections_per_target: 1 }"));
  using client = await RawPeer.connect(proxy.port());
  client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  await target.until(HEAD_END);
  using turnedAway = await RawPeer.connect(proxy.port());
  turnedAway.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  await turnedAway.until(/^HTTP\/1\.1 503 /);
  target.send(`HTTP/1.1 200 OK\r\nX: ${"x".repeat(2_000)}\r\nContent-Length: 0\r\n\r\n`);
  await client.until(/^HTTP\/1\.1 502 /);
  expect(proxy.failures).toEqual(["limit.target_connections", "upstream.malformed/headTooLarge"]);
});

test("a client that is held while its target is down finds the one that a reload puts in its place", async () => {
  await using upstream = await ScriptedUpstream.start();
  const tunnel = (target: string) => `
listeners: { tunnel: { address: "127.0.0.1:0" } }
routes: [{ kind: tcp, listen: tunnel, targets: ["${target}"], reconnect: { every: 20ms, attempts: 200 } }]`;
  await using proxy = await startTestProxy(tunnel("127.0.0.1:1"));
  using client = await RawPeer.connect(proxy.port());
  client.send("hello");
  await proxy.reloaded(tunnel(upstream.target));
  using target = await upstream.accept();
  await target.until(/^hello$/);
});

test("targets that are found while a reload is under way are not lost to those that it was prepared for", async () => {
  await using first = await EchoUpstream.start("first");
  await using second = await EchoUpstream.start("second");
  const answer = Promise.withResolvers<void>();
  const watched: string[] = [];
  const resolver: Resolver = {
    watch(name) {
      watched.push(name);
      const first = name === "new.example" ? answer.promise : Promise.resolve();
      return { name, addresses: ["127.0.0.1"], failure: null, first };
    },
    unwatch() {},
    reconfigure() {},
    close() {},
  };
  const both = (weight: number, more = "") =>
    site(
      ["path: /, upstream: found", ...(more === "" ? [] : ["path: /new, upstream: new"])],
      `upstreams: { found: { targets: [{ host: 127.0.0.1, port: ${first.port}, weight: ${weight} }] }${more} }`,
    );
  await using proxy = await startTestProxy(both(1), { resolver });
  // It waits for the name that is new.
  const reload = proxy.reload(both(2, `, new: { targets: ["new.example:${second.port}"] }`));
  await eventually(() => watched.includes("new.example"), "the question for it");
  const address = { kind: "tcp", host: "127.0.0.1", port: second.port } as const;
  proxy.running.setTargets("found", [
    { address, weight: 1, priority: 0, zone: null, origin: { file: "test.yaml", line: 1, column: 1 } },
  ]);
  answer.resolve();
  expect((await reload).ok).toBe(true);
  await eventually(
    () =>
      proxy.running
        .census()
        .targets.some(({ upstream, target }) => upstream === "found" && target === second.target),
    "the target that was found",
  );
  expect((await askOnce(proxy.port(), "GET / HTTP/1.1", "Host: h")).echo.name).toBe("second");
});
