import { afterAll, beforeAll, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCheck } from "./check.ts";
import { renderSchema } from "./schema.ts";

let folder = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "portward-check-"));
  await Bun.write(join(folder, "good.yaml"), "routes: [{ listen: 5000, path: /, respond: {} }]\n");
  await Bun.write(join(folder, "bad.yaml"), "routes: [{ lisen: 5000, path: /, respond: {} }]\n");
  const unused = "upstreams: { api: { targets: ['a.example:80'] } }\n";
  await Bun.write(join(folder, "warned.yaml"), `${unused}routes: [{ listen: 5000, path: /, respond: {} }]\n`);
});

afterAll(() => rm(folder, { recursive: true }));

test("a sound configuration: what it holds on stdout, 0", async () => {
  expect(await check("good.yaml")).toEqual({ code: 0, out: "ok: 1 route on 1 listener\n", err: "" });
});

test("a warning is shown and forbids nothing", async () => {
  const { code, out, err } = await check("warned.yaml");
  expect({ code, out }).toEqual({ code: 0, out: "ok: 1 route on 1 listener\n" });
  expect(err).toContain("warned.yaml:1:14: warning[upstream.unused]: ");
});

test("errors on stderr, nothing on stdout, 1", async () => {
  const { code, out, err } = await check("bad.yaml");
  expect({ code, out }).toEqual({ code: 1, out: "" });
  expect(err).toContain("bad.yaml:1:12: error[config.unknown_key]: unknown key `lisen` in an http route\n");
  expect(err).toEndWith("  help: did you mean `listen`?\n1 error\n");
});

test("--json: the same as one document on stdout", async () => {
  const bad = await check("bad.yaml", true);
  expect(bad.err).toBe("");
  expect(JSON.parse(bad.out)).toMatchObject({
    ok: false,
    diagnostics: [{ code: "config.unknown_key", line: 1, column: 12 }],
  });
  expect(JSON.parse((await check("good.yaml", true)).out)).toEqual({
    ok: true,
    routes: 1,
    listeners: 1,
    tests: 0,
    diagnostics: [],
  });
});

test("--probe says which listeners are taken, and leaves the others free", async () => {
  const other = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  const sockets = ["used.sock", "free.sock", "nowhere/x.sock"].map((name) => `unix:${join(folder, name)}`);
  const another = Bun.listen({ unix: join(folder, "used.sock"), socket: { data() {} } });
  const listen = [`127.0.0.1:${other.port}`, "127.0.0.1:0", "203.0.113.5:80", ...sockets];
  await Bun.write(
    join(folder, "probed.yaml"),
    `routes: [{ listen: ${JSON.stringify(listen)}, path: /, respond: {} }]`,
  );
  const told: string[] = [];
  const output = { out() {}, err: (text: string) => void told.push(text) };
  const code = await runCheck({ paths: [join(folder, "probed.yaml")], json: false, probe: true }, output);
  other.stop();
  another.stop();
  expect(code).toBe(1);
  expect(told.join("").match(/(error|warning)\[.*/g)).toEqual([
    `error[listener.taken]: \`127.0.0.1:${other.port}\` is taken by another program`,
    "error[listener.unavailable]: cannot listen on `203.0.113.5:80`: this machine does not have the address",
    expect.stringContaining(`error[listener.taken]: `),
    expect.stringContaining("the folder of the socket does not exist"),
  ]);
  expect(existsSync(join(folder, "free.sock"))).toBe(false);
});

test("the schema is JSON and says what it is", () => {
  expect(JSON.parse(renderSchema())).toMatchObject({ title: "Portward configuration", type: "object" });
});

async function check(file: string, json = false) {
  let [out, err] = ["", ""];
  const code = await runCheck(
    { paths: [join(folder, file)], json, probe: false },
    {
      out: (text) => {
        out += text;
      },
      err: (text) => {
        err += text;
      },
    },
  );
  return { code, out, err };
}
