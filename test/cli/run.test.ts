/** The real program as users start it: what it says, which signals end it, what the shell sees. */
import { afterEach, expect, test } from "bun:test";
import { cpSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { startHttpUpstream } from "../../src/cli/demo/http-upstream.ts";
import { eventually } from "../support/eventually.ts";
import { freePort } from "../support/free-port.ts";
import {
  cleanUp,
  onCleanUp,
  PORTWARD,
  ROOT,
  readUntil,
  runToEnd,
  start,
  temporaryFolder,
  writeFile,
} from "./support.ts";

afterEach(cleanUp);

const FIXTURES = join(ROOT, "fixtures/liteginx");

interface Ready {
  readonly level: "info";
  readonly event: "ready";
  readonly listeners: readonly { name: string; address: string }[];
  readonly pid: number;
}

/** Waits for the line that process managers wait for. */
async function whenReady(child: ReturnType<typeof start>): Promise<Ready> {
  const seen = await readUntil(child.stderr, /^.*"event":"ready".*\n/m);
  return JSON.parse(seen.split("\n").find((line) => line.includes('"ready"'))!);
}

function upstreamAddress(): string {
  const upstream = startHttpUpstream(0);
  onCleanUp(() => void upstream.stop());
  return `127.0.0.1:${upstream.port}`;
}

function proxyCommand(portward = PORTWARD): string[] {
  return [portward, "proxy", "--listen", "127.0.0.1:0", "--to", upstreamAddress()];
}

test("proxy serves, and the process is the one that was started", async () => {
  const child = start(proxyCommand());
  const { listeners, pid } = await whenReady(child);
  expect(pid).toBe(child.pid);
  const answer = await fetch(`http://${listeners[0]!.address}/one`);
  expect(await answer.json()).toEqual({ message: "one" });
  child.kill("SIGTERM");
  expect(await child.exited).toBe(0);
});

test("run serves a file, answers /readyz at the admin address, and SIGHUP reads it again", async () => {
  const folder = temporaryFolder();
  const routes = `routes: [{ listen: "127.0.0.1:0", path: /, targets: ["${upstreamAddress()}"] }]\n`;
  writeFile(join(folder, "site.yaml"), routes);
  const admin = `127.0.0.1:${freePort()}`;
  const child = start([PORTWARD, "run", "--config", folder, "--admin", admin]);
  const { listeners } = await whenReady(child);
  for (const path of ["/healthz", "/readyz"]) {
    expect((await fetch(`http://${admin}${path}`)).status).toBe(200);
  }
  const url = `http://${listeners[0]!.address}/one`;
  expect((await fetch(url)).status).toBe(200);
  writeFile(join(folder, "site.yaml"), routes.replace("path: /", "path: /two"));
  child.kill("SIGHUP");
  await readUntil(child.stderr, /"event":"reloaded"/);
  expect((await fetch(url)).status).toBe(404);
  child.kill("SIGINT");
  expect(await child.exited).toBe(0);
});

test("SIGTERM lets a request in flight finish; a second one ends it at once", async () => {
  const holding = Promise.withResolvers<Response>();
  const upstream = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => holding.promise });
  onCleanUp(() => void upstream.stop(true));
  const child = start([PORTWARD, "proxy", "--listen", "127.0.0.1:0", "--to", `127.0.0.1:${upstream.port}`]);
  const { listeners } = await whenReady(child);
  const url = `http://${listeners[0]!.address}/`;

  const outcome = fetch(url).then((answer) => answer.json());
  await eventually(() => upstream.pendingRequests === 1, "a request under way");
  child.kill("SIGTERM");
  await readUntil(child.stderr, /"event":"draining"/);
  expect(child.exitCode).toBeNull();
  child.kill("SIGTERM");
  expect(await child.exited).toBe(0);
  expect(await outcome).toMatchObject({ code: "proxy.draining" });
});

test("a request in flight when SIGTERM comes is answered before the end", async () => {
  const holding = Promise.withResolvers<Response>();
  const upstream = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => holding.promise });
  onCleanUp(() => void upstream.stop(true));
  const child = start([PORTWARD, "proxy", "--listen", "127.0.0.1:0", "--to", `127.0.0.1:${upstream.port}`]);
  const { listeners } = await whenReady(child);
  const answer = fetch(`http://${listeners[0]!.address}/`);
  await eventually(() => upstream.pendingRequests === 1, "a request under way");
  child.kill("SIGTERM");
  await readUntil(child.stderr, /"event":"draining"/);
  holding.resolve(new Response("kept"));
  expect(await (await answer).text()).toBe("kept");
  expect(await child.exited).toBe(0);
});

