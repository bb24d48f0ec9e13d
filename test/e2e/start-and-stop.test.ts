/** The real program at its two ends: what keeps it from starting and how it says so, and what a stop lets finish. */
import { afterEach, describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import net, { type AddressInfo } from "node:net";
import { join } from "node:path";
import {
  childrenOf,
  cleanUp,
  onCleanUp,
  PORTWARD,
  readUntil,
  runToEnd,
  start,
  temporaryFolder,
  writeFile,
} from "../cli/support.ts";
import { freePort } from "../support/free-port.ts";
import { RawPeer } from "../support/raw-peer.ts";
import { ScriptedUpstream } from "../support/scripted-upstream.ts";

afterEach(cleanUp);

const HEAD_END = /\r\n\r\n/;

function configFile(text: string): string {
  return writeFile(join(temporaryFolder(), "site.yaml"), text);
}

/** `portward run` to its end, which is its failure to start. */
function runOn(file: string, ...more: string[]) {
  return runToEnd([PORTWARD, "run", "--config", file, "--admin", "off", ...more]);
}

async function takenPort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onCleanUp(() => void server.close());
  return (server.address() as AddressInfo).port;
}

function portIn(ready: string): number {
  return Number(/"address":"127\.0\.0\.1:(\d+)"/.exec(ready)![1]);
}

/** A running program that proxies to `target`, and the port where it does. */
async function running(target: string, settings = "{}") {
  const file = configFile(
    `settings: ${settings}\nroutes: [{ listen: "127.0.0.1:0", path: /, targets: ["${target}"] }]\n`,
  );
  // One worker, so that two clients share a pool.
  const child = start([PORTWARD, "run", "--config", file, "--admin", "off", "--workers", "1"]);
  const [, port] = /"address":"127\.0\.0\.1:(\d+)"/.exec(
    await readUntil(child.stderr, /"event":"ready".*\n/),
  )!;
  return { child, port: Number(port) };
}

/** A request that has reached its target. */
async function underWay(
  port: number,
  upstream: ScriptedUpstream,
  request = "GET / HTTP/1.1\r\nHost: h\r\n\r\n",
) {
  const client = await RawPeer.connect(port);
  client.send(request);
  const target = await upstream.accept();
  await target.until(HEAD_END);
  return { client, target };
}

/** The kernel may still take a connection while the listening socket is being closed. */
async function untilRefused(port: number): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const client = await RawPeer.connect(port).catch(() => null);
    if (client === null) return;
    await client.closed;
  }
  throw new Error("connections are still accepted");
}

