/**
 * A proxy that gets another configuration while it serves: what becomes of its listeners, of connections that are
 * open and of requests that are under way.
 */
import { expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ok } from "../../src/base/result.ts";
import { listenOnDescriptors } from "../../src/io/listen-descriptors.ts";
import { openListening } from "../../src/io/listening-descriptor.ts";
import { AF_INET, posix, SOCK_STREAM } from "../../src/io/posix.ts";
import { tcpName } from "../../src/io/socket-name.ts";
import type { OpenListener } from "../../src/runtime/start.ts";
import { certificatePath } from "../support/certificates.ts";
import { ask, askOnce, EchoUpstream } from "../support/echo-upstream.ts";
import { eventually } from "../support/eventually.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { freePort } from "../support/free-port.ts";
import { RawPeer } from "../support/raw-peer.ts";
import { ScriptedUpstream } from "../support/scripted-upstream.ts";
import { startTestProxy } from "../support/test-proxy.ts";
import { TlsClient } from "../support/tls-client.ts";

const GET = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
const HEAD_END = /\r\n\r\n/;

function web(target: string, more = ""): string {
  return `
listeners: { web: { address: "127.0.0.1:0" } }
routes:
  - { listen: web, path: /, targets: ["${target}"] }
${more}`;
}

function saying(text: string, settings = "{}"): string {
  return `
settings: ${settings}
listeners: { web: { address: "127.0.0.1:0" } }
routes: [{ listen: web, path: /, respond: { status: 200, body: "${text}" } }]
`;
}

async function isRefused(port: number): Promise<boolean> {
  const client = await RawPeer.connect(port).catch(() => null);
  client?.socket.destroy();
  return client === null;
}

test("a connection stays open and its next request is answered by the new configuration", async () => {
  await using proxy = await startTestProxy(saying("one"));
  using client = await RawPeer.connect(proxy.port());
  expect((await ask(client, "GET / HTTP/1.1", "Host: h")).body).toBe("one");
  const report = await proxy.reloaded(saying("two"));
  expect((await ask(client, "GET / HTTP/1.1", "Host: h")).body).toBe("two");
  expect(report.listeners).toEqual({ added: [], removed: [], renamed: [], replaced: [], kept: 1 });
});

test("a request that is under way ends as it began, though its route is gone", async () => {
  await using upstream = await ScriptedUpstream.start();
  await using proxy = await startTestProxy(web(upstream.target));
  using client = await RawPeer.connect(proxy.port());
  client.send(GET);
  using target = await upstream.accept();
  await target.until(HEAD_END);
  const report = await proxy.reloaded(saying("new"));
  expect(report.upstreams).toMatchObject({ added: [], removed: ["test/0"], targetsRemoved: 1 });
  target.send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nold");
  expect(await client.until(/old$/)).not.toContain("Connection: close");
  expect((await ask(client, "GET / HTTP/1.1", "Host: h")).body).toBe("new");
  expect(await proxy.record(0)).toMatchObject({ route: "test/0", target: upstream.target, error: null });
  client.socket.destroy();
  await proxy.quiet();
});

test("listeners come and go; one that goes answers what it has begun and says that it closes", async () => {
  await using upstream = await ScriptedUpstream.start();
  const route = (name: string) => `
listeners: { ${name}: { address: "127.0.0.1:0" } }
routes: [{ listen: ${name}, path: /, targets: ["${upstream.target}"] }]`;
  await using proxy = await startTestProxy(route("old"));
  const oldPort = proxy.port("old");
  using client = await RawPeer.connect(oldPort);
  client.send(GET);
  using target = await upstream.accept();
  await target.until(HEAD_END);
  const report = await proxy.reloaded(route("new"));
  expect(report.listeners).toMatchObject({ added: ["new"], removed: ["old"], kept: 0 });
  expect(await isRefused(oldPort)).toBe(true);
  expect(proxy.running.census().listeners).toMatchObject([
    { name: "new", connections: 0, leaving: false },
    { name: "old", connections: 1, leaving: true },
  ]);
  target.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  expect(await client.untilEnd()).toMatch(/Connection: close\r\n.*ok$/s);
  client.socket.end();
  await eventually(() => proxy.running.census().listeners.length === 1, "the old listener is gone");
  using other = await RawPeer.connect(proxy.port("new"));
  other.send(GET);
  await target.until(/GET.*GET/s).catch(async () => (await upstream.accept()).until(HEAD_END));
});

