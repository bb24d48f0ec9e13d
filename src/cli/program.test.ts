import { expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import packageJson from "../../package.json" with { type: "json" };
import { eventually } from "../../test/support/eventually.ts";
import { ok } from "../base/result.ts";
import type { Environment } from "./context.ts";
import { runProgram } from "./program.ts";
import { FakeProxy, TestContext } from "./test-context.ts";

const FIXTURES = join(import.meta.dir, "../../fixtures/liteginx");

async function run(...words: string[]): Promise<{ code: number; context: TestContext }> {
  const context = new TestContext();
  return { code: await runProgram(words, context), context };
}

/** Runs a command that serves, stops it as soon as it does, and gives what it started. */
async function runAndStop(words: readonly string[], environment = {}) {
  const context = new TestContext(environment);
  const proxy = new FakeProxy();
  context.start = ok(proxy);
  const code = runProgram(words, context);
  await Promise.race([context.watched, code]);
  context.signal("SIGTERM");
  proxy.finishDraining();
  return { code: await code, context };
}

const COMMANDS = [
  ...["run", "proxy", "demo", "check", "explain", "plan", "convert", "cert", "schema"],
  ...["status", "reload", "stop", "drain", "enable"],
];

test("--version and --help go to stdout and end in 0", async () => {
  expect((await run("--version")).context.printed).toBe(`${packageJson.version}\n`);
  const { code, context } = await run("--help");
  expect(code).toBe(0);
  for (const command of COMMANDS) {
    expect(context.printed).toMatch(new RegExp(`^  ${command} `, "m"));
  }
});

const WRONG_USAGE: readonly { words: string[]; says: string }[] = [
  { words: [], says: "Usage: portward" },
  { words: ["rnu"], says: "Did you mean run?" },
  { words: ["reload", "--admin", "off"], says: "Expected HOST:PORT" },
  { words: ["drain"], says: "missing required argument 'target'" },
  { words: ["plan"], says: "nothing to compare with" },
  { words: ["plan", "--live", "--admin", "off"], says: "Expected HOST:PORT" },
  { words: ["plan", "--against", "x", "--host", "a b"], says: "is not a host name" },
  { words: ["explain"], says: "missing required argument 'url'" },
  { words: ["convert", "x.conf"], says: "required option '--from <format>' not specified" },
  { words: ["convert", "--from", "nginx"], says: "missing required argument 'file'" },
  { words: ["convert", "--from", "ngnix", "x.conf"], says: "`ngnix` is not a format. did you mean `nginx`?" },
  { words: ["convert", "--from", "caddy", "x.conf"], says: "It is one of liteginx, nginx, httpd, ingress" },
  { words: ["explain", "shop.example/a"], says: "Perhaps you meant http://shop.example/a" },
  { words: ["explain", "http://joe@shop.example/"], says: "The URL has a user name" },
  { words: ["explain", "-X", "get", "http://shop.example/"], says: "'get' is no method that clients send" },
  { words: ["explain", "-H", "x", "http://shop.example/"], says: "Expected 'Name: value' on one line" },
  { words: ["explain", "-H", "x: 1\r\ny: 2", "http://shop.example/"], says: "on one line" },
  { words: ["explain", "--from", "home", "http://shop.example/"], says: "Expected an IP address" },
  { words: ["cert"], says: "Usage: portward cert" },
  { words: ["cert", "lst"], says: "(see 'portward cert --help')" },
  { words: ["cert", "trust", "x"], says: "(see 'portward cert trust --help')" },
  { words: ["cert", "revoke", "a.example"], says: "add --yes when it is to be done" },
  {
    words: ["cert", "revoke", "a.example", "--yes", "--reason", "x"],
    says: "Allowed choices are unspecified",
  },
  { words: ["--nonsense"], says: "unknown option '--nonsense'" },
  { words: ["run", "--cnfig", "x"], says: "Did you mean --config?" },
  { words: ["run", "--config"], says: "argument missing" },
  { words: ["run", "extra"], says: "too many arguments" },
  { words: ["run", "--workers", "400"], says: "Expected a whole number from 1 to 256" },
  { words: ["run", "--workers", "0"], says: "Expected a whole number" },
  { words: ["run", "--admin", "9180"], says: "Expected HOST:PORT" },
  { words: ["run", "--admin", "127.0.0.1:65536"], says: "Expected HOST:PORT" },
  { words: ["run", "--admin", "::1:9180"], says: "Expected HOST:PORT" },
  { words: ["proxy", "--listen", "8080"], says: "--to" },
  { words: ["proxy", "--listen", "8080", "--to", "127.0.0.1:1,,"], says: "A target is empty" },
  { words: ["proxy", "--listen", "8080", "--to", "127.0.0.1:99999"], says: "99999" },
  {
    words: ["proxy", "--listen", "nonsense:80", "--to", "127.0.0.1:1"],
    says: "`nonsense` is not an IP address",
  },
];

for (const { words, says } of WRONG_USAGE) {
  test(`wrong usage ends in 2 and says what is wrong: portward ${words.join(" ")}`, async () => {
    const { code, context } = await run(...words);
    expect(code).toBe(2);
    expect(context.complained).toContain(says);
    expect(context.printed).toBe("");
    expect(context.started).toEqual([]);
  });
}

test("run hands the configuration to the proxy", async () => {
  const { code, context } = await runAndStop(["run", "--config", FIXTURES, "--admin", "off"]);
  expect(context.complained).toBe("");
  expect(code).toBe(0);
  expect(context.started[0]!.configuration.routes).toHaveLength(3);
  expect(Object.keys(context.logged[0]!)).not.toContain("admin");
});

for (const given of ["127.0.0.1:0", "[::1]:0"]) {
  test(`run --admin ${given} is open from ready to the end, and not ready while it drains`, async () => {
    const context = new TestContext();
    const proxy = new FakeProxy();
    context.start = ok(proxy);
    const code = runProgram(["run", "--config", FIXTURES, "--admin", given], context);
    await eventually(() => context.logged.length > 0, "ready");
    const { admin } = context.logged[0] as { admin: string };
    expect((await fetch(`http://${admin}/readyz`)).status).toBe(200);
    context.signal("SIGTERM");
    expect((await fetch(`http://${admin}/readyz`)).status).toBe(503);
    proxy.finishDraining();
    expect(await code).toBe(0);
    expect(fetch(`http://${admin}/readyz`)).rejects.toThrow();
  });
}

test("POST /api/stop ends run as SIGTERM does, and asking twice is no hurry", async () => {
  const context = new TestContext();
  const proxy = new FakeProxy();
  context.start = ok(proxy);
  const code = runProgram(["run", "--config", FIXTURES, "--admin", "127.0.0.1:0"], context);
  await eventually(() => context.logged.length > 0, "ready");
  const { admin } = context.logged[0] as { admin: string };
  for (let i = 0; i < 2; i++) {
    expect((await fetch(`http://${admin}/api/stop`, { method: "POST" })).status).toBe(202);
  }
  expect([proxy.drains.length, proxy.isStopped]).toEqual([1, false]);
  proxy.finishDraining();
  expect(await code).toBe(0);
});

for (const address of ["0.0.0.0:0", "admin.internal:80", "[::]:0"]) {
  test(`run --admin ${address} is refused without a token`, async () => {
    const { code, context } = await run("run", "--config", FIXTURES, "--admin", address);
    expect(code).toBe(1);
    expect(context.complained).toContain("error[admin.not_protected]: the admin address");
    expect(context.complained).toContain("settings.admin.token");
    expect(context.started).toEqual([]);
  });
}

test("an admin address that cannot be opened ends run with 1", async () => {
  using taken = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  const { code, context } = await run("run", "--config", FIXTURES, "--admin", `127.0.0.1:${taken.port}`);
  expect(code).toBe(1);
  expect(context.complained).toContain("error[admin.bind]");
});

test("run reads $PORTWARD_CONFIG when --config is not given", async () => {
  const { code, context } = await runAndStop(["run", "--admin", "off"], { PORTWARD_CONFIG: FIXTURES });
  expect(code).toBe(0);
  expect(context.started).toHaveLength(1);
});

test("without either, run looks in the user's own directory, and names it when nothing is there", async () => {
  const { code, context } = await runAndStop(["run"], { HOME: "/nonexistent" });
  expect(code).toBe(1);
  expect(context.complained).toContain("/nonexistent/.config/portward:1:1: error[file.missing]");
});

test("a configuration with errors ends in 1, and nothing is started", async () => {
  const { code, context } = await run("run", "--config", join(FIXTURES, "missing.yaml"));
  expect(code).toBe(1);
  expect(context.complained).toContain("error[file.missing]");
  expect(context.started).toEqual([]);
});

test("a configuration whose own tests fail ends in 1, and nothing is started", async () => {
  const folder = await mkdtemp(join(tmpdir(), "portward-run-"));
  const file = join(folder, "a.yaml");
  const route = "{ listen: 5000, path: /, respond: {} }";
  const asked = `{ request: "http://x/", expect: { status: 404 } }`;
  await Bun.write(file, `routes: [ ${route} ]\ntests: [ ${asked} ]\n`);
  const { code, context } = await run("run", "--config", file);
  await rm(folder, { recursive: true });
  expect({ code, started: context.started }).toEqual({ code: 1, started: [] });
  expect(context.complained).toContain(
    `${file}:2:52: error[test.failed]: GET http://x/: expected status 404`,
  );
});

test("proxy needs no file: each --to adds targets, and there is no admin address", async () => {
  const words = [
    "proxy",
    "--listen",
    "127.0.0.1:0",
    "--to",
    "127.0.0.1:3000, 127.0.0.1:3001",
    "--to",
    "[::1]:3002",
  ];
  const { code, context } = await runAndStop(words);
  expect(context.complained).toBe("");
  expect(code).toBe(0);
  const { configuration } = context.started[0]!;
  expect(configuration.upstreams[0]!.targets.map(({ address }) => address)).toEqual([
    { kind: "tcp", host: "127.0.0.1", port: 3000 },
    { kind: "tcp", host: "127.0.0.1", port: 3001 },
    { kind: "tcp", host: "::1", port: 3002 },
  ]);
});

test("a mistake of ours ends in 70 with one line; the stack only for those who ask", async () => {
  const words = ["run", "--config", FIXTURES];
  const failing = (environment: Environment) => {
    const context = new TestContext(environment);
    return { context, code: runProgram(words, Object.assign(context, { startProxy: failToStart })) };
  };
  const quiet = failing({});
  expect(await quiet.code).toBe(70);
  expect(quiet.context.complained).toBe(
    "portward: internal error: boom (set PORTWARD_DEBUG=1 to see the stack)\n",
  );
  const verbose = failing({ PORTWARD_DEBUG: "1" });
  expect(await verbose.code).toBe(70);
  expect(verbose.context.complained).toContain("failToStart");
});

async function failToStart(): Promise<never> {
  throw new Error("boom\nand a second line");
}
