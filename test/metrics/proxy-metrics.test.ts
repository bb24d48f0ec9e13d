/** What real requests and tunnels leave in the metrics, counted by sockets on both sides. */
import { expect, test } from "bun:test";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ENDING_RULES } from "../../src/observe/metrics/label-words.ts";
import { H2_FAULTS } from "../../src/protocol/h2/fault.ts";
import { metricsPage } from "../../src/runtime/start.ts";
import { H2Peer } from "../attacks/h2/h2-peer.ts";
import { ping, windowUpdate } from "../h2/frames.ts";
import { AutoUpstream } from "../support/auto-upstream.ts";
import { eventually } from "../support/eventually.ts";
import { RawPeer } from "../support/raw-peer.ts";
import { ScriptedUpstream } from "../support/scripted-upstream.ts";
import { startTestProxy, type TestProxy } from "../support/test-proxy.ts";
import { lintExposition } from "./lint-exposition.ts";
import { Shown } from "./shown.ts";

/** Nobody listens there. */
const CLOSED = "127.0.0.1:1";

test("requests are counted by route, method and class, with their bytes and time", async () => {
  await using upstream = await AutoUpstream.start((request, response) => {
    response.statusCode = request.url === "/api/teapot" ? 418 : 200;
    response.end("hello");
  });
  await using proxy = await startTestProxy(routesTo(upstream.target));
  const url = `http://127.0.0.1:${proxy.port("web")}`;
  for (let i = 0; i < 3; i++) await fetch(`${url}/api/x`).then((answer) => answer.text());
  await fetch(`${url}/api/teapot`, { method: "POST", body: "12345678" }).then((answer) => answer.text());
  await fetch(`${url}/api/x`, { method: "PROPFIND" }).then((answer) => answer.text());
  await fetch(`${url}/fixed`).then((answer) => answer.text());
  await fetch(`${url}/nowhere`).then((answer) => answer.text());
  await proxy.record(6);

  const shown = show(proxy);
  const api = { listener: "web", route: "test/0", upstream: "api" };
  const unrouted = { listener: "web", route: "", upstream: "" };
  expect(shown.value("portward_requests_total", { ...api, method: "GET", code: "2xx" })).toBe(3);
  expect(shown.value("portward_requests_total", { ...api, method: "POST", code: "4xx" })).toBe(1);
  expect(shown.value("portward_requests_total", { ...api, method: "other", code: "2xx" })).toBe(1);
  expect(shown.value("portward_requests_total", { ...unrouted, method: "GET", code: "4xx" })).toBe(1);
  expect(shown.value("portward_request_errors_total", { ...unrouted, error: "route.not_found" })).toBe(1);
  expect(shown.sum("portward_requests_total", { route: "test/1" })).toBe(1);
  expect(shown.sum("portward_requests_total")).toBe(7);
  expect(shown.value("portward_request_duration_seconds_count", { ...api, code: "2xx" })).toBe(4);
  expect(shown.value("portward_request_duration_seconds_sum", { ...api, code: "2xx" })).toBeGreaterThan(0);
  expect(shown.value("portward_request_body_bytes_total", api)).toBe(8);
  expect(shown.value("portward_response_body_bytes_total", api)).toBe(25);
  const target = { upstream: "api", target: upstream.target };
  expect(shown.value("portward_target_responses_total", { ...target, code: "2xx" })).toBe(4);
  expect(shown.value("portward_target_responses_total", { ...target, code: "4xx" })).toBe(1);
  expect(shown.value("portward_target_attempts_total", target)).toBe(5);
  expect(shown.value("portward_target_retries_total", target)).toBe(0);
  const connections = shown.sum("portward_target_connects_total", target);
  expect(connections).toBeWithin(1, 6);
  expect(connections + shown.sum("portward_target_reuses_total", target)).toBe(5);
  expect(shown.value("portward_target_connections", { ...target, state: "idle" })).toBe(connections);
  expect(shown.value("portward_target_response_duration_seconds_count", target)).toBe(5);
  await lint(proxy);
});