test("a listener that goes waits for a tunnel no longer than `settings.drain`", async () => {
  await using upstream = await ScriptedUpstream.start();
  const clock = new FakeClock();
  const tunnel = `
settings: { drain: 20s }
listeners: { tunnel: { address: "127.0.0.1:0" } }
routes: [{ kind: tcp, listen: tunnel, targets: ["${upstream.target}"] }]`;
  await using proxy = await startTestProxy(tunnel, { timers: clock.timers });
  using client = await RawPeer.connect(proxy.port());
  using target = await upstream.accept();
  client.send("begun");
  await target.until(/begun/);
  await proxy.reloaded(saying("else"));
  clock.advance(19_900);
  client.send("still");
  await target.until(/still/);
  clock.advance(200);
  expect(await Promise.all([client.closed, target.closed])).toEqual([{ reset: true }, { reset: true }]);
  expect((await proxy.record(0)).error?.code).toBe("proxy.draining");
});

test("a connection that waits in the queue of a listener that goes is served all the same", async () => {
  await using proxy = await startTestProxy(saying("served"));
  const port = proxy.port();
  // Connected by the kernel, with no turn of the event loop in which they could be accepted.
  const descriptors = Array.from({ length: 20 }, () => connectedDescriptor(port));
  const reload = proxy.reload(`
listeners: { other: { address: "127.0.0.1:0" } }
routes: [{ listen: other, path: /, respond: { status: 204 } }]`);
  const answers = descriptors.map((fd) => askOn(fd, GET));
  for (const answer of answers) expect(await answer).toMatch(/Connection: close\r\n.*served$/s);
  expect((await reload).ok).toBe(true);
});

test("a name is not what a listener is: it may be renamed with its connections open", async () => {
  const port = freePort();
  const named = (name: string) => `
listeners: { ${name}: { address: "127.0.0.1:${port}" } }
routes: [{ listen: ${name}, path: /, respond: { status: 200, body: ${name} } }]`;
  await using proxy = await startTestProxy(named("first"));
  using client = await RawPeer.connect(port);
  expect((await ask(client, "GET / HTTP/1.1", "Host: h")).body).toBe("first");
  const report = await proxy.reloaded(named("second"));
  expect(report.listeners).toMatchObject({ added: [], removed: [], renamed: ["second"], kept: 1 });
  expect((await ask(client, "GET / HTTP/1.1", "Host: h")).body).toBe("second");
  expect((await proxy.record(1)).listener).toBe("second");
});

test("an address that changes its protocol never refuses a connection", async () => {
  await using upstream = await ScriptedUpstream.start();
  const port = freePort();
  await using proxy = await startTestProxy(`
routes: [{ listen: "127.0.0.1:${port}", path: /, respond: { status: 200, body: http } }]`);
  using before = await RawPeer.connect(port);
  expect((await ask(before, "GET / HTTP/1.1", "Host: h")).body).toBe("http");
  const report = await proxy.reloaded(`
routes: [{ kind: tcp, listen: "127.0.0.1:${port}", targets: ["${upstream.target}"] }]`);
  expect(report.listeners).toMatchObject({ replaced: [`127.0.0.1:${port}`], kept: 1 });
  using after = await RawPeer.connect(port);
  using target = await upstream.accept();
  after.send("bytes");
  await target.until(/^bytes$/);
  // Its connection is told to go with the next answer.
  expect((await ask(before, "GET / HTTP/1.1", "Host: h")).fields["connection"]).toBe("close");
});

