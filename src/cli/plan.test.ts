import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runProgram } from "./program.ts";
import { TestContext } from "./test-context.ts";

let folder = "";

/** A variable whose name says that it is not to be shown. */
const SECRET = "PORTWARD_TEST_TOKEN";

const FILES = {
  "old.yaml": 'routes: [{ listen: 80, path: /api, targets: ["10.0.0.1:80"] }]\n',
  "same.json":
    '{ "name": "other", "spec": [{ "path": "/api", "listen": 80, "targets": [{ "host": "10.0.0.1", "port": 80 }] }] }',
  "new.yaml": 'routes: [{ listen: 80, path: /api/, targets: ["10.0.0.1:80"] }]\n',
  "bad.yaml": "routes: [{ lisen: 80, path: /, respond: {} }]\n",
  "failing.yaml":
    'routes: [{ listen: 80, path: /, respond: {} }]\ntests: [{ request: "GET http://a/", expect: { status: 404 } }]\n',
  "secret.yaml": `routes: [{ listen: 80, path: /api, respond: { body: "$\{${SECRET}}" } }]\n`,
  "access.log": '192.0.2.7 - - [10/Oct/2026:13:55:36 +0000] "GET /api HTTP/1.1" 200 1 "-" "-"\n',
  "prose.txt": "This is no log.\nNeither is this.\n",
};

beforeAll(async () => {
  process.env[SECRET] = "hunter2-hunter2";
  folder = await mkdtemp(join(tmpdir(), "portward-plan-"));
  for (const [name, text] of Object.entries(FILES)) await Bun.write(join(folder, name), text);
});

afterAll(async () => {
  delete process.env[SECRET];
  await rm(folder, { recursive: true });
});

test("nothing would change: 0, whatever the spelling", async () => {
  for (const name of ["old.yaml", "same.json"]) {
    const { code, out, err } = await plan(["--config", name, "--against", "old.yaml"]);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toEndWith("\nNothing would change.\n");
  }
});

test("something would: 3, with what and where", async () => {
  const { code, out, err } = await plan([
    "--config",
    "new.yaml",
    "--against",
    "old.yaml",
    "--traffic",
    "access.log",
  ]);
  expect({ code, err }).toEqual({ code: 3, err: "" });
  expect(out).toContain("path  prefix /api becomes prefix /api/");
  expect(out).toContain(`${join(folder, "old.yaml")}:1:30, ${join(folder, "new.yaml")}:1:30`);
  expect(out).toContain("Refused, and was served: 1 request and ");
});

test("--json: the same as data", async () => {
  const { code, out } = await plan([
    "--config",
    "new.yaml",
    "--against",
    "old.yaml",
    "--traffic",
    "access.log",
    "--json",
  ]);
  expect(code).toBe(3);
  expect(JSON.parse(out)).toMatchObject({
    ok: true,
    would_change: true,
    routes: [
      {
        kind: "changed",
        before: { name: "old/0", line: 1, column: 10 },
        after: { name: "new/0" },
        values: [
          { name: "path", before: { text: "prefix /api", column: 30 }, after: { text: "prefix /api/" } },
        ],
      },
    ],
    order: [],
    settings: [],
    requests: {
      asked: { traffic: 1 },
      different: { traffic: 1 },
      traffic: [{ requests: 1, unreadable: 0, without_host: 1 }],
      assumed_hosts: ["elsewhere.invalid"],
      groups: [
        {
          differences: ["refused"],
          before: "old/0",
          after: null,
          counts: { traffic: 1 },
          example: {
            request: { listener: ":80", method: "GET", url: "http://elsewhere.invalid/api" },
            before: { route: "old/0", outcome: { kind: "forwarded" } },
            after: { route: null, outcome: { kind: "refused", status: 404 } },
          },
        },
      ],
    },
  });
});

test("secrets are not shown", async () => {
  for (const form of [[], ["--json"]]) {
    const { code, out } = await plan(["--config", "secret.yaml", "--against", "old.yaml", ...form]);
    expect(code).toBe(3);
    expect(out).toContain("***");
    expect(out).not.toContain("hunter2");
  }
});

test("several files on both sides", async () => {
  const files = ["--config", "new.yaml", "--config", "secret.yaml"];
  expect((await plan([...files, "--against", "secret.yaml", "--against", "new.yaml"])).code).toBe(0);
});

test("errors in either configuration: 1, as check tells them", async () => {
  for (const files of [
    ["--config", "bad.yaml", "--against", "old.yaml"],
    ["--config", "old.yaml", "--against", "bad.yaml"],
  ]) {
    const { code, out, err } = await plan(files);
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toContain("bad.yaml:1:12: error[config.unknown_key]: unknown key `lisen`");
  }
  const { code, out } = await plan(["--config", "bad.yaml", "--against", "old.yaml", "--json"]);
  expect(code).toBe(1);
  expect(JSON.parse(out)).toMatchObject({ ok: false, diagnostics: [{ code: "config.unknown_key" }] });
});

test("a new configuration whose tests fail would not go live: 1; of the old one nobody asks", async () => {
  const { code, err } = await plan(["--config", "failing.yaml", "--against", "old.yaml"]);
  expect(code).toBe(1);
  expect(err).toContain("error[test.failed]");
  expect((await plan(["--config", "old.yaml", "--against", "failing.yaml"])).code).toBe(3);
});

test("a missing file, and a record that is none: 2", async () => {
  const both = ["--config", "old.yaml", "--against", "old.yaml", "--traffic"];
  expect(await plan([...both, "nowhere.log"])).toMatchObject({ code: 2, out: "" });
  expect((await plan([...both, "nowhere.log"])).err).toEndWith("nowhere.log: it cannot be read (ENOENT)\n");
  expect((await plan([...both, "."])).err).toEndWith(": it cannot be read (EISDIR)\n");
  const prose = await plan([...both, "prose.txt"]);
  expect(prose.code).toBe(2);
  expect(prose.err).toContain(
    "nothing in it is a record of a request (line 1: neither JSON nor the combined format)",
  );
});

test("--host picks the host of a log that names none", async () => {
  const { out } = await plan([
    "--config",
    "new.yaml",
    "--against",
    "old.yaml",
    "--traffic",
    "access.log",
    "--host",
    "Shop.example",
  ]);
  expect(out).toContain("GET http://shop.example/api from 192.0.2.7");
});

test("without --config: the configuration of the environment", async () => {
  const context = new TestContext({ PORTWARD_CONFIG: join(folder, "new.yaml") });
  expect(await runProgram(["plan", "--against", join(folder, "old.yaml")], context)).toBe(3);
});

test("--help tells the exit codes", async () => {
  const { out } = await plan(["--help"]);
  expect(out).toContain(
    "Exit codes: 0 nothing would change, 3 something would, 1 a configuration has errors, 2 wrong usage.",
  );
});

/** Names of files are taken in the folder. */
async function plan(words: readonly string[]) {
  const context = new TestContext();
  const isPath = (word: string) => word in FILES || /^(?:nowhere\.log|\.)$/.test(word);
  const code = await runProgram(
    ["plan", ...words.map((word) => (isPath(word) ? join(folder, word) : word))],
    context,
  );
  return { code, out: context.printed, err: context.complained };
}
