/** Traces from end to end: what targets are told, and what a collector gets. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { VERSION } from "../../src/base/version.ts";
import { parseConfiguration } from "../../src/config/load.ts";
import { ask, askOnce, EchoUpstream, fieldOf } from "../support/echo-upstream.ts";
import { eventually } from "../support/eventually.ts";
import { RawPeer } from "../support/raw-peer.ts";
import { ScriptedUpstream } from "../support/scripted-upstream.ts";
import { startTestProxy, type TestProxy } from "../support/test-proxy.ts";
import { type CollectedSpan, Collector } from "./collector.ts";

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const SPAN = "b7ad6b7169203331";

let collector: Collector;
beforeEach(() => {
  collector = new Collector();
});
afterEach(async () => collector[Symbol.asyncDispose]());

function tracing(more = ""): string {
  return `{ endpoint: "${collector.endpoint}"${more} }`;
}

function tracingProxy(target: string, settings: string): Promise<TestProxy> {
  return startTestProxy(`
name: shop
settings: ${settings}
listeners: { web: { address: "127.0.0.1:0" } }
routes: [{ listen: web, path: "/items/{id}", targets: ["${target}"] }]
`);
}

/** What reached the target of a trace. */
async function traceFieldsAt(proxy: TestProxy, ...fields: string[]) {
  const line = "GET /items/7?token=SECRET&x=1 HTTP/1.1";
  const { echo } = await askOnce(
    proxy.port(),
    line,
    "Host: shop.example:80",
    "User-Agent: curl/8",
    ...fields,
  );
  return { traceparent: fieldOf(echo, "traceparent"), tracestate: fieldOf(echo, "tracestate") };
}

describe("off", () => {
  test("what clients say of traces passes as it is, right or wrong", async () => {
    await using upstream = await EchoUpstream.start("a");
    await using proxy = await tracingProxy(upstream.target, "{}");
    expect(await traceFieldsAt(proxy, `Traceparent: 00-${TRACE}-${SPAN}-01`, "Tracestate: a=1")).toEqual({
      traceparent: `00-${TRACE}-${SPAN}-01`,
      tracestate: "a=1",
    });
    expect(await traceFieldsAt(proxy, "traceparent: nonsense", "tracestate: ,,")).toEqual({
      traceparent: "nonsense",
      tracestate: ",,",
    });
  });

  test("OpenTelemetry is not loaded", async () => {
    const script = `
      import { parseConfiguration } from "./src/config/load.ts";
      import { startProxy } from "./src/runtime/start.ts";
      const routes = 'routes: [{ listen: "127.0.0.1:0", path: /, respond: {} }]';
      const settings = process.argv.at(-1) === "on" ? "settings: { tracing: { endpoint: http://127.0.0.1:9 } }" : "";
      const { value } = parseConfiguration("a.yaml", routes + "\\n" + settings);
      const proxy = await startProxy(value.configuration, { adminAddress: null, log() {} });
      console.log(Object.keys(require.cache).filter((name) => name.includes("opentelemetry")).length);
      process.exit(0);
    `;
    const loaded = async (mode: string) => {
      const root = join(import.meta.dir, "../..");
      const child = Bun.spawn([process.execPath, "-e", script, mode], { cwd: root, stdout: "pipe" });
      return Number(await new Response(child.stdout).text());
    };
    expect(await loaded("off")).toBe(0);
    expect(await loaded("on")).toBeGreaterThan(0);
  });
});

