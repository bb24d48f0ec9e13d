/** What a running proxy tells of its connections and of the requests that it has answered. */
import { expect, test } from "bun:test";
import { trafficOf } from "../../src/admin/answers/traffic.ts";
import { parseConfiguration } from "../../src/config/load.ts";
import type { ConnectionsQuestion } from "../../src/downstream/connection-report.ts";
import { collect } from "../../src/observe/metrics/collect.ts";
import type { RecentQuestion, RecentRequest } from "../../src/observe/recent-requests.ts";
import { EchoUpstream } from "../support/echo-upstream.ts";
import { eventually } from "../support/eventually.ts";
import { RawPeer } from "../support/raw-peer.ts";
import { startTestProxy, type TestProxy } from "../support/test-proxy.ts";

const ALL: RecentQuestion = { limit: 100, status: null, route: null, host: null, method: null };
const OPEN: ConnectionsQuestion = { afterId: 0, limit: 100, listener: null };
/** As in production: nobody else listens to records. */
const ALONE = { observer: null };

function yaml(target: string, settings = "{}"): string {
  return `
name: shop
settings: ${settings}
listeners: { web: { address: "127.0.0.1:0" }, db: { address: "127.0.0.1:0" } }
routes:
  - { listen: web, path: /api, targets: ["${target}"] }
  - { listen: web, path: /gone, targets: ["127.0.0.1:1"] }
  - { kind: tcp, listen: db, targets: ["${target}"] }
`;
}

function recent(proxy: TestProxy, question: Partial<RecentQuestion> = {}): readonly RecentRequest[] {
  return proxy.running.requests({ ...ALL, ...question }).requests;
}

async function get(client: RawPeer, target: string, fields = ""): Promise<void> {
  const before = client.received.length;
  client.send(`GET ${target} HTTP/1.1\r\nHost: shop.example\r\n${fields}\r\n`);
  await client.until(new RegExp(`^[\\s\\S]{${before}}HTTP/1.1 [\\s\\S]*\\}$`));
}

test.each([
  ["alone", ALONE],
  ["beside other observers", {}],
])("requests are kept %s, newest first, once each and without values", async (_, environment) => {
  await using upstream = await EchoUpstream.start("a");
  await using proxy = await startTestProxy(yaml(upstream.target), environment);
  using client = await RawPeer.connect(proxy.port("web"));
  await get(client, "/api/users?token=secret", "Cookie: a=b\r\nX-Canary: 1\r\n");
  await get(client, "/gone");
  await get(client, "/nothing");
  const [nothing, gone, users, ...more] = recent(proxy);
  expect(more).toEqual([]);
  expect(users).toMatchObject({
    method: "GET",
    host: "shop.example",
    path: "/api/users?token=***",
    fieldNames: ["Host", "Cookie", "X-Canary"],
    route: "shop/0",
    target: upstream.target,
    status: 200,
    error: null,
    remoteAddress: "127.0.0.1",
  });
  expect(users!.requestId).toMatch(/^[0-9a-f]{32}$/);
  expect(gone).toMatchObject({ route: "shop/1", status: 502, error: "upstream.refused" });
  expect(nothing).toMatchObject({ route: null, status: 404, error: "route.not_found" });
  expect(JSON.stringify(recent(proxy))).not.toContain("secret");
  expect(recent(proxy, { status: "5xx" })).toEqual([gone!]);
});

test("none are kept when the setting is 0, and a reload changes that", async () => {
  await using upstream = await EchoUpstream.start("a");
  await using proxy = await startTestProxy(yaml(upstream.target, "{ recent_requests: 0 }"), ALONE);
  using client = await RawPeer.connect(proxy.port("web"));
  await get(client, "/api");
  await get(client, "/gone");
  expect(recent(proxy)).toEqual([]);
  const loaded = parseConfiguration("test.yaml", yaml(upstream.target, "{ recent_requests: 1 }"));
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  expect((await proxy.running.reload(loaded.value.configuration)).ok).toBe(true);
  await get(client, "/api/1");
  await get(client, "/api/2");
  expect(recent(proxy).map(({ path }) => path)).toEqual(["/api/2"]);
});

test("connections are told in their order with what they do, until they are gone", async () => {
  await using upstream = await EchoUpstream.start("a");
  await using proxy = await startTestProxy(yaml(upstream.target), ALONE);
  using idle = await RawPeer.connect(proxy.port("web"));
  await get(idle, "/api");
  await get(idle, "/api");
  using busy = await RawPeer.connect(proxy.port("web"));
  busy.send("GET /api HTTP/1.1\r\nHost: shop.ex");
  using _tunnel = await RawPeer.connect(proxy.port("db"));
  await eventually(() => {
    const states = proxy.running.connections(OPEN).map(({ state }) => state);
    return states.includes("tunnel") && states.includes("active");
  }, "a tunnel and a request under way");

  const open = proxy.running.connections(OPEN);
  expect(open.map(({ listener, state, requests }) => [listener, state, requests])).toEqual([
    ["web", "idle", 2],
    ["web", "active", 0],
    ["db", "tunnel", 1],
  ]);
  for (const each of open) {
    expect(each.remoteAddress).toBe("127.0.0.1");
    expect(Math.abs(Date.now() - each.openedAtMs)).toBeLessThan(10_000);
  }
  const [first, second, third] = open.map(({ id }) => id);
  const ids = (question: Partial<ConnectionsQuestion>) =>
    proxy.running.connections({ ...OPEN, ...question }).map(({ id }) => id);
  expect(ids({ limit: 2 })).toEqual([first!, second!]);
  expect(ids({ afterId: second! })).toEqual([third!]);
  expect(ids({ listener: "db" })).toEqual([third!]);
  idle.socket.destroy();
  await eventually(() => !ids({}).includes(first!), "the closed connection to be gone");
});

test("traffic is told by route and target, with what failed and how long it took", async () => {
  await using upstream = await EchoUpstream.start("a");
  await using proxy = await startTestProxy(yaml(upstream.target), ALONE);
  using client = await RawPeer.connect(proxy.port("web"));
  for (const target of ["/api", "/api", "/gone", "/nothing"]) await get(client, target);
  const { rows, workers } = proxy.running.counted();
  const { total, routes, targets } = trafficOf(collect(rows, workers.list()), 0);
  expect([total.requests, total.errors]).toEqual([4, 1]);
  expect(routes.map(({ route, requests, errors }) => [route, requests, errors]).sort()).toEqual([
    ["", 1, 0],
    ["shop/0", 2, 0],
    ["shop/1", 1, 1],
  ]);
  const api = targets.find(({ target }) => target === upstream.target);
  expect(api).toMatchObject({ upstream: "shop/0", requests: 2, errors: 0 });
  expect(targets.find(({ target }) => target === "127.0.0.1:1")).toMatchObject({ errors: 1, p99_ms: null });
  expect(api!.p50_ms).toBeGreaterThan(0);
  expect(total.durations.reduce((sum, [, count]) => sum + count, 0)).toBe(4);
});