test("an address that gets TLS, or loses it, never refuses a connection", async () => {
  const port = freePort();
  const [cert, key] = ["shop-chain.crt", "shop.key"].map(certificatePath);
  const plain = `
routes: [{ listen: "127.0.0.1:${port}", path: /, respond: { status: 200, body: plain } }]`;
  const secure = `
listeners: { web: { address: "127.0.0.1:${port}", tls: { certificates: [{ cert: ${cert}, key: ${key} }] } } }
routes: [{ listen: web, path: /, respond: { status: 200, body: secure } }]`;
  await using proxy = await startTestProxy(plain);
  using before = await RawPeer.connect(port);
  expect((await ask(before, "GET / HTTP/1.1", "Host: h")).body).toBe("plain");
  expect((await proxy.reloaded(secure)).listeners).toMatchObject({ replaced: ["web"], kept: 1 });
  using client = await TlsClient.connect({ port });
  expect(await client.ask("GET / HTTP/1.1", "Host: shop.example")).toContain("secure");
  expect((await ask(before, "GET / HTTP/1.1", "Host: h")).fields["connection"]).toBe("close");
  expect((await proxy.reloaded(plain)).listeners.replaced).toHaveLength(1);
  expect((await askOnce(port, "GET / HTTP/1.1", "Host: h")).body).toBe("plain");
  expect(await client.ask("GET / HTTP/1.1", "Host: shop.example")).toContain("Connection: close");
});

test("between every address and one of them, with the port unchanged, no connection is refused", async () => {
  const port = freePort();
  const at = (address: string, text: string) => `
routes: [{ listen: "${address}", path: /, respond: { status: 200, body: ${text} } }]`;
  await using proxy = await startTestProxy(at(`${port}`, "wide"));
  for (const [address, text] of [
    [`127.0.0.1:${port}`, "narrow"],
    [`${port}`, "wide"],
    [`0.0.0.0:${port}`, "wide4"],
    [`127.0.0.1:${port}`, "narrow"],
  ] as const) {
    expect((await proxy.reload(at(address, text))).ok).toBe(true);
    expect((await askOnce(port, "GET / HTTP/1.1", "Host: h")).body).toBe(text);
  }
});

test("a listening socket may be handed in, and is asked for only where the address is new", async () => {
  const opened: string[] = [];
  const handIn: OpenListener = ({ name, address }, adopt) => {
    opened.push(name);
    const set = openListening(posix!, address, 2);
    return set.ok ? ok(listenOnDescriptors(set.value.address, set.value.descriptors, adopt)) : set;
  };
  await using proxy = await startTestProxy(saying("zero"));
  const two = (text: string) => `
listeners: { web: { address: "127.0.0.1:0" }, given: { address: "127.0.0.1:0" } }
routes: [{ listen: [web, given], path: /, respond: { status: 200, body: ${text} } }]`;
  expect((await proxy.reload(two("one"), handIn)).ok).toBe(true);
  expect((await proxy.reload(two("two"), handIn)).ok).toBe(true);
  expect(opened).toEqual(["given"]);
  for (let i = 0; i < 8; i++) {
    expect((await askOnce(proxy.port("given"), "GET / HTTP/1.1", "Host: h")).body).toBe("two");
  }
});

test("settings hold for the next request, on connections that were there before", async () => {
  await using proxy = await startTestProxy(saying("x", "{ limits: { requests_per_connection: 10 } }"));
  using client = await RawPeer.connect(proxy.port());
  const long = `X: ${"x".repeat(3_000)}`;
  expect((await ask(client, "GET / HTTP/1.1", "Host: h", long)).status).toBe(200);
  await proxy.reloaded(saying("x", "{ limits: { head: 1KiB } }"));
  expect((await ask(client, "GET / HTTP/1.1", "Host: h")).status).toBe(200);
  client.clear();
  client.send(`GET / HTTP/1.1\r\nHost: h\r\n${long}\r\n\r\n`);
  expect(await client.untilEnd()).toStartWith("HTTP/1.1 431 ");
});

