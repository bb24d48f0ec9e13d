/** TLS that is passed on by its name, beside TLS that ends here; tunnels over TLS; PROXY headers on the way in and out. */
import { describe, expect, test } from "bun:test";
import net from "node:net";
import tls from "node:tls";
import { NO_PROXY_TLS, type ProxyHeader } from "../../src/protocol/proxy-line/proxy-header.ts";
import { readProxyHeader } from "../../src/protocol/proxy-line/read-proxy-header.ts";
import { writeProxyV1, writeProxyV2 } from "../../src/protocol/proxy-line/write-proxy-header.ts";
import { certificatePath, pem } from "../support/certificates.ts";
import { helloMessage, helloRecords } from "../support/client-hello.ts";
import { askOnce, EchoUpstream, fieldOf } from "../support/echo-upstream.ts";
import { RawPeer } from "../support/raw-peer.ts";
import { startTestProxy } from "../support/test-proxy.ts";
import { TlsClient, tlsGet } from "../support/tls-client.ts";

const SHOP = `tls: { certificates: [ { cert: "${certificatePath("shop-chain.crt")}", key: "${certificatePath("shop.key")}" } ] }`;

/** Ends TLS for other.example and says so; what it received before TLS is kept. */
async function tlsServer(greeting: string) {
  const server = tls.createServer({ cert: pem("other.crt"), key: pem("other.key") }, (socket) => {
    socket.on("error", () => {});
    socket.on("data", (chunk) => socket.end(`${greeting} ${chunk}`));
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const target = `127.0.0.1:${(server.address() as net.AddressInfo).port}`;
  return { target, [Symbol.dispose]: () => server.close() };
}

async function plainServer() {
  const connections: { bytes: Buffer; socket: net.Socket }[] = [];
  const server = net.createServer({ allowHalfOpen: true }, (socket) => {
    const connection = { bytes: Buffer.alloc(0), socket };
    connections.push(connection);
    socket.on("error", () => {});
    socket.on("data", (chunk: Buffer) => {
      connection.bytes = Buffer.concat([connection.bytes, chunk]);
      if (chunk.includes("bye")) socket.end("answer");
    });
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const target = `127.0.0.1:${(server.address() as net.AddressInfo).port}`;
  return { target, connections, [Symbol.dispose]: () => server.close() };
}

describe("a tls route", () => {
  test("passes on by name beside hosts whose TLS ends here", async () => {
    using other = await tlsServer("from other");
    await using proxy = await startTestProxy(`
listeners: { web: { address: "127.0.0.1:0", ${SHOP} } }
routes:
  - { listen: web, host: shop.example, path: /, respond: { body: ended here } }
  - { kind: tls, listen: web, host: ["*.example"], targets: ["${other.target}"] }
`);
    expect((await tlsGet({ port: proxy.port() })).body).toBe("ended here");
    using client = await TlsClient.connect({ port: proxy.port(), servername: "other.example" });
    expect(client.socket.getPeerCertificate().subject.CN).toBe("other.example");
    client.socket.write("hello");
    await new Promise((ended) => client.socket.on("end", ended));
    expect(client.received).toBe("from other hello");
    expect(await proxy.record(1)).toMatchObject({
      kind: "tcp",
      route: "test/1",
      host: "other.example",
      error: null,
    });
  });

  test("takes a ClientHello in any number of pieces, and refuses names that nobody has", async () => {
    using target = await plainServer();
    await using proxy = await startTestProxy(`
routes:
  - { kind: tls, listen: "127.0.0.1:0", host: db.example, targets: ["${target.target}"] }
`);
    const hello = helloRecords(helloMessage({ serverName: "db.example" }), 40);
    using peer = await RawPeer.connect(proxy.port());
    peer.socket.setNoDelay(true);
    for (const byte of hello) {
      peer.socket.write(Buffer.from([byte]));
      await new Promise(setImmediate);
    }
    peer.socket.write("bye");
    await peer.until(/answer/);
    expect(target.connections[0]!.bytes.equals(Buffer.concat([hello, Buffer.from("bye")]))).toBe(true);
    using stranger = await RawPeer.connect(proxy.port());
    stranger.socket.write(helloRecords(helloMessage({ serverName: "other.example" })));
    await stranger.untilEnd();
    expect(Buffer.from(stranger.received, "latin1").toString("hex")).toBe("15030300020270");
  });

  test("may ask for a protocol", async () => {
    using first = await plainServer();
    using second = await plainServer();
    await using proxy = await startTestProxy(`
routes:
  - { kind: tls, listen: "127.0.0.1:0", host: db.example, alpn: [postgresql], targets: ["${first.target}"] }
  - { kind: tls, listen: "127.0.0.1:0", targets: ["${second.target}"] }
`);
    const ask = async (serverName: string | null, alpn: string[]) => {
      using peer = await RawPeer.connect(proxy.port());
      peer.socket.write(helloRecords(helloMessage({ serverName, alpn })));
      peer.socket.write("bye");
      return (await peer.untilEnd()) === "answer";
    };
    expect(await ask("db.example", ["h2", "postgresql"])).toBe(true);
    expect(await ask("db.example", ["h2"])).toBe(false);
    expect(await ask(null, [])).toBe(true);
    expect([first.connections.length, second.connections.length]).toEqual([1, 1]);
  });
});

describe("a tcp route over TLS", () => {
  test("ends TLS and sends on in the clear, both ends by themselves", async () => {
    using target = await plainServer();
    await using proxy = await startTestProxy(`
listeners: { db: { address: "127.0.0.1:0", ${SHOP} } }
routes: [ { kind: tcp, listen: db, targets: ["${target.target}"], proxy_protocol: v2 } ]
`);
    using client = await TlsClient.connect({ port: proxy.port(), ALPNProtocols: [] });
    const { localPort } = client.socket;
    client.socket.write("bye");
    await new Promise((ended) => client.socket.on("end", ended));
    expect(client.received).toBe("answer");
    const read = readProxyHeader(target.connections[0]!.bytes);
    if (read.kind !== "header") throw new Error(read.kind);
    expect(read.header).toMatchObject({
      addresses: { source: "127.0.0.1", sourcePort: localPort, destinationPort: proxy.port() },
      tls: { serverName: "shop.example", session: { version: "TLSv1.3", clientName: null, verified: false } },
    });
    expect(target.connections[0]!.bytes.subarray(read.bytes).toString()).toBe("bye");
  });

  test("does not pass a FIN that somebody made up for the client's own end", async () => {
    using target = await plainServer();
    await using proxy = await startTestProxy(`
listeners: { db: { address: "127.0.0.1:0", ${SHOP} } }
routes: [ { kind: tcp, listen: db, targets: ["${target.target}"] } ]
`);
    using relay = await cuttingRelay(proxy.port());
    using client = await TlsClient.connect({ port: relay.port });
    client.socket.write("half of it");
    await new Promise<void>((seen) => {
      const look = () => (target.connections[0]?.bytes.length === 10 ? seen() : setImmediate(look));
      look();
    });
    const { socket } = target.connections[0]!;
    const outcome = new Promise((resolve) => {
      socket.on("end", () => resolve("FIN"));
      socket.on("error", (error: NodeJS.ErrnoException) => resolve(error.code));
    });
    relay.cut();
    expect(await outcome).toBe("ECONNRESET");
    expect((await proxy.record(0)).error).toMatchObject({ code: "request.aborted", cause: "TLS_TRUNCATED" });
  });
});

describe("a PROXY header", () => {
  const header = (source: string): ProxyHeader => ({
    command: "proxy",
    addresses: { source, sourcePort: 4711, destination: "203.0.113.9", destinationPort: 443 },
    tls: NO_PROXY_TLS,
  });
  const proxyWith = (mode: string, rest: string, target: string, trusted = "127.0.0.0/8") =>
    startTestProxy(`
settings: { trusted_proxies: ["${trusted}"] }
listeners: { web: { address: "127.0.0.1:0", proxy_protocol: ${mode} ${rest} } }
routes: [ { listen: web, path: /, targets: ["${target}"] } ]
`);

  test("of either version says who the client is, before TLS too", async () => {
    await using upstream = await EchoUpstream.start("a");
    for (const rest of ["", `, ${SHOP}`]) {
      await using proxy = await proxyWith("require", rest, upstream.target);
      for (const bytes of [writeProxyV1(header("192.0.2.7")), writeProxyV2(header("192.0.2.7"))]) {
        const socket = net.connect(proxy.port(), "127.0.0.1");
        socket.write(bytes);
        const options = { port: 0, socket } as const;
        if (rest === "") {
          using peer = new RawPeer(socket);
          peer.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
          expect(await peer.until(/}$/)).toContain('["x-forwarded-for","192.0.2.7"]');
        } else {
          const { body } = await tlsGet(options);
          expect(body).toContain('["x-forwarded-for","192.0.2.7"]');
        }
      }
      expect((await proxy.record(1)).remoteAddress).toBe("192.0.2.7");
    }
  });

  test("that is accepted may be absent; one that is required may not", async () => {
    await using upstream = await EchoUpstream.start("a");
    await using accepting = await proxyWith("accept", "", upstream.target);
    const { echo } = await askOnce(accepting.port(), "PUT / HTTP/1.1", "Host: h", "Content-Length: 0");
    expect(fieldOf(echo, "x-forwarded-for")).toBe("127.0.0.1");
    await using requiring = await proxyWith("require", "", upstream.target);
    using peer = await RawPeer.connect(requiring.port());
    peer.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    await peer.untilEnd();
    expect((await requiring.record(0)).error).toMatchObject({
      code: "proxy_header.malformed",
      rule: "notProxy",
    });
  });

  test("counts only from those who are trusted", async () => {
    await using upstream = await EchoUpstream.start("a");
    const bytes = writeProxyV1(header("192.0.2.7"));
    await using accepting = await proxyWith("accept", "", upstream.target, "10.0.0.0/8");
    using first = await RawPeer.connect(accepting.port());
    first.socket.write(Buffer.concat([bytes, Buffer.from("GET / HTTP/1.1\r\nHost: h\r\n\r\n")]));
    expect(await first.untilEnd()).toStartWith("HTTP/1.1 400");
    await using requiring = await proxyWith("require", "", upstream.target, "10.0.0.0/8");
    using second = await RawPeer.connect(requiring.port());
    second.socket.write(bytes);
    await second.untilEnd();
    expect((await requiring.record(0)).error!.code).toBe("proxy_header.untrusted");
    expect(upstream.requests).toBe(0);
  });

  test("of one who speaks for itself changes nothing", async () => {
    await using upstream = await EchoUpstream.start("a");
    await using proxy = await proxyWith("require", "", upstream.target);
    using peer = await RawPeer.connect(proxy.port());
    const local = writeProxyV2({ command: "local", addresses: null, tls: NO_PROXY_TLS });
    peer.socket.write(Buffer.concat([local, Buffer.from("GET / HTTP/1.1\r\nHost: h\r\n\r\n")]));
    expect(await peer.until(/}$/)).toContain('["x-forwarded-for","127.0.0.1"]');
  });
});

/** Stands on the wire, and ends the client's side of the stream when told, without a word of TLS. */
async function cuttingRelay(port: number) {
  let upstream: net.Socket;
  const server = net.createServer({ allowHalfOpen: true }, (socket) => {
    upstream = net.connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    socket.on("error", () => {}).on("data", (chunk) => upstream.write(chunk));
    upstream.on("error", () => {}).on("data", (chunk) => socket.write(chunk));
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    port: (server.address() as net.AddressInfo).port,
    cut: () => upstream.end(),
    [Symbol.dispose]: () => {
      upstream.destroy();
      server.close();
    },
  };
}