test("an attempt that failed is counted with its target, the request with the one that answered", async () => {
  await using upstream = await AutoUpstream.start((_, response) => response.end());
  await using proxy = await startTestProxy(routesTo(CLOSED, upstream.target));
  const url = `http://127.0.0.1:${proxy.port("web")}/api/`;
  for (let i = 0; i < 4; i++) await fetch(url).then((answer) => answer.text());
  await proxy.record(3);
  const shown = show(proxy);
  const refused = shown.value("portward_target_errors_total", {
    upstream: "api",
    target: CLOSED,
    error: "upstream.refused",
  });
  const answered = { upstream: "api", target: upstream.target };
  expect(refused).toBeGreaterThan(0);
  expect(shown.value("portward_target_retries_total", answered)).toBe(refused);
  expect(shown.value("portward_target_attempts_total", answered)).toBe(4);
  expect(shown.sum("portward_request_errors_total")).toBe(0);
  await lint(proxy);
});

test("failures are counted by their words, whether they were answered or not", async () => {
  await using upstream = await ScriptedUpstream.start();
  await using proxy = await startTestProxy(routesTo(upstream.target));
  using malformed = await RawPeer.connect(proxy.port("web"));
  malformed.send("GET / HTTP/1.1\r\nbad header\r\n\r\n");
  await malformed.until(/400/);
  using leaver = await RawPeer.connect(proxy.port("web"));
  leaver.send("GET /api/ HTTP/1.1\r\nHost: a\r\n\r\n");
  await (await upstream.accept()).until(/\r\n\r\n/);
  expect(show(proxy).value("portward_requests_active", { listener: "web" })).toBe(1);
  leaver.socket.resetAndDestroy();
  await proxy.record(1);
  const shown = show(proxy);
  expect(shown.sum("portward_request_errors_total", { error: "request.malformed", route: "" })).toBe(1);
  expect(shown.sum("portward_requests_total", { code: "4xx", method: "other", route: "" })).toBe(1);
  expect(shown.sum("portward_request_errors_total", { error: "request.aborted", route: "test/0" })).toBe(1);
  expect(shown.sum("portward_requests_total", { code: "none", method: "GET" })).toBe(1);
  expect(shown.value("portward_requests_active", { listener: "web" })).toBe(0);
  await lint(proxy);
});

test("connections are counted as they come, while they are there, and when they are turned away", async () => {
  await using proxy = await startTestProxy(routesTo(CLOSED, undefined, "limits: { connections: 2 }"));
  using first = await RawPeer.connect(proxy.port("web"));
  using second = await RawPeer.connect(proxy.port("web"));
  using third = await RawPeer.connect(proxy.port("web"));
  await third.closed;
  const web = { listener: "web" };
  expect(show(proxy).value("portward_connections_open", web)).toBe(2);
  expect(show(proxy).value("portward_connections_accepted_total", web)).toBe(2);
  expect(show(proxy).value("portward_connections_turned_away_total", web)).toBe(1);
  first.socket.destroy();
  second.socket.destroy();
  await eventually(() => show(proxy).value("portward_connections_open", web) === 0, "nobody is there");
  await lint(proxy);
});

test("connections over HTTP/2 that a flood or a broken rule has ended are counted by its word", async () => {
  await using proxy = await startTestProxy(routesTo(CLOSED));
  using flood = await H2Peer.connect(proxy.port("web"));
  flood.send(ping().repeat(600));
  using odd = await H2Peer.connect(proxy.port("web"));
  odd.send(windowUpdate(0, 0));
  const ended = (rule: string) =>
    show(proxy).sum("portward_http2_connections_ended_total", { listener: "web", rule });
  await eventually(() => ended("h2.budget") === 1 && ended("h2.zeroIncrement") === 1, "both");
  await lint(proxy);
});

test("each rule whose breach ends a connection has a word among the metrics", () => {
  const ending = Object.entries(H2_FAULTS).filter(([, { scope }]) => scope === "connection");
  expect(ending.map(([fault]) => `h2.${fault}`)).toEqual([...ENDING_RULES]);
});

