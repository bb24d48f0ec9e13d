/** Where a proxy can listen and connect to: Unix sockets, IPv6, names with several addresses, names without any. */
import { afterEach, describe, expect, test } from "bun:test";
import { lookup } from "node:dns/promises";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ask, askOnce, EchoUpstream, fieldOf } from "../support/echo-upstream.ts";
import { eventually } from "../support/eventually.ts";
import { NameServer } from "../support/name-server.ts";
import { RawPeer } from "../support/raw-peer.ts";
import { startTestProxy } from "../support/test-proxy.ts";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function socketPath(): string {
  const folder = mkdtempSync(join(tmpdir(), "portward-"));
  folders.push(folder);
  return join(folder, "web.sock");
}

async function connectTo(where: net.NetConnectOpts): Promise<RawPeer> {
  const socket = net.connect(where);
  await new Promise<void>((resolve, reject) => socket.once("connect", resolve).once("error", reject));
  return new RawPeer(socket);
}

/** Whether this machine has `::1`; containers often do not. */
const hasIpv6 = await new Promise<boolean>((resolve) => {
  const probe = net.createServer();
  probe.once("error", () => resolve(false));
  probe.listen(0, "::1", () => probe.close(() => resolve(true)));
});

/** Both families on most machines; some containers know localhost as 127.0.0.1 only. */
const localhost = (await lookup("localhost", { all: true })).map(({ address }) => address);

describe("Unix sockets", () => {
  test("upstream, as `unix:PATH` and as a map", async () => {
    const path = socketPath();
    await using _ = await EchoUpstream.start("socket", { path });
    await using proxy = await startTestProxy(`
listeners: { web: { address: "127.0.0.1:0" } }
routes:
  - { listen: web, path: /a, targets: ["unix:${path}"] }
  - { listen: web, path: /b, targets: [{ unix: "${path}" }] }
`);
    for (const target of ["/a", "/b"]) {
      const { echo } = await askOnce(proxy.port(), `GET ${target} HTTP/1.1`, "Host: h");
      expect(echo).toMatchObject({ name: "socket", target });
    }
  });

  test("a path that nobody listens on is refused, like a port", async () => {
    const path = socketPath();
    await using proxy = await startTestProxy(
      `routes: [{ listen: "127.0.0.1:0", path: /, targets: ["unix:${path}"] }]`,
    );
    const { status, body } = await askOnce(proxy.port(), "GET / HTTP/1.1", "Host: h");
    expect([status, JSON.parse(body).code]).toEqual([502, "upstream.refused"]);
  });

  test("downstream: serves, does not invent an address, and takes its file away", async () => {
    const path = socketPath();
    await using upstream = await EchoUpstream.start("a");
    const proxy = await startTestProxy(
      `routes: [{ listen: "unix:${path}", path: /, targets: ["${upstream.target}"] }]`,
    );
    using client = await connectTo({ path });
    const { echo } = await ask(client, "GET / HTTP/1.1", "Host: h", "X-Forwarded-For: 6.6.6.6");
    expect(fieldOf(echo, "x-forwarded-for")).toBe("unknown");
    await proxy[Symbol.asyncDispose]();
    expect(existsSync(path)).toBe(false);
  });

  test("a socket file that a crash left behind is replaced; one that is served is not", async () => {
    const path = socketPath();
    await Bun.spawn([process.execPath, "-e", LEAVE_A_SOCKET, path], { stdout: "pipe" }).exited;
    expect(existsSync(path)).toBe(true);
    await using upstream = await EchoUpstream.start("a");
    const yaml = `routes: [{ listen: "unix:${path}", path: /, targets: ["${upstream.target}"] }]`;
    await using _ = await startTestProxy(yaml);
    using client = await connectTo({ path });
    expect((await ask(client, "GET / HTTP/1.1", "Host: h")).echo.name).toBe("a");
    expect(startTestProxy(yaml)).rejects.toThrow("EADDRINUSE");
  });
});

describe("IPv6", () => {
  test.skipIf(!hasIpv6)("loopback as listener and as target", async () => {
    await using upstream = await EchoUpstream.start("six", { host: "::1" });
    await using proxy = await startTestProxy(
      `routes: [{ listen: "[::1]:0", path: /, targets: ["[::1]:${upstream.port}"] }]`,
    );
    using client = await connectTo({ host: "::1", port: proxy.port() });
    const { echo } = await ask(client, "GET / HTTP/1.1", `Host: [::1]:${proxy.port()}`);
    expect(echo.name).toBe("six");
    expect(fieldOf(echo, "x-forwarded-for")).toBe("::1");
  });

  test.skipIf(!hasIpv6)(
    "`listen: PORT` takes both families, and tells IPv4 clients by their IPv4 address",
    async () => {
      await using upstream = await EchoUpstream.start("a");
      const port = (await EchoUpstream.start("probe").then(async (probe) => {
        const { port } = probe;
        await probe[Symbol.asyncDispose]();
        return port;
      })) as number;
      await using _ = await startTestProxy(
        `routes: [{ listen: ${port}, path: /, targets: ["${upstream.target}"] }]`,
      );
      for (const host of ["127.0.0.1", "::1"]) {
        using client = await connectTo({ host, port });
        const { echo } = await ask(client, "GET / HTTP/1.1", "Host: h");
        expect(fieldOf(echo, "x-forwarded-for")).toBe(host);
      }
    },
  );

  for (const host of ["127.0.0.1", "::1"]) {
    test.skipIf(!localhost.includes(host) || (host === "::1" && !hasIpv6))(
      `localhost reaches a server that only has ${host}`,
      async () => {
        await using upstream = await EchoUpstream.start("local", { host });
        await using proxy = await startTestProxy(
          `routes: [{ listen: "127.0.0.1:0", path: /, targets: ["localhost:${upstream.port}"] }]`,
        );
        for (let count = 0; count < 6; count++) {
          const { status, echo } = await askOnce(
            proxy.port(),
            "GET / HTTP/1.1",
            "Host: h",
            "Connection: close",
          );
          expect([status, echo.name]).toEqual([200, "local"]);
        }
      },
    );
  }
});