describe("a start that fails ends with 1, says where and why, and shows no stack", () => {
  const route = (listen: string) => `  - { listen: "${listen}", path: /, targets: ["127.0.0.1:1"] }\n`;

  test("an address that this machine does not have", async () => {
    const file = configFile(`routes:\n${route("192.0.2.1:8080")}`);
    const { code, err } = await runOn(file);
    expect(code).toBe(1);
    expect(err).toContain(`${file}:2:`);
    expect(err).toContain("192.0.2.1:8080");
    expect(err).toContain("this machine does not have that address (EADDRNOTAVAIL)");
    expect(err).not.toContain("    at ");
  });

  test("several ports that are taken: all of them are named at once", async () => {
    const [first, second] = [await takenPort(), await takenPort()];
    const file = configFile(
      `routes:\n${route(`127.0.0.1:${first}`)}${route("127.0.0.1:0")}${route(`127.0.0.1:${second}`)}`,
    );
    const { code, err } = await runOn(file);
    expect(code).toBe(1);
    expect(err).toMatch(new RegExp(`^${file}:2:.*:${first}'.*another process listens there`, "m"));
    expect(err).toMatch(new RegExp(`^${file}:4:.*:${second}'.*another process listens there`, "m"));
    expect(err.trimEnd().split("\n")).toHaveLength(2);
  });

  test.skipIf(!portsBelow1024AreReserved())("a port that this user may not have", async () => {
    const file = configFile(`routes:\n${route("127.0.0.1:1")}`);
    const { code, err } = await runOn(file);
    expect(code).toBe(1);
    expect(err).toContain("this user may not (ports below 1024 need a capability) (EACCES)");
  });

  test("a Unix socket in a folder that is not there", async () => {
    const file = configFile(`routes:\n${route("unix:/nowhere/at/all/web.sock")}`);
    const { code, err } = await runOn(file);
    expect(code).toBe(1);
    expect(err).toContain(`${file}:2:`);
    expect(err).toContain("the folder does not exist (ENOENT)");
  });

  test("an admin address that is taken", async () => {
    const port = await takenPort();
    const file = configFile(`routes:\n${route("127.0.0.1:0")}`);
    const { code, err } = await runToEnd([PORTWARD, "run", "--config", file, "--admin", `127.0.0.1:${port}`]);
    expect(code).toBe(1);
    expect(err).toMatch(/error\[admin\.bind\]: .*another process listens there.*--admin off/);
  });

  test("an access log that cannot be opened", async () => {
    const file = configFile(
      `settings: { access_log: /nowhere/at/all.log }\nroutes:\n${route("127.0.0.1:0")}`,
    );
    const { code, err } = await runOn(file);
    expect(code).toBe(1);
    expect(err).toContain("error[access_log.open]");
    expect(err).toContain("/nowhere/at/all.log");
    expect(err).toContain("the folder does not exist (ENOENT)");
  });

  test("a configuration that is not there, and a folder without any", async () => {
    const folder = temporaryFolder();
    for (const path of [join(folder, "missing.yaml"), folder]) {
      const { code, err } = await runOn(path);
      expect(code).toBe(1);
      expect(err).toContain(path);
      expect(err).not.toContain("    at ");
    }
  });

  test("nothing is opened before all is known to be right", async () => {
    const path = join(temporaryFolder(), "web.sock");
    const wrong = route("127.0.0.1:0").replace("path", "pth");
    const file = configFile(`routes:\n${route(`unix:${path}`)}${wrong}`);
    const { code, err } = await runOn(file);
    expect(code).toBe(1);
    expect(err).toContain(`${file}:3:`);
    expect(existsSync(path)).toBe(false);
  });
});