describe("on", () => {
  test("a request without a trace begins one: a span for it, and one for the attempt", async () => {
    await using upstream = await EchoUpstream.start("a");
    await using proxy = await tracingProxy(
      upstream.target,
      `{ tracing: ${tracing(", service_name: edge")} }`,
    );
    const { traceparent } = await traceFieldsAt(proxy, "tracestate: of=nobody");
    const [attempt, exchange] = byKind(await collector.collected(2));
    expect(traceparent).toBe(`00-${exchange.traceId}-${attempt.spanId}-03`);
    expect(exchange).toMatchObject({
      traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
      parentSpanId: "",
      name: "GET /items/{id}",
      status: 0,
      attributes: {
        "http.request.method": "GET",
        "http.response.status_code": 200,
        "http.route": "/items/{id}",
        "url.scheme": "http",
        "url.path": "/items/7",
        "url.query": "token=***&x=1",
        "server.address": "shop.example",
        "server.port": 80,
        "client.address": "127.0.0.1",
        "network.protocol.version": "1.1",
        "user_agent.original": "curl/8",
        "portward.listener": "web",
        "portward.route": "shop/0",
        "portward.request_id": expect.stringMatching(/^[0-9a-f]{32}$/),
      },
    });
    expect(attempt).toMatchObject({
      traceId: exchange.traceId,
      parentSpanId: exchange.spanId,
      name: "GET",
      status: 0,
      attributes: {
        "http.request.method": "GET",
        "http.response.status_code": 200,
        "server.address": "127.0.0.1",
        "server.port": upstream.port,
        "url.full": `http://${upstream.target}/items/7?token=***&x=1`,
        "portward.connection.reused": false,
        "portward.connect_ms": expect.any(Number),
        "portward.head_ms": expect.any(Number),
      },
    });
    expect(exchange.startNs).toBeLessThanOrEqual(attempt.startNs);
    expect(attempt.endNs).toBeLessThanOrEqual(exchange.endNs);
    expect(Math.abs(exchange.endNs / 1e6 - Date.now())).toBeLessThan(60_000);
    expect(collector.resource).toMatchObject({ "service.name": "edge", "service.version": VERSION });
    expect(collector.scope).toBe("portward");
  });

  test("a caller's trace goes on, with its state, and is in the access log", async () => {
    await using upstream = await EchoUpstream.start("a");
    const folder = mkdtempSync(join(tmpdir(), "portward-trace-"));
    const path = join(folder, "access.log");
    await using proxy = await tracingProxy(
      upstream.target,
      `{ access_log: ${path}, tracing: ${tracing(", sample: 0")} }`,
    );
    const sent = await traceFieldsAt(
      proxy,
      `traceparent: 00-${TRACE}-${SPAN}-01`,
      "tracestate: a=1",
      "Tracestate: b=2",
    );
    const [attempt, exchange] = byKind(await collector.collected(2));
    expect(exchange).toMatchObject({ traceId: TRACE, parentSpanId: SPAN });
    expect(sent).toEqual({ traceparent: `00-${TRACE}-${attempt.spanId}-01`, tracestate: "a=1 | b=2" });
    await proxy.running.drain(1_000);
    expect(JSON.parse(readFileSync(path, "utf8"))).toMatchObject({ trace_id: TRACE });
    rmSync(folder, { recursive: true });
  });

  test("what a caller does not sample goes on and is not sent", async () => {
    await using upstream = await EchoUpstream.start("a");
    await using proxy = await tracingProxy(upstream.target, `{ tracing: ${tracing()} }`);
    const { traceparent } = await traceFieldsAt(proxy, `traceparent: 00-${TRACE}-${SPAN}-00`);
    expect(traceparent).toMatch(new RegExp(`^00-${TRACE}-(?!${SPAN})[0-9a-f]{16}-00$`));
    await traceFieldsAt(proxy);
    await collector.collected(2);
    expect(collector.spans.map(({ traceId }) => traceId)).not.toContain(TRACE);
  });

  test("nonsense begins a new trace, and so do two of them; what is said of its state ends", async () => {
    await using upstream = await EchoUpstream.start("a");
    await using proxy = await tracingProxy(upstream.target, `{ tracing: ${tracing()} }`);
    const right = `traceparent: 00-${TRACE}-${SPAN}-01`;
    for (const fields of [["traceparent: nonsense"], [right, right], [right.replace("00-", "ff-")]]) {
      const sent = await traceFieldsAt(proxy, ...fields, "tracestate: a=1");
      expect(sent.tracestate).toBeUndefined();
      expect(sent.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-03$/);
      expect(sent.traceparent).not.toContain(TRACE);
    }
    const kept = await traceFieldsAt(proxy, right, "tracestate: a=1,a=2");
    expect(kept.traceparent).toContain(TRACE);
    expect(kept.tracestate).toBeUndefined();
  });

  test("with `parents: trusted_proxies` a stranger's trace does not go on", async () => {
    await using upstream = await EchoUpstream.start("a");
    const parents = tracing(", parents: trusted_proxies");
    for (const [trusted, goesOn] of [
      ["10.0.0.0/8", false],
      ["127.0.0.1", true],
    ] as const) {
      await using proxy = await tracingProxy(
        upstream.target,
        `{ trusted_proxies: ["${trusted}"], tracing: ${parents} }`,
      );
      const { traceparent } = await traceFieldsAt(proxy, `traceparent: 00-${TRACE}-${SPAN}-01`);
      expect(traceparent!.includes(TRACE)).toBe(goesOn);
    }
  });

  test("a share of the traces is sent, and the others know that they are not", async () => {
    await using upstream = await EchoUpstream.start("a");
    await using proxy = await tracingProxy(upstream.target, `{ tracing: ${tracing(", sample: 0.5")} }`);
    using client = await RawPeer.connect(proxy.port());
    const flags: string[] = [];
    for (let count = 0; count < 200; count++) {
      const { echo } = await ask(client, "GET /items/1 HTTP/1.1", "Host: h");
      flags.push(fieldOf(echo, "traceparent")!.slice(-2));
    }
    const sampled = flags.filter((each) => each === "03").length;
    expect(flags.filter((each) => each === "02")).toHaveLength(200 - sampled);
    expect(Math.abs(sampled - 100)).toBeLessThan(45);
    expect((await collector.collected(2 * sampled)).length).toBe(2 * sampled);
  });
});

