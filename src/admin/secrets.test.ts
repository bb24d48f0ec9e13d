/** Whatever is asked of the admin address: what is secret in the configuration is in none of the answers. */
import { expect, test } from "bun:test";
import { loadConfiguration } from "../config/load.ts";
import { diskFiles } from "../config/source/file-access.ts";
import { ENDPOINTS } from "./http/endpoints.ts";
import { FakeInstance, recentRequest } from "./test-support/fake-instance.ts";
import { serveInstance } from "./test-support/serve-instance.ts";

const SECRETS = {
  API_TOKEN: "s3cret-of-a-variable",
  LICENCE: "s3cret-by-its-listing",
  FILE: "s3cret-of-a-file",
  WRITTEN: "s3cret-written-out-0123456789",
};

const YAML = `
name: shop
settings:
  secrets: [LICENCE]
  not_found_message: "\${LICENCE}"
  explain_token: ${SECRETS.WRITTEN}
upstreams:
  api: { targets: ["\${API_TOKEN}.internal:3000"] }
  listed: { discover: { http: { url: "http://user:${SECRETS.WRITTEN}@127.0.0.1/list?token=s3cret-in-a-query" } } }
  checked:
    targets: ["10.0.0.1:3000"]
    health: { path: "/?key=s3cret-in-a-path", headers: { Authorization: s3cret-in-a-field } }
routes:
  - { listen: 8080, path: /a, rewrite: "/x?key=\${file:key.txt}", upstream: api }
  - { listen: 8080, path: /b, respond: { headers: { x-key: "\${API_TOKEN}" }, body: "\${file:key.txt}" } }
  - { listen: 8080, path: /c, redirect: { to: "https://a.example/?k=\${API_TOKEN}" } }
  - { listen: 8080, path: /e, upstream: listed }
  - { listen: 8080, path: /f, upstream: checked }
  - { listen: 8080, path: /d, headers: { x-key: "\${API_TOKEN}" }, upstream: api }
tests:
  - { request: "GET http://x/c", expect: { redirect: "https://a.example/?k=\${API_TOKEN}" } }
`;

test("no answer holds a secret, however it came into the configuration", async () => {
  const instance = new FakeInstance(await loaded());
  instance.workerList[0]!.requestList = [recentRequest(1, { path: `/x/${SECRETS.API_TOKEN}?k=***` })];
  const server = serveInstance(instance);
  const base = `http://${server.address}`;
  const texts: string[] = [];
  for (const { method, path } of ENDPOINTS) {
    if (method === "GET") texts.push(await (await fetch(base + path)).text());
  }
  for (const path of ["/", "/metrics", "/api/config?places=true"]) {
    texts.push(await (await fetch(base + path)).text());
  }
  for (const path of ["/a", "/b", "/c", "/d", "/e", "/f", "/nothing"]) {
    const body = JSON.stringify({ url: `http://x:8080${path}`, headers: [["x-key", SECRETS.API_TOKEN]] });
    const headers = { "Content-Type": "application/json" };
    texts.push(await (await fetch(`${base}/api/explain`, { method: "POST", body, headers })).text());
  }
  server.close();
  expect(texts.join("\n")).toContain("***");
  for (const text of texts) expect(text).not.toContain("s3cret");
});

async function loaded() {
  const found = await loadConfiguration(["shop.yaml"], {
    ...diskFiles,
    environment: { ...SECRETS, HOME: "/" },
    kindOf: async () => ({ ok: true, value: "file" }),
    read: async (path) => {
      const text = path.endsWith("key.txt") ? SECRETS.FILE : YAML;
      return { ok: true, value: new TextEncoder().encode(text) };
    },
  });
  if (!found.ok) throw new Error(JSON.stringify(found.error, null, 2));
  return found.value;
}
