/**
 * The one-file executable, built the way a release is: it needs neither this repository nor what lies in the
 * working directory.
 */
import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { certificatePath, pem } from "../support/certificates.ts";
import {
  childrenOf,
  cleanUp,
  onCleanUp,
  ROOT,
  readUntil,
  runToEnd,
  start,
  temporaryFolder,
  writeFile,
} from "./support.ts";

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

test("serves by two workers: TLS, targets from a file, spans, a death and a reload", async () => {
  const cwd = temporaryFolder();
  const target = local(() => new Response("from the target"));
  const spans = Promise.withResolvers<string>();
  const collector = local((request) => {
    spans.resolve(new URL(request.url).pathname);
    return new Response();
  });
  writeFile(join(cwd, "targets.yaml"), `["${target}"]\n`);
  const site = (path: string) => `
settings: { tracing: { endpoint: "http://${collector}/v1/traces" } }
listeners:
  web:
    address: "127.0.0.1:0"
    tls: { certificates: [{ cert: ${certificatePath("shop-chain.crt")}, key: ${certificatePath("shop.key")} }] }
upstreams: { api: { discover: { file: { path: targets.yaml } }, health: { path: / } } }
routes: [{ listen: web, path: ${path}, upstream: api, retry: { attempts: 2 } }]
`;
  writeFile(join(cwd, "site.yaml"), site("/"));
  const command = [executable, "run", "--config", "site.yaml", "--workers", "2", "--admin", "off"];
  const child = start(command, { cwd });
  const ready = await readUntil(child.stderr, /^.*"event":"ready".*\n/m);
  const address = /"name":"web","address":"([^"]+)"/.exec(ready)![1]!;
  const ask = () =>
    fetch(`https://${address}/`, { headers: { host: "shop.example" }, tls: { ca: pem("root.crt") } });
  expect(await (await ask()).text()).toBe("from the target");
  expect(await spans.promise).toBe("/v1/traces");
  process.kill(childrenOf(child.pid)[0]!, "SIGKILL");
  await readUntil(child.stderr, /"event":"worker_ready"/);
  expect(await (await ask()).text()).toBe("from the target");
  writeFile(join(cwd, "site.yaml"), site("/elsewhere"));
  child.kill("SIGHUP");
  await readUntil(child.stderr, /"event":"reloaded"/);
  expect((await ask()).status).toBe(404);
  child.kill("SIGTERM");
  expect(await child.exited).toBe(0);
}, 60_000);

/** A server until the end of the test: its address. */
function local(answer: (request: Request) => Response): string {
  const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: answer });
  onCleanUp(() => void server.stop(true));
  return `127.0.0.1:${server.port}`;
}

test("obeys nothing that lies in the working directory", async () => {
  const cwd = temporaryFolder();
  const trap = writeFile(join(cwd, "trap.ts"), 'console.log("TRAPPED");\n');
  writeFile(join(cwd, "bunfig.toml"), `preload = [${JSON.stringify(trap)}]\n`);
  writeFile(join(cwd, ".env"), `PORTWARD_CONFIG=${cwd}\n`);
  expect((await runToEnd([executable, "--version"], { cwd })).out).toBe("0.1.0\n");
  const check = await runToEnd([executable, "check"], { cwd, env: { HOME: cwd } });
  expect(check.err).toContain(join(cwd, ".config/portward"));
});