describe("failures", () => {
  test("each attempt has a span of its own, with what went wrong", async () => {
    await using upstream = await EchoUpstream.start("a");
    await using proxy = await startTestProxy(`
name: shop
settings: { tracing: ${tracing()} }
upstreams: { api: { balance: round_robin, targets: ["127.0.0.1:1", "${upstream.target}"] } }
listeners: { web: { address: "127.0.0.1:0" } }
routes:
  - { listen: web, path: /, upstream: api }
  - { listen: web, path: /down, targets: ["127.0.0.1:1"] }
`);
    // In turn: one of the two begins with the target that is down.
    for (let count = 0; count < 2; count++) await askOnce(proxy.port(), "GET / HTTP/1.1", "Host: h");
    const [first, second, exchange] = spansOfTwoAttempts(await collector.collected(5));
    expect(exchange!.status).toBe(0);
    expect(first).toMatchObject({ status: 2, message: "upstream.refused" });
    expect(first!.attributes).toMatchObject({
      "error.type": "upstream.refused",
      "portward.cause": "ECONNREFUSED",
      "server.port": 1,
    });
    expect(first!.attributes).not.toHaveProperty("http.request.resend_count");
    expect(second!.attributes).toMatchObject({
      "http.request.resend_count": 1,
      "http.response.status_code": 200,
    });
    collector.spans.length = 0;
    await askOnce(proxy.port(), "GET /down HTTP/1.1", "Host: h");
    const [attempt, failed] = byKind(await collector.collected(2));
    expect(attempt).toMatchObject({ status: 2 });
    expect(failed).toMatchObject({
      status: 2,
      message: "upstream.refused",
      attributes: { "error.type": "upstream.refused", "http.response.status_code": 502 },
    });
  });

  test("an answer of the proxy's own has one span; what the client did wrong is no error of ours", async () => {
    await using upstream = await EchoUpstream.start("a");
    await using proxy = await tracingProxy(upstream.target, `{ tracing: ${tracing()} }`);
    await askOnce(proxy.port(), "BREW /nothing HTTP/1.1", "Host: h");
    const [only] = await collector.collected(1);
    expect(only).toMatchObject({ name: "HTTP", kind: 2, status: 0 });
    expect(only!.attributes).toMatchObject({
      "http.request.method": "_OTHER",
      "http.request.method_original": "BREW",
      "http.response.status_code": 404,
    });
    expect(only!.attributes).not.toHaveProperty("http.route");
  });

  test("an exchange that ends in the middle ends its attempt with it", async () => {
    await using upstream = await ScriptedUpstream.start();
    await using proxy = await tracingProxy(upstream.target, `{ tracing: ${tracing()} }`);
    const client = await RawPeer.connect(proxy.port());
    client.send("GET /items/1 HTTP/1.1\r\nHost: h\r\n\r\n");
    const target = await upstream.accept();
    await target.until(/\r\n\r\n/);
    client.reset();
    const [attempt, exchange] = byKind(await collector.collected(2));
    expect(attempt).toMatchObject({ status: 2, message: "request.aborted" });
    // Nobody failed but the client.
    expect(exchange).toMatchObject({ status: 0, attributes: { "error.type": "request.aborted" } });
  });
});

