/**
 * The same agreement as in `agreement.property.test.ts`, a few dozen times and through real sockets: session,
 * pool and kernel included. What arrives at an upstream is, byte for byte, what `explain` said would be sent.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import net, { type AddressInfo } from "node:net";
import { parseConfiguration } from "../../src/config/load.ts";
import { parseRequestUrl } from "../../src/config/values/request-url.ts";
import { Explainer } from "../../src/explain/explainer.ts";
import { type ExplainedRequest, requestBytes } from "../../src/explain/request.ts";
import { RawPeer } from "../support/raw-peer.ts";
import { startTestProxy, type TestProxy } from "../support/test-proxy.ts";

/** Answers every head with 204 and keeps it. */
class HeadKeeper {
  heads: string[] = [];
  readonly #server = net.createServer((socket) => {
    let received = "";
    socket.on("error", () => undefined);
    socket.on("data", (chunk) => {
      received += chunk.toString("latin1");
      const end = received.indexOf("\r\n\r\n");
      if (end === -1) return;
      this.heads.push(received.slice(0, end + 4));
      received = "";
      socket.write("HTTP/1.1 204 No Content\r\n\r\n");
    });
  });

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
  }

  get target(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.close();
  }
}

const keepers = new Map([
  ["api", new HeadKeeper()],
  ["pages", new HeadKeeper()],
]);
let proxy: TestProxy;
let explainer: Explainer;

beforeAll(async () => {
  await Promise.all([...keepers.values()].map((keeper) => keeper.listen()));
  const yaml = `
name: test
settings: { trusted_proxies: [127.0.0.0/8], forwarded: on }
listeners: { web: { address: "127.0.0.1:0" } }
upstreams:
  api: { targets: ["${keepers.get("api")!.target}"] }
  pages: { targets: ["${keepers.get("pages")!.target}"] }
routes:
  - { listen: web, host: shop.example, path: /api, rewrite: /, upstream: api }
  - { listen: web, host: shop.example, path: "/users/{id}", rewrite: "/v2/{id}/own?id={id}", upstream: api }
  - { listen: web, host: "*.example", path: /, headers: { x-canary: "1" }, upstream: api }
  - { listen: web, host: "*.example", path: /, upstream: pages, limits: { body: 10B } }
  - { listen: web, path: /moved, redirect: { to: "https://{host}{path}", status: 308 } }
  - { listen: web, path: /fixed, methods: [GET], respond: { status: 203, body: fixed } }
`;
  proxy = await startTestProxy(yaml);
  const loaded = parseConfiguration("test.yaml", yaml);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  explainer = new Explainer(loaded.value);
});

afterAll(async () => {
  await proxy[Symbol.asyncDispose]();
  for (const keeper of keepers.values()) keeper.close();
});

const TARGETS = [
  "shop.example/api",
  "shop.example/api/users?page=2",
  "SHOP.example/api/./a/%2e%2e/%62?x",
  "shop.example/apiary",
  "shop.example/users/7/mail",
  "shop.example/users/%zz",
  "www.shop.example/",
  "www.shop.example/%2Fa//b?q=%20",
  "other/moved/x?y=1",
  "other/fixed",
  "other/nowhere",
];
const HEADS: readonly ExplainedRequest["headers"][] = [
  [],
  [
    ["X-Canary", "1"],
    ["Connection", "x-own"],
    ["X-Own", "1"],
    ["X-Forwarded-For", "203.0.113.7"],
  ],
  [
    ["Content-Length", "11"],
    ["Expect", "nothing"],
  ],
  [
    ["X_Forwarded_Host", "evil.example"],
    ["TE", "trailers"],
    ["X-Request-Id", "given"],
  ],
];

for (const [index, headers] of HEADS.entries()) {
  for (const target of TARGETS) {
    test(`http://${target} with header fields ${index}`, () => agree(requestFor(target, headers)));
  }
}

async function agree(request: ExplainedRequest): Promise<void> {
  const { outcome } = explainer.decide(request);
  for (const keeper of keepers.values()) keeper.heads = [];
  using client = await RawPeer.connect(proxy.port());
  client.send(requestBytes(request).toString("latin1"));
  const answer = await client.until(/\r\n\r\n/);
  const status = Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1]);
  const sent = [...keepers].flatMap(([name, { heads }]) =>
    heads.map((head) => `${name}: ${withoutId(head)}`),
  );
  if (outcome.kind === "forwarded") {
    expect(sent).toEqual([`${outcome.upstream.name}: ${withoutId(outcome.sent.bytes.toString("latin1"))}`]);
    return;
  }
  expect(sent).toEqual([]);
  if (outcome.kind !== "answered" && outcome.kind !== "refused") throw new Error(outcome.kind);
  expect(status).toBe(outcome.status!);
  if (outcome.kind === "answered") {
    for (const [name, value] of outcome.fields) expect(answer).toContain(`\r\n${name}: ${value}\r\n`);
  }
}

function requestFor(target: string, headers: ExplainedRequest["headers"]): ExplainedRequest {
  const url = parseRequestUrl(`http://${target}`);
  if (!url.ok) throw new Error(url.error);
  return { method: "GET", url: url.value, headers, from: "127.0.0.1" };
}

/** The digits that nobody can foretell. */
function withoutId(head: string): string {
  return head.replace(/\r\nX-Request-Id: (\(new\)|[0-9a-f]{32})\r\n/, "\r\nX-Request-Id: …\r\n");
}
