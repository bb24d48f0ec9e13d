/** `X-Portward-Explain`: told to who has the token, passed on to nobody. */
import { expect, test } from "bun:test";
import { type Echo, EchoUpstream } from "../support/echo-upstream.ts";
import { RawPeer } from "../support/raw-peer.ts";
import { startTestProxy, type TestProxy } from "../support/test-proxy.ts";

const TOKEN = "0123456789abcdef0123456789abcdef";

function proxyOf(target: string, settings: string): Promise<TestProxy> {
  return startTestProxy(`
name: shop
settings: ${settings}
listeners: { web: { address: "127.0.0.1:0" } }
upstreams: { api: { targets: ["${target}"] } }
routes:
  - { listen: web, path: /api, rewrite: "/v2?key=not-to-be-told", upstream: api }
  - { listen: web, path: /plain, upstream: api }
  - { listen: web, path: /old, redirect: { to: /new } }
  - { listen: web, path: /gone, targets: ["127.0.0.1:1"] }
`);
}

async function ask(proxy: TestProxy, target: string, field: string) {
  using client = await RawPeer.connect(proxy.port());
  client.send(`GET ${target} HTTP/1.1\r\nHost: shop.example\r\n${field}Connection: close\r\n\r\n`);
  await client.untilEnd();
  const [head, body] = client.received.split("\r\n\r\n") as [string, string];
  return { explanation: /^X-Portward-Explain: (.*)$/im.exec(head)?.[1] ?? null, body };
}

function received(body: string): string[] {
  return (JSON.parse(body) as Echo).fields.map(([name]) => name);
}

test("who sends the token is told what became of the request", async () => {
  await using upstream = await EchoUpstream.start("a");
  await using proxy = await proxyOf(upstream.target, `{ explain_token: ${TOKEN} }`);
  const field = `x-portward-explain: ${TOKEN}\r\n`;
  const api = await ask(proxy, "/api", field);
  const common = `upstream="api", target="${upstream.target}", request_id="`;
  expect(api.explanation).toStartWith(`listener="web", route="shop/0", action="proxy", ${common}`);
  expect(api.explanation).toEndWith(`", rewritten, attempts=1`);
  expect(api.explanation).not.toContain("not-to-be-told");
  expect(received(api.body)).not.toContain("x-portward-explain");
  const told = async (target: string) => (await ask(proxy, target, field)).explanation;
  expect(await told("/plain")).not.toContain("rewritten");
  expect(await told("/old")).toContain(`route="shop/2", action="redirect"`);
  expect(await told("/gone")).toContain(`target="127.0.0.1:1", error="upstream.refused"`);
  expect(await told("/nothing")).toStartWith(`listener="web", error="route.not_found"`);
});

test.each([
  ["another token", `{ explain_token: ${TOKEN} }`, `X-Portward-Explain: ${TOKEN}x\r\n`],
  ["no field", `{ explain_token: ${TOKEN} }`, ""],
  ["an empty field", `{ explain_token: ${TOKEN} }`, "X-Portward-Explain:\r\n"],
  ["the setting left off", "{}", `X-Portward-Explain: ${TOKEN}\r\n`],
  ["`off` for the token", "{}", "X-Portward-Explain: off\r\n"],
])("%s: nothing is told, and nothing passed on", async (_, settings, field) => {
  await using upstream = await EchoUpstream.start("a");
  await using proxy = await proxyOf(upstream.target, settings);
  const { explanation, body } = await ask(proxy, "/plain", field);
  expect(explanation).toBeNull();
  expect(received(body)).not.toContain("x-portward-explain");
});