describe("names", () => {
  test("one that does not resolve stops only its own route, with a 502 that says so", async () => {
    await using names = await NameServer.start(60);
    await using upstream = await EchoUpstream.start("a");
    await using proxy = await startTestProxy(`
settings: { dns: { servers: ["${names.address}"] } }
listeners: { web: { address: "127.0.0.1:0" } }
routes:
  - { listen: web, path: /, targets: ["${upstream.target}"] }
  - { listen: web, path: /lost, targets: ["nowhere.example:80"] }
`);
    const { status, body } = await askOnce(proxy.port(), "GET /lost HTTP/1.1", "Host: h");
    expect(status).toBe(502);
    expect(JSON.parse(body)).toMatchObject({ code: "upstream.name_not_found" });
    expect(proxy.events.at(-1)).toMatchObject({
      error: "upstream.name_not_found",
      cause: "ENOTFOUND",
      target: "nowhere.example:80",
    });
    expect((await askOnce(proxy.port(), "GET / HTTP/1.1", "Host: h")).echo.name).toBe("a");
  });

  for (const host of ["127.0.0.1", "::1"]) {
    test.skipIf(!hasIpv6)(`one of both families reaches a server that only has ${host}`, async () => {
      await using names = await NameServer.start(60);
      names.zone.set("dual.example", ["127.0.0.1", "::1"]);
      await using upstream = await EchoUpstream.start("one family", { host });
      await using proxy = await startTestProxy(`
settings: { dns: { servers: ["${names.address}"] }, pool: { idle: 0 } }
routes: [{ listen: "127.0.0.1:0", path: /, targets: ["dual.example:${upstream.port}"] }]
`);
      for (let count = 0; count < 4; count++) {
        const { echo } = await askOnce(proxy.port(), "GET / HTTP/1.1", "Host: h");
        expect(echo.name).toBe("one family");
      }
      expect(proxy.failures).toEqual([]);
    });
  }

  test("one that begins to resolve is used from then on, without a restart", async () => {
    await using names = await NameServer.start(1);
    await using upstream = await EchoUpstream.start("a");
    await using proxy = await startTestProxy(`
settings: { dns: { servers: ["${names.address}"] } }
routes: [{ listen: "127.0.0.1:0", path: /, targets: ["soon.example:${upstream.port}"] }]
`);
    expect((await askOnce(proxy.port(), "GET / HTTP/1.1", "Host: h")).status).toBe(502);
    names.zone.set("soon.example", ["127.0.0.1"]);
    const asked = names.queries;
    await eventually(() => names.queries >= asked + 2, "asked again for soon.example");
    using client = await RawPeer.connect(proxy.port());
    let answer = await ask(client, "GET / HTTP/1.1", "Host: h");
    for (let count = 0; count < 1_000 && answer.status !== 200; count++) {
      await Bun.sleep(10);
      answer = await ask(client, "GET / HTTP/1.1", "Host: h");
    }
    expect(answer.echo.name).toBe("a");
  });

  test.skipIf(process.platform !== "linux")(
    "one with several addresses is served while any of them accepts",
    async () => {
      await using names = await NameServer.start(60);
      names.zone.set("two.example", ["127.0.0.77", "127.0.0.1"]);
      await using upstream = await EchoUpstream.start("a");
      await using proxy = await startTestProxy(`
settings: { dns: { servers: ["${names.address}"] }, pool: { idle: 0 } }
routes: [{ listen: "127.0.0.1:0", path: /, targets: ["two.example:${upstream.port}"] }]
`);
      for (let count = 0; count < 6; count++) {
        const { status } = await askOnce(proxy.port(), "GET / HTTP/1.1", "Host: h");
        expect(status).toBe(200);
      }
      expect(proxy.failures).toEqual([]);
    },
  );

  test.skipIf(process.platform !== "linux")(
    "one with several addresses that all accept spreads over them",
    async () => {
      await using names = await NameServer.start(60);
      names.zone.set("two.example", ["127.0.0.2", "127.0.0.3"]);
      await using second = await EchoUpstream.start("second", { host: "127.0.0.2" });
      await using third = await EchoUpstream.start("third", { host: "127.0.0.3", port: second.port });
      await using proxy = await startTestProxy(`
settings: { dns: { servers: ["${names.address}"] }, pool: { idle: 0 } }
routes: [{ listen: "127.0.0.1:0", path: /, targets: ["two.example:${third.port}"] }]
`);
      const seen: string[] = [];
      for (let count = 0; count < 6; count++)
        seen.push((await askOnce(proxy.port(), "GET / HTTP/1.1", "Host: h")).echo.name);
      expect(seen.sort()).toEqual(["second", "second", "second", "third", "third", "third"]);
    },
  );
});

/** Exits without closing, so that the file stays. */
const LEAVE_A_SOCKET = `
Bun.listen({ unix: process.argv.at(-1), socket: { data() {} } });
process.kill(process.pid, "SIGKILL");
`;
