import { afterEach, beforeEach, expect, test } from "bun:test";
import { connect } from "node:net";
import { connectionReport, FakeInstance, FakeWorker } from "../test-support/fake-instance.ts";
import { serveInstance } from "../test-support/serve-instance.ts";
import type { AdminServer } from "./server.ts";

const TOKEN = "not-to-be-shown-0123456789";
const SHOP = `
name: shop
listeners: { web: { address: "127.0.0.1:8080" } }
upstreams: { api: { targets: ["10.0.0.1:3000", "10.0.0.2:3000"] } }
routes:
  - { listen: web, host: shop.example, path: /api, upstream: api }
  - { listen: web, path: /old, redirect: { to: /new } }
  - { listen: web, path: "/<script>", targets: ["10.0.0.1:3000"] }
`;

let instance: FakeInstance;
let server: AdminServer;
const mistakes: Error[] = [];

function start(yaml: string): void {
  instance = new FakeInstance(yaml);
  server = serveInstance(instance, (error) => mistakes.push(error));
}

beforeEach(() => start(SHOP));
afterEach(() => {
  server.close();
  expect(mistakes).toEqual([]);
});

function ask(path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(`http://${server.address}${path}`, init);
}

async function codeOf(response: Response): Promise<string> {
  const { code, detail } = (await response.json()) as { code: string; detail: string };
  expect(detail).not.toBe("");
  return code;
}

test("readiness follows the instance, health does not", async () => {
  expect((await ask("/readyz")).status).toBe(200);
  instance.readiness = "draining";
  const ready = await ask("/readyz");
  expect([ready.status, await ready.json()]).toEqual([503, { status: "draining" }]);
  expect((await ask("/healthz")).status).toBe(200);
});

test("HEAD is answered like GET, other methods are refused with those that are allowed", async () => {
  const head = await ask("/api/snapshot", { method: "HEAD" });
  expect([head.status, await head.text()]).toEqual([200, ""]);
  for (const [path, method, allow] of [
    ["/api/snapshot", "POST", "GET, HEAD"],
    ["/api/snapshot", "DELETE", "GET, HEAD"],
    ["/api/reload", "GET", "POST"],
    ["/api/openapi.json", "PUT", "GET, HEAD"],
    ["/", "POST", "GET, HEAD"],
    ["/healthz", "OPTIONS", "GET, HEAD"],
  ] as const) {
    const response = await ask(path, { method });
    expect([path, response.status, response.headers.get("allow")]).toEqual([path, 405, allow]);
    expect(await codeOf(response)).toBe("admin.method");
  }
});

test("what is not there is 404, and says where to look", async () => {
  for (const path of ["/nothing", "/api/", "/api/drain/", "/api/drain", "/Healthz", "/api/drain/%E0%A4%A"]) {
    const response = await ask(path, { method: "POST" });
    expect([path, response.status]).toEqual([path, 404]);
    expect(await codeOf(response)).toBe("admin.not_found");
  }
});

test("every answer carries the fields that keep browsers from helping others", async () => {
  for (const path of ["/", "/healthz", "/api/snapshot", "/nothing"]) {
    const { headers } = await ask(path);
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("x-frame-options")).toBe("DENY");
    expect(headers.get("cache-control")).toBe("no-store");
    expect(headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(headers.get("access-control-allow-origin")).toBeNull();
  }
});

test("another site's page and another name are refused before anything is done", async () => {
  const crossSite = await ask("/api/stop", { method: "POST", headers: { "Sec-Fetch-Site": "cross-site" } });
  expect([crossSite.status, await codeOf(crossSite)]).toEqual([403, "admin.cross_site"]);
  const origin = await ask("/api/stop", { method: "POST", headers: { Origin: "https://evil.example" } });
  expect([origin.status, await codeOf(origin)]).toEqual([403, "admin.cross_site"]);
  const rebound = await ask("/api/stop", { method: "POST", headers: { Host: "evil.example" } });
  expect([rebound.status, await codeOf(rebound)]).toEqual([421, "admin.host"]);
  expect(instance.isStopped).toBe(false);
});

