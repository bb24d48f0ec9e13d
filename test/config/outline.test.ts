import { expect, test } from "bun:test";
import { parseConfiguration } from "../../src/config/load.ts";
import { type Outline, outlineOf, provenanceOfOutline } from "../../src/config/outline.ts";
import { parseRequestUrl } from "../../src/config/values/request-url.ts";
import { Explainer } from "../../src/explain/explainer.ts";
import { renderExplanation } from "../../src/explain/render-explanation.ts";

const YAML = `
name: shop
settings:
  trusted_proxies: [10.0.0.0/8, "192.0.2.0/24"]
  timeouts: { response: 30s }
  admin: { token: 0123456789abcdef0123 }
listeners: { web: { address: 127.0.0.1:8080 } }
upstreams: { api: { targets: [ "10.0.0.1:3000", { host: 10.0.0.2, port: 3000, weight: 2 } ] } }
routes:
  - &base
    listen: web
    host: [ "*.shop.example", shop.example ]
    path: /api
    methods: [POST]
    headers: { X-Canary: "1" }
    upstream: api
  - { <<: *base, path: /api, methods: [GET], headers: {}, rewrite: /, timeouts: { connect: 1s } }
  - { listen: web, path: /old, redirect: { to: /new } }
`;

test.each(["http://shop.example/api/x", "http://a.shop.example/api", "http://x/old", "http://x/none"])(
  "explaining %s from the outline says the same, places included",
  (text) => {
    const loaded = parseConfiguration("shop.yaml", YAML);
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
    const { configuration, provenance, secrets } = loaded.value;
    const sent = JSON.parse(JSON.stringify(outlineOf(provenance, secrets))) as Outline;
    const url = parseRequestUrl(text);
    if (!url.ok) throw new Error(url.error);
    const request = { method: "GET", url: url.value, headers: [], from: null };
    const [here, there] = [provenance, provenanceOfOutline(sent)].map((each) =>
      renderExplanation(new Explainer({ configuration, provenance: each, secrets }).explain(request)),
    );
    expect(there!).toBe(here!);
    expect(there).toMatch(/shop\.yaml:\d+:\d+/);
  },
);

test("no secret goes with it", () => {
  const loaded = parseConfiguration("shop.yaml", YAML);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  const { provenance, secrets } = loaded.value;
  expect(JSON.stringify(outlineOf(provenance, secrets))).not.toContain("0123456789abcdef");
});