describe("SIGTERM", () => {
  test("with `drain_lead`: /readyz fails first, while everything is still served", async () => {
    const admin = freePort();
    const file = configFile(
      `settings: { drain_lead: 600ms }\nroutes: [{ listen: "127.0.0.1:0", path: /, respond: { status: 200, body: hi } }]\n`,
    );
    const child = start([PORTWARD, "run", "--config", file, "--admin", `127.0.0.1:${admin}`]);
    const port = portIn(await readUntil(child.stderr, /"event":"ready".*\n/));
    const status = async (url: string) => (await fetch(url)).status;
    expect(await status(`http://127.0.0.1:${admin}/readyz`)).toBe(200);
    child.kill("SIGTERM");
    await readUntil(child.stderr, /"event":"not_ready","lead_ms":600/);
    expect(await status(`http://127.0.0.1:${admin}/readyz`)).toBe(503);
    expect(await status(`http://127.0.0.1:${port}/`)).toBe(200);
    await readUntil(child.stderr, /"event":"draining"/);
    expect(await child.exited).toBe(0);
  });

  test("lets an answer that has begun flow to its end, and takes no new connection meanwhile", async () => {
    await using upstream = await ScriptedUpstream.start();
    const { child, port } = await running(upstream.target);
    const { client, target } = await underWay(port, upstream);
    target.send("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\none");
    await client.until(/one$/);
    child.kill("SIGTERM");
    await readUntil(child.stderr, /"event":"draining"/);
    await untilRefused(port);
    target.send("two");
    expect(await client.untilEnd()).toEndWith("onetwo");
    client.socket.destroy();
    expect(await child.exited).toBe(0);
  });

  test("lets an upload finish, and its answer says that the connection ends", async () => {
    await using upstream = await ScriptedUpstream.start();
    const { child, port } = await running(upstream.target);
    const { client, target } = await underWay(
      port,
      upstream,
      "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nfirst",
    );
    child.kill("SIGTERM");
    await readUntil(child.stderr, /"event":"draining"/);
    client.send("other");
    await target.until(/firstother$/);
    target.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    expect(await client.untilEnd()).toMatch(/^HTTP\/1\.1 200 OK\r\n.*Connection: close\r\n.*ok$/s);
    client.socket.destroy();
    expect(await child.exited).toBe(0);
  });

  test("ends idle connections at once, with a FIN", async () => {
    await using upstream = await ScriptedUpstream.start();
    const { child, port } = await running(upstream.target);
    const clients = [await RawPeer.connect(port), await RawPeer.connect(port)];
    let target: RawPeer | null = null;
    for (const client of clients) {
      client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
      target ??= await upstream.accept();
      await target.until(HEAD_END);
      target.clear();
      target.send("HTTP/1.1 204 No Content\r\n\r\n");
      await client.until(HEAD_END);
    }
    const begun = performance.now();
    child.kill("SIGTERM");
    for (const client of clients) {
      await client.untilEnd();
      client.socket.end();
      expect(await client.closed).toEqual({ reset: false });
    }
    expect(await child.exited).toBe(0);
    expect(performance.now() - begun).toBeLessThan(SOON_MS);
  });

  test("serves no request that was pipelined behind the one under way", async () => {
    await using upstream = await ScriptedUpstream.start();
    const { child, port } = await running(upstream.target);
    const { client, target } = await underWay(
      port,
      upstream,
      "GET /1 HTTP/1.1\r\nHost: h\r\n\r\nGET /2 HTTP/1.1\r\nHost: h\r\n\r\n",
    );
    child.kill("SIGTERM");
    await readUntil(child.stderr, /"event":"draining"/);
    target.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    expect(await client.untilEnd()).toMatch(/Connection: close\r\n.*ok$/s);
    client.socket.destroy();
    expect(await child.exited).toBe(0);
    expect(target.received).not.toContain("/2");
  });

  test("waits for a tunnel no longer than `settings.drain`, then cuts it", async () => {
    await using upstream = await ScriptedUpstream.start();
    const { child, port } = await running(upstream.target, "{ drain: 400ms }");
    const { client, target } = await underWay(
      port,
      upstream,
      "GET / HTTP/1.1\r\nHost: h\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
    );
    target.send("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n");
    await client.until(HEAD_END);
    const begun = performance.now();
    child.kill("SIGTERM");
    await readUntil(child.stderr, /"event":"draining"/);
    client.send("still here");
    await target.until(/still here$/);
    expect(await Promise.all([client.closed, target.closed])).toEqual([{ reset: true }, { reset: true }]);
    expect(performance.now() - begun).toBeWithin(380, 380 + SOON_MS);
    expect(await child.exited).toBe(0);
  });

  test("with `drain: 0s` waits for nothing", async () => {
    await using upstream = await ScriptedUpstream.start();
    const { child, port } = await running(upstream.target, "{ drain: 0s }");
    const { client } = await underWay(port, upstream);
    const begun = performance.now();
    child.kill("SIGTERM");
    expect(await client.untilEnd()).toMatch(/^(HTTP\/1\.1 503 |$)/);
    expect(await child.exited).toBe(0);
    expect(performance.now() - begun).toBeLessThan(SOON_MS);
  });

  test("writes the access log's last lines before the end", async () => {
    await using upstream = await ScriptedUpstream.start();
    const log = join(temporaryFolder(), "access.log");
    const { child, port } = await running(upstream.target, `{ access_log: "${log}" }`);
    const { client, target } = await underWay(port, upstream);
    child.kill("SIGTERM");
    await readUntil(child.stderr, /"event":"draining"/);
    target.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    await client.untilEnd();
    client.socket.destroy();
    expect(await child.exited).toBe(0);
    expect(JSON.parse(readFileSync(log, "utf8"))).toMatchObject({ status: 200, path: "/" });
  });
});

test.skipIf(process.platform !== "linux")(
  "the program is one supervisor and its workers, without a shell in between",
  async () => {
    await using upstream = await ScriptedUpstream.start();
    const { child } = await running(upstream.target);
    const children = childrenOf(child.pid);
    expect(children).toHaveLength(1);
    for (const pid of [child.pid, ...children]) {
      expect(readFileSync(`/proc/${pid}/cmdline`, "utf8")).toContain("main.ts");
    }
    child.kill("SIGTERM");
    expect(await child.exited).toBe(0);
    for (const pid of children) expect(existsSync(`/proc/${pid}`)).toBe(false);
  },
);

/** Not for root, and not where the kernel was told otherwise, as container engines do. */
function portsBelow1024AreReserved(): boolean {
  if (process.platform !== "linux" || process.getuid!() === 0) return false;
  return Number(readFileSync("/proc/sys/net/ipv4/ip_unprivileged_port_start", "utf8")) > 1;
}

/** Who waits for the drain of 30 s takes longer, however busy the machine is. */
const SOON_MS = 8_000;
