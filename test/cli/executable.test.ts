/**
 * The one-file executable, built the way a release is: it needs neither this repository nor what lies in the
 * working directory.
 */
import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cleanUp, ROOT, readUntil, runToEnd, start, temporaryFolder, writeFile } from "./support.ts";

/** Bundling takes a moment, and copying the runtime the rest on a slow disk. */
const BUILD_LIMIT_MS = 60_000;

const folder = mkdtempSync(join(tmpdir(), "portward executable "));
const executable = join(folder, "portward");

beforeAll(async () => {
  const build = await runToEnd([join(ROOT, "bin/bun"), "scripts/build.ts", executable]);
  if (build.code !== 0) throw new Error(build.err);
}, BUILD_LIMIT_MS);
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(cleanUp);

test("tells its version", async () => {
  expect(await runToEnd([executable, "--version"])).toEqual({ code: 0, out: "0.1.0\n", err: "" });
});

test("checks the original files, and prints the schema", async () => {
  const fixtures = join(ROOT, "fixtures/liteginx");
  const check = await runToEnd([executable, "check", "--config", fixtures], { cwd: folder });
  expect(check).toEqual({ code: 0, out: "ok: 3 routes on 2 listeners\n", err: "" });
  const schema = await runToEnd([executable, "schema"], { cwd: folder });
  expect(JSON.parse(schema.out)).toHaveProperty("$schema");
});

test("evaluates a configuration in TypeScript, with nothing installed beside it", async () => {
  const cwd = temporaryFolder();
  const text = `import { defineConfig, env } from "portward";
const paths: string[] = ["/a", "/b"];
export default defineConfig({
  routes: paths.map((path) => ({ listen: env("PORT", "5000"), path, respond: { body: path } })),
});
`;
  writeFile(join(cwd, "shop.ts"), text);
  const check = await runToEnd([executable, "check", "--config", "shop.ts"], { cwd });
  expect(check).toEqual({ code: 0, out: "ok: 2 routes on 1 listener\n", err: "" });
  writeFile(join(cwd, "shop.ts"), text.replace('["/a", "/b"]', "missing"));
  const failed = await runToEnd([executable, "check", "--config", "shop.ts"], { cwd });
  expect(failed).toMatchObject({ code: 1, out: "" });
  expect(failed.err).toContain(
    "shop.ts:2:25: error[script.threw]: the script failed: ReferenceError: missing",
  );
});

test("runs the demo from anywhere, with the three files inside", async () => {
  const child = start([executable, "demo"], { cwd: temporaryFolder() });
  const text = await readUntil(child.stdout, /Ctrl-C stops everything\.\n/);
  const [, url] = /curl -s (\S+\/one)/.exec(text)!;
  expect(await (await fetch(url!)).json()).toEqual({ message: "one" });
  expect(await (await fetch(url!.replace("/one", "/two"))).json()).toEqual({ message: "two" });
  child.kill("SIGTERM");
  expect(await child.exited).toBe(0);
});

test("obeys nothing that lies in the working directory", async () => {
  const cwd = temporaryFolder();
  const trap = writeFile(join(cwd, "trap.ts"), 'console.log("TRAPPED");\n');
  writeFile(join(cwd, "bunfig.toml"), `preload = [${JSON.stringify(trap)}]\n`);
  writeFile(join(cwd, ".env"), `PORTWARD_CONFIG=${cwd}\n`);
  expect((await runToEnd([executable, "--version"], { cwd })).out).toBe("0.1.0\n");
  const check = await runToEnd([executable, "check"], { cwd, env: { HOME: cwd } });
  expect(check.err).toContain(join(cwd, ".config/portward"));
});