test("tunnels are counted when they end, with their bytes", async () => {
  await using upstream = await ScriptedUpstream.start();
  await using proxy = await startTestProxy(`
listeners: { tunnel: { address: "127.0.0.1:0" } }
upstreams: { echo: { targets: ["${upstream.target}"] } }
routes: [{ kind: tcp, listen: tunnel, upstream: echo }]
`);
  using client = await RawPeer.connect(proxy.port("tunnel"));
  client.send("ping");
  const peer = await upstream.accept();
  await peer.until(/ping/);
  peer.send("pong!");
  await client.until(/pong!/);
  expect(show(proxy).value("portward_target_active", { upstream: "echo", target: upstream.target })).toBe(1);
  client.socket.end();
  peer.socket.end();
  await proxy.record(0);
  const shown = show(proxy);
  const labels = { listener: "tunnel", route: "test/0", upstream: "echo" };
  expect(shown.value("portward_tcp_session_duration_seconds_count", labels)).toBe(1);
  expect(shown.value("portward_tcp_received_bytes_total", labels)).toBe(4);
  expect(shown.value("portward_tcp_sent_bytes_total", labels)).toBe(5);
  expect(shown.value("portward_target_connects_total", { upstream: "echo", target: upstream.target })).toBe(
    1,
  );
  await lint(proxy);
});

test("a reload keeps the counts of what it keeps, and moves open connections with their listener", async () => {
  await using upstream = await AutoUpstream.start((_, response) => response.end());
  // An address that stays the same is what a listener is recognised by.
  const path = join(tmpdir(), `portward-metrics-${process.pid}.sock`);
  const before = routesTo(upstream.target).replace("127.0.0.1:0", `unix:${path}`);
  await using proxy = await startTestProxy(before);
  using client = new RawPeer(net.connect({ path }));
  client.send("GET /api/ HTTP/1.1\r\nHost: a\r\n\r\n");
  await client.until(/200/);
  const renamed = before.replace("web: {", "site: {");
  await proxy.reloaded(renamed.replaceAll("listen: web", "listen: site"));
  client.send("GET /api/ HTTP/1.1\r\nHost: a\r\n\r\n");
  await proxy.record(1);
  const shown = show(proxy);
  expect(shown.value("portward_connections_open", { listener: "web" })).toBeNull();
  expect(shown.value("portward_connections_open", { listener: "site" })).toBe(1);
  const target = { upstream: "api", target: upstream.target };
  expect(shown.value("portward_target_attempts_total", target)).toBe(2);
  expect(shown.sum("portward_requests_total", { listener: "site" })).toBe(1);
  await lint(proxy);
});

test("the requests of a route whose upstreams share them are counted by upstream", async () => {
  await using one = await AutoUpstream.start((_, response) => response.end());
  await using other = await AutoUpstream.start((_, response) => response.end());
  await using proxy = await startTestProxy(`
listeners: { web: { address: "127.0.0.1:0" } }
upstreams: { one: { targets: ["${one.target}"] }, other: { targets: ["${other.target}"] } }
routes: [{ listen: web, path: /, upstream: one, split: { to: { other: 50% } } }]
`);
  for (let i = 0; i < 40; i++)
    await fetch(`http://127.0.0.1:${proxy.port("web")}/`).then((answer) => answer.text());
  await proxy.record(39);
  const shown = show(proxy);
  expect(shown.sum("portward_requests_total", { upstream: "one" })).toBe(one.requests);
  expect(shown.sum("portward_requests_total", { upstream: "other" })).toBe(other.requests);
  expect(one.requests + other.requests).toBe(40);
  expect(Math.min(one.requests, other.requests)).toBeGreaterThan(0);
});

test("requests that wait for a target to have room are shown", async () => {
  await using upstream = await ScriptedUpstream.start();
  await using proxy = await startTestProxy(`
listeners: { web: { address: "127.0.0.1:0" } }
upstreams: { api: { targets: ["${upstream.target}"], breaker: { requests: 1, queue: 5 } } }
routes: [{ listen: web, path: /, upstream: api }]
`);
  const waiting = () => show(proxy).value("portward_upstream_waiting", { upstream: "api" });
  expect(waiting()).toBe(0);
  using first = await RawPeer.connect(proxy.port("web"));
  using second = await RawPeer.connect(proxy.port("web"));
  for (const client of [first, second]) client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  await eventually(() => waiting() === 1, "one waits");
  await lint(proxy);
});