test("a port that is taken is named with its place, ends in 1, and shows no stack", async () => {
  const taken = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  onCleanUp(() => taken.stop(true));
  const file = writeFile(
    join(temporaryFolder(), "taken.yaml"),
    `routes:\n  - listen: "127.0.0.1:${taken.port}"\n    path: /\n    targets: ["127.0.0.1:1"]\n`,
  );
  const { code, err } = await runToEnd([PORTWARD, "run", "--config", file, "--admin", "off"]);
  expect(code).toBe(1);
  expect(err).toContain(`${file}:2:`);
  expect(err).toContain(String(taken.port));
  expect(err).not.toContain("    at ");
});

test("an error in the configuration ends in 1 with its place, and nothing is served", async () => {
  const file = writeFile(join(temporaryFolder(), "bad.yaml"), "routes:\n  - lisen: 5000\n");
  const { code, err, out } = await runToEnd([PORTWARD, "run", "--config", file]);
  expect(code).toBe(1);
  expect(out).toBe("");
  expect(err).toContain(`${file}:2:5: error[config.unknown_key]`);
  expect(err).toContain("listen");
});

test("nothing in the working directory takes part in the start", async () => {
  const folder = temporaryFolder();
  const trap = writeFile(join(folder, "trap.ts"), 'console.log("TRAPPED");\n');
  writeFile(join(folder, "bunfig.toml"), `preload = [${JSON.stringify(trap)}]\n`);
  writeFile(join(folder, ".env"), `PORTWARD_CONFIG=${folder}\n`);
  writeFile(
    join(folder, "tsconfig.json"),
    '{ "compilerOptions": { "baseUrl": ".", "paths": { "*": ["./trap.ts"] } } }\n',
  );
  const version = await runToEnd([PORTWARD, "--version"], { cwd: folder });
  expect(version.out).toBe("0.1.0\n");
  const check = await runToEnd([PORTWARD, "check"], { cwd: folder, env: { HOME: folder } });
  expect(check.err).toContain(join(folder, ".config/portward"));
});

test("works through a link, and from a dependency's place without install scripts", async () => {
  const folder = temporaryFolder();
  symlinkSync(PORTWARD, join(folder, "linked portward"));
  expect((await runToEnd([join(folder, "linked portward"), "--version"], { cwd: folder })).out).toBe(
    "0.1.0\n",
  );

  const nodeModules = join(folder, "node_modules");
  const installed = join(nodeModules, "portward");
  mkdirSync(join(nodeModules, ".bin"), { recursive: true });
  for (const part of ["bin", "src", "fixtures", "package.json", "tsconfig.json"]) {
    cpSync(join(ROOT, part), join(installed, part), { recursive: true });
  }
  for (const name of ["@oven", "commander", "re2js", "yaml", "zod"]) {
    symlinkSync(join(ROOT, "node_modules", name), join(nodeModules, name));
  }
  symlinkSync("../portward/bin/portward", join(nodeModules, ".bin/portward"));
  const checked = await runToEnd([join(nodeModules, ".bin/portward"), "check", "--config", FIXTURES], {
    cwd: folder,
  });
  expect(checked).toEqual({ code: 0, out: "ok: 3 routes on 2 listeners\n", err: "" });
});

test("npx runs it from the project's root, and SIGTERM to npm leaves nothing behind", async () => {
  const env = { npm_config_cache: temporaryFolder(), npm_config_offline: "true" };
  const child = start(["npx", ...proxyCommand("portward")], { env });
  const { listeners, pid } = await whenReady(child);
  expect(pid).not.toBe(child.pid);
  expect((await fetch(`http://${listeners[0]!.address}/one`)).status).toBe(200);
  child.kill("SIGTERM");
  await child.exited;
  await eventually(() => !isRunning(pid), "the end");
});

test("a reader of the log that leaves does not end the proxy", async () => {
  const child = start(proxyCommand());
  const { listeners } = await whenReady(child);
  await child.stderr.cancel();
  for (let count = 0; count < 3; count++) child.kill("SIGHUP");
  expect((await fetch(`http://${listeners[0]!.address}/one`)).status).toBe(200);
  child.kill("SIGTERM");
  expect(await child.exited).toBe(0);
});

test("a long output reaches a slow reader whole, and one that stops early is no error", async () => {
  const whole = await runToEnd(["sh", "-c", `'${PORTWARD}' schema | cat`]);
  expect(() => JSON.parse(whole.out)).not.toThrow();
  const cut = await runToEnd(["sh", "-c", `{ '${PORTWARD}' schema; echo $? >&2; } | head -c 1`]);
  expect(cut).toEqual({ code: 0, out: "{", err: "0\n" });
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