test("with a token set, nothing but probes is answered without it", async () => {
  server.close();
  start(`${SHOP}\nsettings: { admin: { token: ${TOKEN} } }`);
  for (const path of ["/", "/api/snapshot", "/api/openapi.json", "/nothing"]) {
    const response = await ask(path);
    expect([path, response.status]).toEqual([path, 401]);
    expect(response.headers.get("www-authenticate")).toStartWith("Bearer");
    expect(await codeOf(response)).toBe("admin.unauthorised");
  }
  expect((await ask("/healthz")).status).toBe(200);
  expect((await ask("/readyz")).status).toBe(200);
  const headers = { Authorization: `Bearer ${TOKEN}` };
  expect((await ask("/api/snapshot", { headers })).status).toBe(200);
  const configuration = await (await ask("/api/config", { headers })).text();
  expect(configuration).not.toContain(TOKEN);
  expect(JSON.parse(configuration).settings.admin).toEqual({ token: "***", hosts: [], tls: null });
});

test("a body where none is wanted, one that is too large, a key that does not exist", async () => {
  const unwanted = await ask("/api/reload", { method: "POST", body: "{}" });
  expect([unwanted.status, await codeOf(unwanted)]).toEqual([400, "admin.body"]);
  const unknown = await ask("/api/connections?limt=5");
  expect([unknown.status, await codeOf(unknown)]).toEqual([400, "admin.query"]);
  for (const query of ["limit=0", "limit=1001", "limit=x", "after=1", "after=1:2:3", "limit=1&limit=2"]) {
    const wrong = await ask(`/api/connections?${query}`);
    expect([query, wrong.status, await codeOf(wrong)]).toEqual([query, 400, "admin.query"]);
  }
  for (const [query, says] of [
    ["connections?limit=x", "limit: must be a whole number from 1 to 1000"],
    ["connections?after=1", "after: must be the `next` of the page before"],
    ["requests?status=9x", "status: must be a status such as 502, or a class such as 5xx"],
    ["requests?nope=1", "unknown here: nope"],
  ]) {
    expect(await (await ask(`/api/${query}`)).json()).toEqual({ code: "admin.query", detail: says });
  }
  const large = await ask("/api/reload", { method: "POST", body: "x".repeat(100_000) });
  expect(large.status).toBe(413);
  expect(instance.lastReload.trigger).toBe("start");
});

test("a body without an end is not read to its end", async () => {
  let sent = 0;
  const body = new ReadableStream({
    pull(controller) {
      sent += 16_384;
      controller.enqueue(new Uint8Array(16_384));
    },
  });
  const response = await ask("/api/reload", { method: "POST", body }).catch(() => null);
  expect([null, 413]).toContain(response?.status ?? null);
  expect(sent).toBeLessThan(50_000_000);
});

test("garbage on the wire gets an answer or a close", async () => {
  for (const bytes of [
    "GET / HTTP/1.1\r\n\r\n",
    "GET http://[ HTTP/1.1\r\nHost: [\r\n\r\n",
    "\0\0\0\r\n\r\n",
  ]) {
    const answer = await exchangeRaw(bytes);
    expect(answer).not.toContain(" 200 ");
  }
  expect((await ask("/healthz")).status).toBe(200);
});

test("the snapshot has the load of all workers together", async () => {
  instance.workerList = [new FakeWorker(0), new FakeWorker(1)];
  for (const worker of instance.workerList) {
    worker.targets = [
      {
        upstream: "api",
        target: "10.0.0.1:3000",
        ips: ["10.0.0.1"],
        failure: null,
        drained: false,
        out: null,
        panic: false,
        leaving: false,
        active: 2,
        connections: 5,
        connecting: 1,
        idle: 2,
      },
    ];
  }
  const snapshot = (await (await ask("/api/snapshot")).json()) as {
    listeners: object[];
    upstreams: { targets: object[] }[];
    routes: object[];
  };
  expect(snapshot.listeners).toMatchObject([{ name: "web", connections: 6, unsent_bytes: 20 }]);
  expect(snapshot.upstreams[0]!.targets[0]).toMatchObject({
    target: "10.0.0.1:3000",
    active: 4,
    connections: 10,
    connecting: 2,
    idle: 4,
  });
  expect(snapshot.routes[0]).toMatchObject({
    label: "shop/0",
    match: "shop.example prefix /api",
    upstream: "api",
    line: 6,
  });
});

