import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AdminServer } from "../../admin/http/server.ts";
import { FakeInstance, recentRequest } from "../../admin/test-support/fake-instance.ts";
import { serveInstance } from "../../admin/test-support/serve-instance.ts";
import { runProgram } from "../program.ts";
import { TestContext } from "../test-context.ts";

const SERVED = `
name: shop
settings: { admin: { token: 0123456789abcdef0123 } }
listeners: { web: { address: "127.0.0.1:8080" } }
upstreams: { api: { targets: ["10.0.0.1:3000"] } }
routes:
  - { listen: web, path: /api, upstream: api }
  - { listen: web, path: /api, headers: { x-canary: "*" }, respond: { body: canary } }
  - { listen: web, path: /, respond: { body: home } }
`.replace('"*"', "{ regex: '.' }");

let folder = "";
let instance: FakeInstance;
let server: AdminServer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "portward-live-"));
});
afterAll(() => rm(folder, { recursive: true }));

beforeEach(() => {
  instance = new FakeInstance(SERVED);
  server = serveInstance(instance);
});
afterEach(() => server.close());

async function plan(yaml: string, ...words: string[]) {
  const file = join(folder, "test.yaml");
  await Bun.write(file, yaml);
  const context = new TestContext({ PORTWARD_ADMIN_TOKEN: "0123456789abcdef0123" });
  const all = ["plan", "--live", "--config", file, "--admin", server.address, ...words];
  const code = await runProgram(all, context);
  return { code, printed: context.printed, complained: context.complained };
}

test("what is served already would change nothing, secrets included", async () => {
  instance.workerList[0]!.requestList = [recentRequest(1, { path: "/api/x?a=***" })];
  expect(await plan(SERVED)).toMatchObject({ code: 0, complained: "" });
});

test("a change is told with places on both sides and the recent requests that it concerns", async () => {
  instance.workerList[0]!.requestList = [
    recentRequest(1, { path: "/api/users?page=***", host: "shop.example" }),
    recentRequest(2, { path: "/", host: "shop.example" }),
    recentRequest(3, { path: `/api/${"x".repeat(10)}`, isCut: true }),
  ];
  const { code, printed } = await plan(
    SERVED.replace("path: /api, upstream", "path: /api/v2, upstream"),
    "--json",
  );
  expect(code).toBe(3);
  const made = JSON.parse(printed);
  expect(made.routes.map((each: { kind: string }) => each.kind)).toContain("changed");
  expect(made.requests.traffic).toMatchObject([
    { name: `recent requests of ${server.address}`, requests: 2 },
  ]);
  expect(printed).toContain("/api/users?page=***");
  expect(printed).toContain('"line": 7');
});

test("names of header fields decide where a field need only be there", async () => {
  const changed = SERVED.replace("body: canary", "body: goose");
  const counts: number[] = [];
  for (const fieldNames of [["Host", "X-Canary", "Content-Length", "Transfer-Encoding"], ["Host"]]) {
    instance.workerList[0]!.requestList = [recentRequest(1, { path: "/api", fieldNames })];
    const { code, printed } = await plan(changed, "--json");
    expect(code).toBe(3);
    const { groups } = JSON.parse(printed).requests as { groups: { counts: { traffic: number } }[] };
    counts.push(groups.reduce((sum, group) => sum + group.counts.traffic, 0));
  }
  expect(counts).toEqual([1, 0]);
});

test("--against takes the place of what is served", async () => {
  const file = join(folder, "old.yaml");
  await Bun.write(file, SERVED.replace("home", "house"));
  expect(await plan(SERVED, "--against", file)).toMatchObject({ code: 3 });
});

test("without an instance there is nothing to plan with", async () => {
  server.close();
  const { code, complained } = await plan(SERVED);
  expect(code).toBe(1);
  expect(complained).toContain("nothing listens at");
});