describe("a collector", () => {
  test("gets the fields that it is due, and they are shown nowhere", async () => {
    await using upstream = await EchoUpstream.start("a");
    const settings = tracing(', headers: { Authorization: "Bearer SECRET-KEY" }');
    await using proxy = await tracingProxy(upstream.target, `{ tracing: ${settings} }`);
    await traceFieldsAt(proxy);
    await collector.collected(2);
    expect(collector.requests[0]!.headers.get("authorization")).toBe("Bearer SECRET-KEY");
    expect(new URL(collector.requests[0]!.url).pathname).toBe("/v1/traces");
    expect(JSON.stringify(proxy.events)).not.toContain("SECRET");
  });

  test("that refuses costs spans and no request, and that is told", async () => {
    collector.status = 400;
    await using upstream = await EchoUpstream.start("a");
    await using proxy = await tracingProxy(upstream.target, `{ tracing: ${tracing()} }`);
    await traceFieldsAt(proxy);
    await eventually(() => proxy.events.some(({ event }) => event === "spans_dropped"), "told");
    expect(proxy.events).toMatchObject([{ level: "warn", event: "spans_dropped", count: 2 }]);
  });

  test("that does not answer holds nobody up, not even the end", async () => {
    await using silent = await ScriptedUpstream.start();
    await using proxy = await startTestProxy(`
settings: { tracing: { endpoint: "http://${silent.target}", timeout: 30s } }
routes: [{ listen: "127.0.0.1:0", path: /, respond: { status: 204 } }]
`);
    using client = await RawPeer.connect(proxy.port());
    client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n".repeat(3_000));
    await eventually(() => client.received.split("HTTP/1.1 204").length === 3_001, "all answered");
    const begun = performance.now();
    await proxy.running.drain(1_000);
    expect(performance.now() - begun).toBeLessThan(10_000);
    const dropped = proxy.events.filter(({ event }) => event === "spans_dropped");
    // 512 are under way and 2,048 wait; nobody hears of them either.
    expect(dropped.reduce((sum, { count }) => sum + Number(count), 0)).toBeGreaterThan(2_400);
    expect(dropped[0]).toMatchObject({ cause: "full" });
  }, 60_000);

  test("comes and goes with a reload", async () => {
    await using upstream = await EchoUpstream.start("a");
    await using proxy = await tracingProxy(upstream.target, "{}");
    const configuration = (settings: string) => {
      const routes = `routes: [{ listen: web, path: /, targets: ["${upstream.target}"] }]`;
      const loaded = parseConfiguration(
        "test.yaml",
        `settings: ${settings}\nlisteners: { web: { address: "127.0.0.1:0" } }\n${routes}`,
      );
      if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
      return loaded.value.configuration;
    };
    expect((await proxy.running.reload(configuration(`{ tracing: ${tracing()} }`))).ok).toBe(true);
    expect((await traceFieldsAt(proxy)).traceparent).toBeDefined();
    await collector.collected(2);
    expect((await proxy.running.reload(configuration("{}"))).ok).toBe(true);
    expect((await traceFieldsAt(proxy)).traceparent).toBeUndefined();
  });
});

/** Of the exchange that took two attempts: theirs in their order, then its own. */
function spansOfTwoAttempts(spans: readonly CollectedSpan[]): (CollectedSpan | undefined)[] {
  const groups = Object.values(Object.groupBy(spans, ({ traceId }) => traceId));
  const group = groups.find((each) => each?.length === 3) ?? [];
  const attempts = group.filter(({ kind }) => kind === 3).sort((a, b) => a.startNs - b.startNs);
  return [...attempts, group.find(({ kind }) => kind === 2)];
}

function byKind(spans: readonly CollectedSpan[]): [attempt: CollectedSpan, exchange: CollectedSpan] {
  return [spans.find(({ kind }) => kind === 3)!, spans.find(({ kind }) => kind === 2)!];
}