test("a reload that is refused is 422 and says why; the status keeps it", async () => {
  const done = await ask("/api/reload", { method: "POST" });
  expect([done.status, await done.json()]).toMatchObject([200, { result: "done", trigger: "admin" }]);
  const finding = {
    severity: "error",
    code: "config.no_routes",
    message: "the configuration has no routes",
    origin: { file: "shop.yaml", line: 1, column: 1 },
    suggestion: null,
    excerpt: null,
    related: [],
  } as const;
  instance.outcome = { done: false, diagnostics: [finding] };
  const refused = await ask("/api/reload", { method: "POST" });
  const view = { result: "refused", diagnostics: [{ code: "config.no_routes", file: "shop.yaml", line: 1 }] };
  expect([refused.status, await refused.json()]).toMatchObject([422, view]);
  expect(await (await ask("/api/config/status")).json()).toMatchObject({ last_reload: view, routes: 3 });
  expect(await (await ask("/")).text()).toContain("config.no_routes");
});

test("a target is drained in every upstream that has it, or in one", async () => {
  const all = await ask("/api/drain/10.0.0.1:3000", { method: "POST" });
  expect(await all.json()).toEqual({
    targets: [
      { upstream: "api", target: "10.0.0.1:3000", drained: true },
      { upstream: "shop/2", target: "10.0.0.1:3000", drained: true },
    ],
  });
  await ask("/api/enable/10.0.0.1%3A3000?upstream=api", { method: "POST" });
  expect(instance.drains).toEqual([
    "drain api 10.0.0.1:3000",
    "drain shop/2 10.0.0.1:3000",
    "enable api 10.0.0.1:3000",
  ]);
  const unknown = await ask("/api/drain/10.9.9.9:1", { method: "POST" });
  expect([unknown.status, await codeOf(unknown)]).toEqual([404, "admin.no_target"]);
});

test("connections come page by page, worker after worker, each once", async () => {
  instance.workerList = [new FakeWorker(1), new FakeWorker(0)];
  instance.workerList[0]!.connectionList = [1, 4, 9].map((id) => connectionReport(id));
  instance.workerList[1]!.connectionList = [2, 3].map((id) => connectionReport(id, { listener: "other" }));
  const seen: string[][] = [];
  for (let after: string | null = ""; after !== null; ) {
    const page = (await (await ask(`/api/connections?limit=2${after && `&after=${after}`}`)).json()) as {
      connections: { id: string }[];
      next: string | null;
    };
    seen.push(page.connections.map(({ id }) => id));
    after = page.next;
  }
  expect(seen).toEqual([["0:2", "0:3"], ["1:1", "1:4"], ["1:9"]]);
  const some = await (await ask("/api/connections?listener=other")).json();
  expect(some).toMatchObject({ connections: [{ id: "0:2" }, { id: "0:3" }], next: null });
});

test("metrics are Prometheus's text, or there are none", async () => {
  const page = await ask("/metrics");
  expect(page.headers.get("content-type")).toStartWith("text/plain; version=0.0.4");
  expect(await page.text()).toContain("portward_build_info");
  const open = await ask("/metrics", { headers: { Accept: "application/openmetrics-text; version=1.0.0" } });
  expect(open.headers.get("content-type")).toStartWith("application/openmetrics-text");
  instance.memory = null;
  for (const path of ["/metrics", "/api/traffic"]) {
    const missing = await ask(path);
    expect([missing.status, await codeOf(missing)]).toEqual([404, "admin.not_counted"]);
  }
});

test("stop is answered before it is done", async () => {
  const response = await ask("/api/stop", { method: "POST" });
  expect([response.status, await response.json()]).toEqual([202, { status: "draining" }]);
  expect(instance.isStopped).toBe(true);
});

test("the page shows what there is, as text", async () => {
  const page = await (await ask("/")).text();
  for (const word of ["shop/0", "shop.example", "10.0.0.2:3000", "ready"]) expect(page).toContain(word);
  expect(page).not.toContain("<script");
  expect(page).toContain("&#60;script");
});

function exchangeRaw(bytes: string): Promise<string> {
  const colon = server.address.lastIndexOf(":");
  const { promise, resolve } = Promise.withResolvers<string>();
  let received = "";
  const socket = connect(Number(server.address.slice(colon + 1)), "127.0.0.1", () => socket.end(bytes));
  socket.on("data", (chunk) => {
    received += chunk.toString("latin1");
    socket.destroy();
  });
  socket.on("error", () => {});
  socket.on("close", () => resolve(received));
  return promise;
}