test("lines of the access log that cannot be written are counted", async () => {
  await using proxy = await startTestProxy(routesTo(CLOSED, undefined, "access_log: /dev/full"));
  for (let i = 0; i < 3; i++) await fetch(`http://127.0.0.1:${proxy.port("web")}/fixed`);
  const lost = () => show(proxy).value("portward_access_log_lines_lost_total", { worker: "0" });
  await eventually(() => lost() === 3, "three lost lines");
  await lint(proxy);
});

test("spans that do not reach their collector are counted", async () => {
  const tracing = 'tracing: { endpoint: "http://127.0.0.1:1", timeout: 100ms }';
  await using proxy = await startTestProxy(routesTo(CLOSED, undefined, tracing));
  for (let i = 0; i < 3; i++) await fetch(`http://127.0.0.1:${proxy.port("web")}/fixed`);
  const dropped = () => show(proxy).value("portward_spans_dropped_total", { worker: "0" });
  await eventually(() => dropped() === 3, "three spans");
  await lint(proxy);
});

test("routes without room are counted together, and one line of the log says so", async () => {
  const routes = Array.from(
    { length: 3_000 },
    (_, i) => `  - { listen: web, path: /r${i}, respond: { body: "" } }`,
  );
  const yaml = `listeners: { web: { address: "127.0.0.1:0" } }\nroutes:\n${routes.join("\n")}\n`;
  await using proxy = await startTestProxy(yaml);
  const told = proxy.events.filter(({ event }) => event === "metrics_series_limit");
  expect(told).toHaveLength(1);
  expect(told[0]!["count"]).toBeWithin(100, 2_000);
  for (const route of [0, 2_999]) await fetch(`http://127.0.0.1:${proxy.port("web")}/r${route}`);
  await proxy.record(1);
  expect(show(proxy).sum("portward_requests_total", { route: "test/0" })).toBe(1);
  expect(show(proxy).sum("portward_requests_total", { route: "other", listener: "other" })).toBe(1);
});

test("an event loop that stood still shows as late timers", async () => {
  await using proxy = await startTestProxy(routesTo(CLOSED));
  const lateSeconds = () => show(proxy).sum("portward_event_loop_lag_seconds_sum");
  const before = lateSeconds();
  // Longer than the timer's period, so that it must come late whenever it was due.
  for (const endMs = performance.now() + 900; performance.now() < endMs; );
  await eventually(() => lateSeconds() - before > 0.35, "the pause is seen");
  expect(lateSeconds() - before).toBeLessThan(10);
});

test("a process tells how it is, and its build", async () => {
  await using proxy = await startTestProxy(routesTo(CLOSED));
  const shown = show(proxy);
  expect(shown.text).toMatch(/^portward_build_info\{version="\d+\.\d+\.\d+",runtime="bun [\d.]+"\} 1$/m);
  expect(shown.value("portward_worker_up", { worker: "0" })).toBe(1);
  expect(shown.value("portward_worker_resident_memory_bytes", { worker: "0" })).toBeGreaterThan(1e6);
  expect(shown.value("process_open_fds")).toBeGreaterThan(2);
  expect(Math.abs(shown.value("process_start_time_seconds")! - Date.now() / 1000)).toBeLessThan(600);
  await eventually(() => show(proxy).sum("portward_event_loop_lag_seconds_count") > 0, "the loop is watched");
  await lint(proxy);
});

function routesTo(target: string, second?: string, settings = ""): string {
  const targets = [target, ...(second === undefined ? [] : [second])].map((each) => `"${each}"`).join(", ");
  return `
settings: { ${settings} }
listeners: { web: { address: "127.0.0.1:0" } }
upstreams: { api: { targets: [${targets}], balance: round_robin } }
routes:
  - { listen: web, path: /api, upstream: api }
  - { listen: web, path: /fixed, respond: { status: 200, body: hello } }
`;
}

function show(proxy: TestProxy): Shown {
  return new Shown(metricsPage(proxy.running.counted(), null));
}

async function lint(proxy: TestProxy): Promise<void> {
  const open = metricsPage(proxy.running.counted(), "application/openmetrics-text");
  expect(open.contentType).toStartWith("application/openmetrics-text; version=1.0.0");
  expect(lintExposition(open.body, "openMetrics")).toEqual([]);
  expect(lintExposition(metricsPage(proxy.running.counted(), null).body, "prometheus")).toEqual([]);
}
