import { expect, test } from "bun:test";
import { Ajv2020 } from "ajv/dist/2020";
import { connectionReport, FakeDesk, FakeInstance, recentRequest } from "../test-support/fake-instance.ts";
import { serveInstance } from "../test-support/serve-instance.ts";
import { ENDPOINTS } from "./endpoints.ts";
import { openApiDocument } from "./openapi.ts";

interface Operation {
  readonly responses: Readonly<Record<string, { content: { "application/json": { schema: object } } }>>;
}
type Document = { readonly openapi: string; readonly paths: Record<string, Record<string, Operation>> };

const CERTIFICATES = `${import.meta.dir}/../../../test/support/certificates`;
const YAML = `
name: shop
settings: { limits: { body: "off" }, acme: { storage: /nowhere } }
listeners: { web: { address: "127.0.0.1:8080" }, tls: { address: 443, tls: { certificates: [{ cert: ${CERTIFICATES}/shop-chain.crt, key: ${CERTIFICATES}/shop.key }], acme: [new.example] } }, db: { address: "127.0.0.1:6432" } }
upstreams: { api: { targets: ["10.0.0.1:3000", { host: 10.0.0.2, port: 3000, weight: 0 }] } }
routes:
  - { listen: web, host: "*.shop.example", path: /api, methods: [GET], upstream: api, rewrite: / }
  - { listen: web, path: /old, redirect: { to: /new } }
  - { listen: web, path: { regex: '^/v\\d' }, respond: { status: 200, body: hello } }
  - { listen: tls, path: /, respond: { body: hello } }
  - { kind: tcp, listen: db, targets: ["localhost:5432"] }
`;

/** What is asked, and the status that is then answered. */
const QUESTIONS: readonly [method: string, path: string, url: string, status: number][] = [
  ["get", "/healthz", "/healthz", 200],
  ["get", "/readyz", "/readyz", 200],
  ["get", "/api/snapshot", "/api/snapshot", 200],
  ["get", "/api/traffic", "/api/traffic", 200],
  ["get", "/api/config", "/api/config", 200],
  ["get", "/api/config", "/api/config?places=true", 200],
  ["get", "/api/config/status", "/api/config/status", 200],
  ["post", "/api/reload", "/api/reload", 200],
  ["post", "/api/drain/{target}", "/api/drain/10.0.0.1:3000", 200],
  ["post", "/api/enable/{target}", "/api/enable/10.0.0.1:3000", 200],
  ["post", "/api/enable/{target}", "/api/enable/10.0.0.9:3000", 404],
  ["get", "/api/workers", "/api/workers", 200],
  ["get", "/api/connections", "/api/connections?limit=1", 200],
  ["get", "/api/requests", "/api/requests", 200],
  ["get", "/api/requests", "/api/requests?status=9xx", 400],
  ["get", "/api/certificates", "/api/certificates", 200],
  ["post", "/api/certificates/renew/{name}", "/api/certificates/renew/new.example", 202],
  ["post", "/api/certificates/renew/{name}", "/api/certificates/renew/..%2F..%2Fetc", 404],
  ["post", "/api/certificates/revoke/{name}", "/api/certificates/revoke/new.example?reason=superseded", 200],
  ["post", "/api/certificates/revoke/{name}", "/api/certificates/revoke/new.example?reason=boredom", 400],
  ["post", "/api/certificates/revoke/{name}", "/api/certificates/revoke/shop.example", 404],
  ["post", "/api/explain", "/api/explain", 200],
  ["post", "/api/explain", "/api/explain", 400],
  ["post", "/api/stop", "/api/stop", 202],
  ["get", "/readyz", "/readyz", 503],
];

test("every endpoint answers what the document says it does", async () => {
  const instance = new FakeInstance(YAML);
  instance.workerList[0]!.connectionList = [connectionReport(1), connectionReport(2)];
  instance.workerList[0]!.requestList = [
    recentRequest(1_000),
    recentRequest(500, { status: null, route: null, target: null, error: "request.aborted" }),
  ];
  instance.deskList = [new FakeDesk("new.example")];
  const server = serveInstance(instance);
  try {
    const base = `http://${server.address}`;
    const document = (await (await fetch(`${base}/api/openapi.json`)).json()) as Document;
    expect(document.openapi).toStartWith("3.1");
    for (const [method, path, url, status] of QUESTIONS) {
      const response = await fetch(`${base}${url}`, {
        method: method.toUpperCase(),
        ...bodyFor(url, status),
      });
      expect([url, response.status]).toEqual([url, status]);
      check(document.paths[path]![method]!, status, await response.json());
    }
  } finally {
    server.close();
  }
});

test("every endpoint is in the document and among the questions", () => {
  const { paths } = openApiDocument(ENDPOINTS, "1.2.3") as Document;
  const described = Object.entries(paths).flatMap(([path, item]) =>
    Object.keys(item).map((method) => `${method} ${path}`),
  );
  expect(described.sort()).toEqual(
    ENDPOINTS.map(({ method, path }) => `${method.toLowerCase()} ${path}`).sort(),
  );
  expect([...new Set(QUESTIONS.map(([method, path]) => `${method} ${path}`))].sort()).toEqual(described);
});

test("an answer with a key more or less is none", () => {
  const { paths } = openApiDocument(ENDPOINTS, "1.2.3") as Document;
  const { schema } = paths["/healthz"]!["get"]!.responses[200]!.content["application/json"];
  const validate = new Ajv2020({ strict: true }).compile(schema);
  expect([validate({ status: "ok" }), validate({}), validate({ status: "ok", more: 1 })]).toEqual([
    true,
    false,
    false,
  ]);
});

function bodyFor(url: string, status: number): RequestInit {
  if (url !== "/api/explain") return {};
  const headers = { "Content-Type": "application/json" };
  return { headers, body: status === 200 ? '{"url":"http://shop.example/api/x"}' : '{"url":"shop"}' };
}

function check({ responses }: Operation, status: number, body: unknown): void {
  const { schema } = (responses[status] ?? responses["default"])!.content["application/json"];
  const ajv = new Ajv2020({ strict: true, allErrors: true });
  ajv.addFormat("date-time", ISO_TIME);
  const validate = ajv.compile(schema);
  validate(body);
  expect(validate.errors ?? []).toEqual([]);
}

const ISO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