test("whom to believe is asked anew on a connection that stays", async () => {
  await using upstream = await EchoUpstream.start("a");
  const trusting = (networks: string) =>
    `settings: { trusted_proxies: ${networks} }\n${web(upstream.target).trimStart()}`;
  await using proxy = await startTestProxy(trusting("[]"));
  using client = await RawPeer.connect(proxy.port());
  const believed = async () => {
    const { echo } = await ask(client, "GET / HTTP/1.1", "Host: h", "X-Forwarded-For: 203.0.113.9");
    return echo.fields.find(([name]) => name === "x-forwarded-for")![1];
  };
  expect(await believed()).not.toContain("203.0.113.9");
  await proxy.reloaded(trusting('["127.0.0.0/8"]'));
  expect(await believed()).toContain("203.0.113.9");
  await proxy.reloaded(trusting("[]"));
  expect(await believed()).not.toContain("203.0.113.9");
});

test("the access log moves without losing a line, and stays open where it stays", async () => {
  const folder = await mkdtemp(join(tmpdir(), "portward-"));
  const [one, two] = [join(folder, "one.log"), join(folder, "two.log")];
  try {
    const proxy = await startTestProxy(saying("x", `{ access_log: "${one}" }`));
    const request = () => askOnce(proxy.port(), "GET / HTTP/1.1", "Host: h");
    await request();
    await proxy.reloaded(saying("y", `{ access_log: "${one}" }`));
    await request();
    await proxy.reloaded(saying("z", `{ access_log: "${two}" }`));
    await request();
    await proxy.reloaded(saying("z", "{ access_log: off }"));
    await request();
    await proxy.running.drain(0);
    const lines = (file: string) => readFileSync(file, "utf8").trimEnd().split("\n").length;
    expect([lines(one), lines(two)]).toEqual([2, 1]);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("a Unix socket stays, and its file goes with it", async () => {
  const folder = await mkdtemp(join(tmpdir(), "portward-"));
  try {
    const path = join(folder, "web.sock");
    const at = (text: string) => `
routes: [{ listen: "unix:${path}", path: /, respond: { status: 200, body: ${text} } }]`;
    await using proxy = await startTestProxy(at("one"));
    const said = async () => (await fetch("http://h/", { unix: path })).text();
    expect(await said()).toBe("one");
    await proxy.reloaded(at("two"));
    expect(await said()).toBe("two");
    await proxy.reloaded(saying("else"));
    expect(existsSync(path)).toBe(false);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("reloads are carried out one after the other, in the order of the calls", async () => {
  await using proxy = await startTestProxy(saying("0"));
  const reports = await Promise.all(["1", "2", "3"].map((text) => proxy.reload(saying(text))));
  expect(reports.map(({ ok }) => ok)).toEqual([true, true, true]);
  expect((await askOnce(proxy.port(), "GET / HTTP/1.1", "Host: h")).body).toBe("3");
});

test("a proxy that drains or has stopped takes no other configuration", async () => {
  const proxy = await startTestProxy(saying("x"));
  await proxy.running.drain(0);
  const refused = await proxy.reload(saying("y"));
  expect(!refused.ok && refused.error[0]!.code).toBe("reload.stopping");
});

/** A connection to a port of 127.0.0.1, made within this very call. */
function connectedDescriptor(port: number): number {
  const name = tcpName(posix!, "127.0.0.1", port)!;
  const fd = posix!.socket(AF_INET, SOCK_STREAM, 0);
  if (posix!.connect(fd, name, name.length) !== 0) throw new Error("not connected");
  return fd;
}

/** All that comes back until the end. */
function askOn(fd: number, request: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let received = "";
  const socket = {
    open: (opened: { write(text: string): void }) => opened.write(request),
    data(_: unknown, chunk: Buffer) {
      received += chunk.toString("latin1");
    },
    end: (ended: { end(): void }) => ended.end(),
    close: (_: unknown, error?: Error) => (error === undefined ? resolve(received) : reject(error)),
  };
  Bun.connect({ fd, socket } as never).catch(reject);
  return promise;
}
