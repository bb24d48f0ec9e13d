import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runProgram } from "./program.ts";
import { TestContext } from "./test-context.ts";

let folder = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "portward-explain-"));
  const shop = `settings: { trusted_proxies: [10.0.0.0/8] }
routes:
  - { listen: 5000, path: /api, methods: [POST], headers: { x-canary: "1" }, targets: ["127.0.0.1:1"] }
  - { listen: 5000, path: /, respond: { status: 201 } }
tests:
  - { request: "http://x/", expect: { status: 200 } }
`;
  await Bun.write(join(folder, "shop.yaml"), shop);
  await Bun.write(join(folder, "bad.yaml"), "routes: [{ lisen: 5000, path: /, respond: {} }]\n");
});

afterAll(() => rm(folder, { recursive: true }));

test("the options make the request, and each step has its place", async () => {
  const words = [
    "-X",
    "POST",
    "-H",
    "X-Canary:  1 ",
    "-H",
    "X-Forwarded-For: 192.0.2.7",
    "--from",
    "10.0.0.1",
  ];
  const { code, printed, complained } = await explain("shop.yaml", ...words, "http://shop.example/api/x");
  expect({ code, complained }).toEqual({ code: 0, complained: "" });
  expect(printed).toStartWith("POST http://shop.example/api/x from 10.0.0.1\n\nlistener  :5000");
  expect(printed).toContain(`route ${folder}/shop.yaml:3:5\n`);
  expect(printed).toContain("~ X-Forwarded-For: 192.0.2.7, 10.0.0.1\n");
  expect(printed).not.toContain("\u001b");
});

test("--json: the same as data", async () => {
  const { code, printed } = await explain("shop.yaml", "--json", "http://shop.example/api");
  expect(code).toBe(0);
  const data = JSON.parse(printed);
  expect(data).toMatchObject({
    request: { method: "GET", url: "http://shop.example/api", headers: [], from: null },
    listener: ":5000",
    route: "shop/1",
    outcome: { kind: "answered", status: 201, fields: [] },
  });
  const routes = data.steps.filter(({ step }: { step: string }) => step === "route");
  const file = join(folder, "shop.yaml");
  expect(routes).toMatchObject([
    {
      from: "route",
      file,
      line: 3,
      column: 42,
      facts: { route: "shop/0", outcome: "method", wants: "POST" },
    },
    { from: "route", file, line: 4, column: 5, facts: { route: "shop/1", outcome: "taken" } },
  ]);
  const timeout = data.steps.find(({ step }: { step: string }) => step === "timeout");
  expect(timeout).toMatchObject({ from: "default", file: null, facts: { name: "head", value: 10_000 } });
});

test("a request that nothing hears or that is refused is explained as well: 0", async () => {
  expect(await explain("shop.yaml", "http://shop.example:99/")).toMatchObject({
    code: 0,
    printed: expect.stringContaining("nothing listens on port 99"),
  });
  expect(await explain("shop.yaml", "http://shop.example/%zz")).toMatchObject({
    code: 0,
    printed: expect.stringContaining("400 request.malformed (pathEscape)"),
  });
});

test("a configuration with errors ends in 1, with the findings as check shows them", async () => {
  const { code, printed, complained } = await explain("bad.yaml", "http://shop.example/");
  expect({ code, printed }).toEqual({ code: 1, printed: "" });
  expect(complained).toContain("bad.yaml:1:12: error[config.unknown_key]");
  const asData = await explain("bad.yaml", "--json", "http://shop.example/");
  expect(asData).toMatchObject({ code: 1, complained: "" });
  expect(JSON.parse(asData.printed)).toMatchObject({ ok: false, diagnostics: [{ line: 1, column: 12 }] });
});

test("secrets of the configuration are shown nowhere", async () => {
  const token = "correct horse battery staple";
  await Bun.write(join(folder, "token"), `${token}\n`);
  const header = `{ x-token: "\${file:${folder}/token}" }`;
  const respond = `{ listen: 5000, path: /own, respond: { body: "\${file:${folder}/token}" } }`;
  const routes = `routes: [ { listen: 5000, path: /, headers: ${header}, targets: ["127.0.0.1:1"] }, ${respond} ]\n`;
  const failing = `tests: [ { request: "http://x/", headers: ${header}, expect: { status: 200 } } ]\n`;
  await Bun.write(join(folder, "secret.yaml"), routes + failing);
  const given = ["-H", `X-Token: ${token}`, `http://x/?t=${token.replaceAll(" ", "+")}`];
  for (const words of [
    ["http://x/"],
    ["http://x/own"],
    given,
    ["--json", "http://x/own"],
    ["--json", ...given],
  ]) {
    const { code, printed } = await explain("secret.yaml", ...words);
    expect(code).toBe(0);
    expect(printed).toContain("***");
    expect(printed).not.toContain("battery staple");
  }
  const context = new TestContext();
  expect(await runProgram(["check", "--config", join(folder, "secret.yaml")], context)).toBe(1);
  expect(context.complained).not.toContain("battery staple");
});

async function explain(file: string, ...words: readonly string[]) {
  const context = new TestContext();
  const code = await runProgram(["explain", "--config", join(folder, file), ...words], context);
  const { printed, complained } = context;
  return { code, printed, complained };
}
