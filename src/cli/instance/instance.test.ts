import { afterEach, beforeEach, expect, test } from "bun:test";
import { eventually } from "../../../test/support/eventually.ts";
import type { AdminServer } from "../../admin/http/server.ts";
import { FakeInstance } from "../../admin/test-support/fake-instance.ts";
import { serveInstance } from "../../admin/test-support/serve-instance.ts";
import { runProgram } from "../program.ts";
import { TestContext } from "../test-context.ts";

const TOKEN = "0123456789abcdef0123456789abcdef";
const YAML = `
name: shop
settings: { admin: { token: ${TOKEN} } }
upstreams: { api: { targets: ["10.0.0.1:3000", "unix:/run/app.sock"] } }
routes: [{ listen: 8080, path: /, upstream: api }]
`;

let instance: FakeInstance;
let server: AdminServer;

beforeEach(() => {
  instance = new FakeInstance(YAML);
  server = serveInstance(instance);
});

afterEach(() => server.close());

async function run(words: string, token: string | undefined = TOKEN) {
  const context = new TestContext({ PORTWARD_ADMIN_TOKEN: token });
  const code = await runProgram([...words.split(" "), "--admin", server.address], context);
  return { code, printed: context.printed, complained: context.complained };
}

test("reload says that it is done", async () => {
  expect(await run("reload")).toEqual({ code: 0, printed: "reloaded in 13 ms\n", complained: "" });
  expect(instance.lastReload.trigger).toBe("admin");
});

test("a reload that is refused prints the findings and exits with 1", async () => {
  const finding = {
    severity: "error",
    code: "route.duplicate",
    message: "the same",
    origin: { file: "shop.yaml", line: 4, column: 9 },
    excerpt: { text: "  path: /", caret: 8, width: 1 },
    suggestion: "take one away",
    related: [],
  } as const;
  instance.outcome = { done: false, diagnostics: [finding] };
  const { code, printed, complained } = await run("reload");
  expect([code, printed]).toEqual([1, ""]);
  expect(complained).toBe(`shop.yaml:4:9: error[route.duplicate]: the same
    path: /
          ^
  help: take one away
refused: 1 error; what was in force still is
`);
  const data = await run("reload --json");
  expect([data.code, JSON.parse(data.printed)]).toMatchObject([1, { result: "refused" }]);
});

test("stop begins to drain", async () => {
  const { code, printed } = await run("stop");
  expect([code, instance.isStopped]).toEqual([0, true]);
  expect(printed).toContain("finishes what is in flight");
});

test("targets are drained and enabled by name, whatever is in it", async () => {
  expect(await run("drain unix:/run/app.sock")).toMatchObject({
    code: 0,
    printed: "api: unix:/run/app.sock is drained\n",
  });
  expect(await run("enable 10.0.0.1:3000 --upstream api")).toMatchObject({
    code: 0,
    printed: "api: 10.0.0.1:3000 is enabled\n",
  });
  expect(instance.drains).toEqual(["drain api unix:/run/app.sock", "enable api 10.0.0.1:3000"]);
  const unknown = await run("drain 10.9.9.9:1");
  expect(unknown.code).toBe(1);
  expect(unknown.complained).toContain("there is no such target (admin.no_target)");
});

test("status shows what runs", async () => {
  const { code, printed } = await run("status");
  expect(code).toBe(0);
  expect(printed).toStartWith("portward 1.2.3, ready, up ");
  for (const part of ["1 route in force since 2026-11-30T13:00:00.000Z", "10.0.0.1:3000", "48 MiB"]) {
    expect(printed).toContain(part);
  }
  const { snapshot, readiness } = JSON.parse((await run("status --json")).printed);
  expect([snapshot.version, readiness]).toEqual(["1.2.3", "ready"]);
});

test("status of an instance that counts nothing says so", async () => {
  instance.memory = null;
  expect((await run("status")).printed).toContain("requests are not counted");
});

test("status of an instance that drains is still a status", async () => {
  instance.readiness = "draining";
  expect((await run("status")).printed).toContain(", draining, ");
});

test("status --watch goes on until a signal", async () => {
  const context = new TestContext({ PORTWARD_ADMIN_TOKEN: TOKEN });
  const code = runProgram(["status", "--watch", "--json", "--admin", server.address], context);
  await eventually(() => context.printed.split("\n").length > 2, "two lines");
  context.signal("SIGINT");
  expect(await code).toBe(0);
  expect(context.handlerCount).toBe(0);
  const [first] = context.printed.split("\n");
  expect(JSON.parse(first!)).toMatchObject({ readiness: "ready", rates: { requests_per_second: 0 } });
});

test("explain --live says what explain says of what is served, with the targets as they are now", async () => {
  const words = "explain --live -X POST http://shop.example/api?x=1";
  instance.workerList[0]!.targets = [
    {
      upstream: "api",
      target: "10.0.0.1:3000",
      ips: [],
      failure: null,
      drained: true,
      out: "drained",
      panic: false,
      leaving: false,
      active: 4,
      connections: 5,
      connecting: 0,
      idle: 1,
    },
  ];
  const { code, printed } = await run(words);
  expect(code).toBe(0);
  expect(printed).toStartWith("POST http://shop.example/api?x=1\n");
  expect(printed).toContain("10.0.0.1:3000, takes none: drained");
  expect(printed).toContain("4 under way, 1 kept ready");
  expect(printed).toContain("test.yaml:5:");
  expect(printed).not.toContain(TOKEN);
  const { route, steps } = JSON.parse((await run(`${words} --json`)).printed);
  expect([route, steps.length > 5]).toEqual(["shop/0", true]);
});

test("without the token, or with another, the help says where it goes", async () => {
  for (const token of ["", "wrong"]) {
    const { code, complained } = await run("status", token);
    expect(code).toBe(1);
    expect(complained).toContain("(admin.unauthorised)");
    expect(complained).toContain("PORTWARD_ADMIN_TOKEN");
    expect(complained).not.toContain(TOKEN);
  }
});

test("where nothing listens, or something else does, it says so", async () => {
  const { address } = server;
  server.close();
  const context = new TestContext();
  expect(await runProgram(["reload", "--admin", address], context)).toBe(1);
  expect(context.complained).toBe(
    `error: nothing listens at ${address}, so there is no instance to ask\n  help: start one with \`portward run\`, or name its admin address with --admin HOST:PORT\n`,
  );
  const other = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => Response.json({}) });
  const strange = new TestContext();
  expect(await runProgram(["status", "--admin", `127.0.0.1:${other.port}`], strange)).toBe(1);
  expect(strange.complained).toContain("is not Portward's admin address");
  other.stop(true);
});

test("an address that is none is wrong usage", async () => {
  for (const address of ["off", "9180", "127.0.0.1"]) {
    const context = new TestContext();
    expect(await runProgram(["stop", "--admin", address], context)).toBe(2);
  }
});
