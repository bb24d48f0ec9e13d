/** TLS to targets: verified unless said otherwise, every refusal with its own word, sessions and tunnels. */
import { describe, expect, test } from "bun:test";
import { createHash, X509Certificate } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import http2 from "node:http2";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import tls from "node:tls";
import { certificatePath, pem } from "../support/certificates.ts";
import { eventually } from "../support/eventually.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { RawPeer } from "../support/raw-peer.ts";
import { startTestProxy } from "../support/test-proxy.ts";

const ROOT = certificatePath("root.crt");

interface SecureUpstream extends Disposable {
  readonly port: number;
  readonly requests: { resumed: boolean; servername: string | false; client: string; host: string }[];
  readonly handshakes: number;
}

async function secureUpstream(cert = "shop-chain", options: tls.TlsOptions = {}): Promise<SecureUpstream> {
  const requests: SecureUpstream["requests"] = [];
  const sockets = new Set<tls.TLSSocket>();
  const key = pem(`${cert.replace("-chain", "")}.key`);
  const server = tls.createServer({ cert: pem(`${cert}.crt`), key, ...options }, (socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("data", (chunk: Buffer) => {
      requests.push({
        resumed: socket.isSessionReused(),
        servername: (socket as tls.TLSSocket & { servername: string }).servername,
        client: String(socket.getPeerCertificate()?.subject?.CN ?? ""),
        host: /^host: (.*)$/im.exec(chunk.toString("latin1"))?.[1] ?? "",
      });
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecure");
    });
  });
  server.on("tlsClientError", () => {});
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    port: (server.address() as net.AddressInfo).port,
    requests,
    get handshakes() {
      return sockets.size;
    },
    [Symbol.dispose]: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

/** @param tlsOptions of the upstream, YAML in flow style */
function proxyTo(target: string, tlsOptions: string, settings = "{}", environment = {}) {
  return startTestProxy(
    `
settings: ${settings}
listeners: { web: { address: "127.0.0.1:0" } }
upstreams: { api: { targets: ["${target}"], tls: ${tlsOptions} } }
routes: [ { listen: web, path: /, upstream: api } ]
`,
    environment,
  );
}

async function get(port: number, host = "h"): Promise<string> {
  using peer = await RawPeer.connect(port);
  peer.send(`GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
  return await peer.untilEnd();
}

test("a target with https gets the request over TLS, verified by a CA, with the client's Host", async () => {
  using upstream = await secureUpstream();
  await using proxy = await proxyTo(`https://localhost:${upstream.port}`, `{ ca: "${ROOT}" }`);
  for (let i = 0; i < 3; i++) expect(await get(proxy.port(), "shop.example")).toEndWith("secure");
  expect(upstream.requests[0]).toEqual({
    resumed: false,
    servername: "localhost",
    client: "",
    host: "shop.example",
  });
  expect(upstream.handshakes).toBe(1);
  expect((await proxy.record(0)).target).toBe(`tls://localhost:${upstream.port}`);
});

describe("a certificate", () => {
  const refused: readonly (readonly [string, string, string, string])[] = [
    ["of an unknown CA", "shop-chain", "{}", "upstream.tls_unknown_ca"],
    ["without its chain", "shop", `{ ca: "${ROOT}" }`, "upstream.tls_unknown_ca"],
    ["of a stranger", "self-made", `{ ca: "${ROOT}" }`, "upstream.tls_unknown_ca"],
    ["for another name", "shop-chain", `{ ca: "${ROOT}", server_name: other.example }`, "upstream.tls_name"],
    ["that has expired", "expired", `{ ca: "${ROOT}", server_name: shop.example }`, "upstream.tls_expired"],
    ["with another key", "shop-chain", `{ ca: "${ROOT}", pins: ["${"A".repeat(43)}="] }`, "upstream.tls_pin"],
  ];
  for (const [what, cert, options, code] of refused) {
    test(`${what} is refused, and nothing is sent`, async () => {
      using upstream = await secureUpstream(cert);
      await using proxy = await proxyTo(`https://127.0.0.1:${upstream.port}`, options);
      expect(await get(proxy.port())).toStartWith("HTTP/1.1 502 ");
      expect((await proxy.record(0)).error!.code).toBe(code as never);
      expect(upstream.requests).toEqual([]);
      await proxy.quiet();
    });
  }

  test("may be pinned, and named otherwise", async () => {
    using upstream = await secureUpstream();
    const key = new X509Certificate(pem("shop.crt")).publicKey.export({ type: "spki", format: "der" });
    const pin = createHash("sha256").update(key).digest("base64");
    const options = `{ ca: "${ROOT}", server_name: api.shop.example, pins: ["${pin}"] }`;
    await using proxy = await proxyTo(`https://127.0.0.1:${upstream.port}`, options);
    expect(await get(proxy.port())).toEndWith("secure");
    expect(upstream.requests[0]!.servername).toBe("api.shop.example");
  });

  test("is not looked at when somebody said so", async () => {
    using upstream = await secureUpstream("self-made");
    await using proxy = await proxyTo(`https://127.0.0.1:${upstream.port}`, "{ insecure_skip_verify: on }");
    expect(await get(proxy.port())).toEndWith("secure");
  });

  test("of our own is shown to targets that ask, and renewed with its file", async () => {
    const folder = await mkdtemp(join(tmpdir(), "portward-tls-"));
    try {
      const write = async (name: string) => {
        await Bun.write(join(folder, "c.crt"), pem(`${name}.crt`));
        await Bun.write(join(folder, "c.key"), pem(`${name}.key`));
      };
      await write("client");
      using upstream = await secureUpstream("shop-chain", {
        requestCert: true,
        rejectUnauthorized: false,
        ca: pem("root.crt"),
      });
      const clock = new FakeClock();
      const certificate = `{ cert: "${join(folder, "c.crt")}", key: "${join(folder, "c.key")}" }`;
      await using proxy = await proxyTo(
        `https://127.0.0.1:${upstream.port}`,
        `{ ca: "${ROOT}", certificate: ${certificate} }`,
        "{ pool: { idle: 0 } }",
        { slowTimers: clock.timers },
      );
      await get(proxy.port());
      await write("revoked");
      clock.advance(10_100);
      await eventually(
        () => proxy.events.some(({ event }) => event === "certificates_renewed"),
        "the renewal",
      );
      await get(proxy.port());
      expect(upstream.requests.map(({ client }) => client)).toEqual(["jo", "gone"]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

test("a target is looked at over TLS, with the same trust", async () => {
  using good = await secureUpstream();
  using bad = await secureUpstream("self-made");
  const both = `"https://127.0.0.1:${good.port}", "https://127.0.0.1:${bad.port}"`;
  await using proxy = await startTestProxy(`
listeners: { web: { address: "127.0.0.1:0" } }
upstreams: { api: { targets: [${both}], tls: { ca: "${ROOT}" }, health: { every: 100ms, fall: 1, rise: 1 } } }
routes: [ { listen: web, path: /, upstream: api } ]
`);
  const told = (event: string) => proxy.events.filter((each) => each.event === event);
  await eventually(() => told("target_down").length === 1 && good.requests.length > 0, "both looks");
  expect(told("target_down")[0]).toMatchObject({
    target: `tls://127.0.0.1:${bad.port}`,
    fault: "tls_unknown_ca",
  });
  expect(await get(proxy.port())).toEndWith("secure");
});

test("a new connection resumes the session of the one before", async () => {
  using upstream = await secureUpstream();
  await using proxy = await proxyTo(
    `https://127.0.0.1:${upstream.port}`,
    `{ ca: "${ROOT}" }`,
    "{ pool: { idle: 0 } }",
  );
  for (let i = 0; i < 3; i++) await get(proxy.port());
  expect(upstream.requests.map(({ resumed }) => resumed)).toEqual([false, true, true]);
});

test("a target that speaks no TLS, one that says nothing, and one that hangs up", async () => {
  const behaviours: readonly ((socket: net.Socket) => void)[] = [
    (socket) => socket.write("SSH-2.0-x\r\n"),
    (socket) => socket.destroy(),
  ];
  for (const behave of behaviours) {
    const server = net.createServer((socket) => {
      socket.on("error", () => {});
      behave(socket);
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    const { port } = server.address() as net.AddressInfo;
    await using proxy = await proxyTo(`https://127.0.0.1:${port}`, "{}");
    expect(await get(proxy.port())).toContain("502");
    expect((await proxy.record(0)).error!.code).toBe("upstream.tls_handshake");
    await proxy.quiet();
    server.close();
  }
  const clock = new FakeClock();
  const silent = net.createServer((socket) => socket.on("error", () => {}));
  await new Promise<void>((listening) => silent.listen(0, "127.0.0.1", listening));
  const { port } = silent.address() as net.AddressInfo;
  await using proxy = await proxyTo(`https://127.0.0.1:${port}`, "{}", "{ timeouts: { connect: 2s } }", {
    timers: clock.timers,
  });
  using peer = await RawPeer.connect(proxy.port());
  peer.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  await eventually(() => proxy.running.census().targets[0]!.connecting === 1, "a handshake");
  clock.advance(2_100);
  expect(await peer.until(/}$/)).toContain("504");
  expect((await proxy.record(0)).error!.code).toBe("upstream.connect_timeout");
  silent.close();
});

test("an answer that only its end delimits is whole only if the target said so", async () => {
  for (const [cut, expected] of [
    [false, "whole"],
    [true, "reset"],
  ] as const) {
    const server = tls.createServer({ cert: pem("shop-chain.crt"), key: pem("shop.key") }, (socket) => {
      socket.on("error", () => {});
      socket.once("data", () => {
        socket.write("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhalf of it");
        if (!cut) socket.end();
      });
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    const { port } = server.address() as net.AddressInfo;
    using wire = await cuttable(port);
    await using proxy = await proxyTo(`https://127.0.0.1:${wire.port}`, `{ ca: "${ROOT}" }`);
    using peer = await RawPeer.connect(proxy.port());
    peer.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    await peer.until(/half of it/);
    if (cut) wire.cut();
    if (expected === "whole") expect(await peer.until(/0\r\n\r\n$/)).toContain("half of it");
    else expect((await peer.closed).reset).toBe(true);
    const { error } = await proxy.record(0);
    expect(error?.cause ?? null).toBe(cut ? "TLS_TRUNCATED" : null);
    server.close();
  }
});

test("HTTP/2 is agreed on in the handshake, and refused by silence", async () => {
  const server = http2.createSecureServer(
    { cert: pem("shop-chain.crt"), key: pem("shop.key") },
    (request, response) => {
      response.end(`h${request.httpVersion}`);
    },
  );
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as net.AddressInfo;
  using old = await secureUpstream();
  await using proxy = await startTestProxy(`
listeners: { web: { address: "127.0.0.1:0" } }
upstreams:
  new: { targets: ["https://127.0.0.1:${port}"], protocol: h2, tls: { ca: "${ROOT}" } }
  old: { targets: ["https://127.0.0.1:${old.port}"], protocol: h2, tls: { ca: "${ROOT}" } }
routes:
  - { listen: web, path: /, upstream: new }
  - { listen: web, host: old, path: /, upstream: old }
`);
  expect(await get(proxy.port())).toContain("h2.0");
  expect(await get(proxy.port(), "old")).toContain("502");
  expect((await proxy.record(1)).error).toMatchObject({ code: "upstream.tls_handshake" });
  server.close();
});

test("a tcp route speaks TLS to its target, behind a PROXY header in the clear", async () => {
  using inner = await secureUpstream();
  const { promise: told, resolve } = Promise.withResolvers<string>();
  // Takes the header off and passes the rest on, as a load balancer in front of the target would.
  const outer = net.createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", (chunk: Buffer) => {
      const end = chunk.indexOf("\r\n") + 2;
      resolve(chunk.toString("latin1", 0, end));
      const onward = net.connect(inner.port, "127.0.0.1", () => {
        onward.write(chunk.subarray(end));
        socket.pipe(onward).pipe(socket);
      });
      onward.on("error", () => {});
    });
  });
  await new Promise<void>((listening) => outer.listen(0, "127.0.0.1", listening));
  const { port } = outer.address() as net.AddressInfo;
  await using proxy = await startTestProxy(`
upstreams: { db: { targets: ["tls://127.0.0.1:${port}"], tls: { ca: "${ROOT}" } } }
routes: [ { kind: tcp, listen: "127.0.0.1:0", upstream: db, proxy_protocol: v1 } ]
`);
  using peer = await RawPeer.connect(proxy.port());
  const { localPort } = peer.socket;
  peer.send("hello");
  await peer.until(/secure/);
  expect(await told).toBe(`PROXY TCP4 127.0.0.1 127.0.0.1 ${localPort} ${proxy.port()}\r\n`);
  outer.close();
});

/** A wire that can be cut below TLS: what the server sent so far arrives, then a FIN. */
async function cuttable(port: number) {
  let client: net.Socket;
  const server = net.createServer({ allowHalfOpen: true }, (socket) => {
    client = socket;
    const upstream = net.connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    socket
      .on("error", () => {})
      .on("data", (chunk) => upstream.write(chunk))
      .on("end", () => upstream.end());
    upstream
      .on("error", () => {})
      .on("data", (chunk) => socket.write(chunk))
      .on("end", () => socket.end());
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    port: (server.address() as net.AddressInfo).port,
    cut: () => client.end(),
    [Symbol.dispose]: () => server.close(),
  };
}
