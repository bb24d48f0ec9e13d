/** What an upgrade does to the two connections: refusals, bytes sent early, half-close, limits; other protocols. */
import { afterAll, afterEach, describe, expect, test } from "bun:test";
import { certificatePath } from "../support/certificates.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { NodePeer } from "../support/node-peer.ts";
import { RawPeer } from "../support/raw-peer.ts";
import { ScriptedUpstream } from "../support/scripted-upstream.ts";
import { proxyTo, startTestProxy } from "../support/test-proxy.ts";

import { type ClientOptions, TlsClient } from "../support/tls-client.ts";

const node = new NodePeer();
afterEach(() => node.cleanUp());
afterAll(() => node.kill());

const SHOP = `{ cert: "${certificatePath("shop-chain.crt")}", key: "${certificatePath("shop.key")}" }`;
const HEAD_END = /\r\n\r\n/;
const SWITCHED = "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: echo/1\r\n\r\n";

/** A request for an upgrade to `protocol`. */
function upgradeTo(protocol: string, more = ""): string {
  return `GET /up HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\n${more}\r\n`;
}

/** A client and a target with a tunnel between them. */
async function tunnelThrough(proxyPort: number, upstream: ScriptedUpstream) {
  const client = await RawPeer.connect(proxyPort);
  client.send(upgradeTo("echo/1"));
  const target = await upstream.accept();
  await target.until(HEAD_END);
  target.send(SWITCHED);
  await client.until(HEAD_END);
  client.clear();
  target.clear();
  return { client, target };
}

describe("the handshake", () => {
  test("any protocol but another HTTP is passed on, with the answer's fields", async () => {
    await using upstream = await ScriptedUpstream.start();
    await using proxy = await proxyTo(upstream.target);
    using client = await RawPeer.connect(proxy.port());
    client.send(upgradeTo("echo/1, websocket", "Sec-Thing: 1\r\n"));
    const target = await upstream.accept();
    const head = await target.until(HEAD_END);
    expect(head).toContain("\r\nConnection: upgrade\r\nUpgrade: echo/1, websocket\r\n");
    expect(head).toContain("\r\nSec-Thing: 1\r\n");
    target.send("HTTP/1.1 101 Off We Go\r\nUpgrade: echo/1\r\nConnection: upgrade\r\nX-Mine: 2\r\n\r\nfirst");
    expect(await client.until(/first$/)).toBe(
      "HTTP/1.1 101 Off We Go\r\nX-Mine: 2\r\nConnection: upgrade\r\nUpgrade: echo/1\r\n\r\nfirst",
    );
    client.send("second");
    await target.until(/second$/);
  });

  test("bytes and the end that a client sends over TLS before it is answered reach the target", async () => {
    await using upstream = await ScriptedUpstream.start();
    await using proxy = await startTestProxy(`
listeners: { web: { address: "127.0.0.1:0", tls: { certificates: [ ${SHOP} ] } } }
routes: [{ listen: web, path: /, targets: ["${upstream.target}"] }]
`);
    using client = await TlsClient.connect({ port: proxy.port(), allowHalfOpen: true } as ClientOptions);
    client.socket.end(`${upgradeTo("echo/1").replace("Host: a", "Host: shop.example")}early`);
    const target = await upstream.accept();
    await target.until(HEAD_END);
    target.send(SWITCHED);
    await target.until(/early$/);
    await target.untilEnd();
  });

  for (const protocol of ["h2c", "H2C", "h2c, websocket", "HTTP/2.0", "TLS/1.2"]) {
    test(`Upgrade: ${protocol} ends here, and the request is served without it`, async () => {
      await using upstream = await ScriptedUpstream.start();
      await using proxy = await proxyTo(upstream.target);
      using client = await RawPeer.connect(proxy.port());
      client.send(
        `GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: ${protocol}\r\nHTTP2-Settings: AAMAAABk\r\n\r\n`,
      );
      const target = await upstream.accept();
      expect(await target.until(HEAD_END)).not.toMatch(/upgrade|http2-settings|connection/i);
      target.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
      await client.until(/ok$/);
    });
  }

  test("an Upgrade that Connection does not name, or that has a body, is not passed on", async () => {
    await using upstream = await ScriptedUpstream.start();
    await using proxy = await proxyTo(upstream.target);
    using client = await RawPeer.connect(proxy.port());
    client.send("GET / HTTP/1.1\r\nHost: a\r\nUpgrade: echo/1\r\n\r\n");
    const target = await upstream.accept();
    expect(await target.until(HEAD_END)).not.toMatch(/upgrade/i);
    target.send("HTTP/1.1 204 No Content\r\n\r\n");
    await client.until(HEAD_END);
    target.clear();
    client.send(`${upgradeTo("echo/1", "Content-Length: 3\r\n")}abc`);
    expect(await target.until(/abc$/)).not.toMatch(/upgrade/i);
  });

  test("a 101 that nobody asked for is a 502, and its connection is not used again", async () => {
    await using upstream = await ScriptedUpstream.start();
    await using proxy = await proxyTo(upstream.target);
    using client = await RawPeer.connect(proxy.port());
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    const target = await upstream.accept();
    await target.until(HEAD_END);
    target.send(SWITCHED);
    expect(await client.until(/\}$/)).toMatch(/^HTTP\/1\.1 502 .*"code":"upstream\.malformed"/s);
    await target.closed;
    expect(proxy.failures).toEqual(["upstream.malformed/unexpectedUpgrade"]);
  });
});

describe("a refusal", () => {
  test("leaves both connections to the next request", async () => {
    await using upstream = await ScriptedUpstream.start();
    await using proxy = await proxyTo(upstream.target);
    using client = await RawPeer.connect(proxy.port());
    client.send(upgradeTo("echo/1"));
    const target = await upstream.accept();
    await target.until(HEAD_END);
    target.send("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno");
    expect(await client.until(/no$/)).toStartWith("HTTP/1.1 403 Forbidden\r\n");
    client.send("GET /next HTTP/1.1\r\nHost: a\r\n\r\n");
    await target.until(/\/next/);
    expect(upstream.connections).toBe(1);
  });

  test("makes a request of what was sent behind it", async () => {
    await using upstream = await ScriptedUpstream.start();
    await using proxy = await proxyTo(upstream.target);
    using client = await RawPeer.connect(proxy.port());
    client.send(`${upgradeTo("echo/1")}GET /behind HTTP/1.1\r\nHost: a\r\n\r\n`);
    const target = await upstream.accept();
    await target.until(HEAD_END);
    expect(target.received).not.toContain("/behind");
    target.send(
      "HTTP/1.1 426 Upgrade Required\r\nUpgrade: echo/2\r\nConnection: upgrade\r\nContent-Length: 0\r\n\r\n",
    );
    expect(await client.until(HEAD_END)).toContain("\r\nConnection: upgrade\r\nUpgrade: echo/2\r\n");
    await target.until(/GET \/behind /);
  });

  test("by a WebSocket server is seen as one by ws, which can go on with the connection", async () => {
    const upstream = await node.run(({ http, listen }) => {
      const server = http.createServer((request, response) => response.end(`got ${request.url}`));
      server.on("upgrade", (_, socket) => {
        socket.end("HTTP/1.1 401 Unauthorized\r\nContent-Length: 4\r\n\r\nnone");
      });
      return listen(server);
    }, null);
    await using proxy = await proxyTo(`127.0.0.1:${upstream}`);
    const seen = await node.run(async ({ WebSocket, http, once }, port) => {
      const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
      const socket = new WebSocket(`ws://127.0.0.1:${port}/`, { agent });
      const [, refusal] = (await once(socket, "unexpected-response")) as [
        unknown,
        import("node:http").IncomingMessage,
      ];
      refusal.resume();
      await once(refusal, "end");
      const request = http.get({ port, host: "127.0.0.1", path: "/next", agent });
      const [answer] = (await once(request, "response")) as [import("node:http").IncomingMessage];
      const next = Buffer.concat(await answer.toArray()).toString();
      agent.destroy();
      return { status: refusal.statusCode, next };
    }, proxy.port());
    expect(seen).toEqual({ status: 401, next: "got /next" });
  });
});

describe("the tunnel", () => {
  test("gets the bytes that came right behind the request", async () => {
    await using upstream = await ScriptedUpstream.start();
    await using proxy = await proxyTo(upstream.target);
    using client = await RawPeer.connect(proxy.port());
    client.send(`${upgradeTo("echo/1")}early`);
    const target = await upstream.accept();
    await target.until(HEAD_END);
    expect(target.received).not.toContain("early");
    target.send(`${SWITCHED}so soon`);
    await client.until(/so soon$/);
    await target.until(/\r\n\r\nearly$/);
    client.send(" and late");
    await target.until(/early and late$/);
  });

  test("and so does a WebSocket server that answers a frame sent early", async () => {
    const upstream = await node.run(({ http, WebSocketServer, listen }) => {
      const server = http.createServer();
      new WebSocketServer({ server }).on("connection", (socket) => {
        socket.on("message", (data) => socket.send(`heard ${data}`));
      });
      return listen(server);
    }, null);
    await using proxy = await proxyTo(`127.0.0.1:${upstream}`);
    using client = await RawPeer.connect(proxy.port());
    const handshake = upgradeTo(
      "websocket",
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
    );
    const maskedHi = "\x81\x82\x00\x00\x00\x00hi";
    client.send(handshake + maskedHi);
    expect(await client.until(/heard hi$/)).toContain(
      "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n",
    );
  });

  test("keeps one direction open when the other has ended", async () => {
    await using upstream = await ScriptedUpstream.start();
    await using proxy = await proxyTo(upstream.target);
    for (const first of ["client", "target"] as const) {
      const { client, target } = await tunnelThrough(proxy.port(), upstream);
      const [ends, goesOn] = first === "client" ? [client, target] : [target, client];
      ends.send("last words");
      ends.socket.end();
      expect(await goesOn.untilEnd()).toBe("last words");
      goesOn.send("still talking");
      await ends.until(/still talking$/);
      goesOn.socket.end();
      await ends.untilEnd();
      expect([await ends.closed, await goesOn.closed]).toEqual([{ reset: false }, { reset: false }]);
    }
    expect(proxy.failures).toEqual([]);
  });

  test("passes a reset on as a reset, in both directions", async () => {
    await using upstream = await ScriptedUpstream.start();
    await using proxy = await proxyTo(upstream.target);
    for (const first of ["client", "target"] as const) {
      const { client, target } = await tunnelThrough(proxy.port(), upstream);
      const [resets, learns] = first === "client" ? [client, target] : [target, client];
      resets.reset();
      expect(await learns.closed).toEqual({ reset: true });
    }
  });

  test("is not subject to the deadlines of requests, only to `idle`", async () => {
    await using upstream = await ScriptedUpstream.start();
    const timeouts = "{ head: 100ms, body: 100ms, response: 100ms, keep_alive: 100ms, idle: 600ms }";
    const clock = new FakeClock();
    const { timers } = clock;
    await using proxy = await proxyTo(upstream.target, `{ timeouts: ${timeouts} }`, { timers });
    const { client, target } = await tunnelThrough(proxy.port(), upstream);
    for (let count = 0; count < 4; count++) {
      clock.advance(550);
      client.send("ping");
      await target.until(new RegExp(`^(ping){${count + 1}}$`));
    }
    clock.advance(550);
    client.send("last");
    await target.until(/last$/);
    clock.advance(700);
    const [ofClient, ofTarget] = await Promise.all([client.closed, target.closed]);
    expect([ofClient.reset, ofTarget.reset]).toEqual([true, true]);
    expect(proxy.failures).toEqual(["upstream.idle_timeout"]);
  });

  test("bounds what a reader that stops can make the proxy hold", async () => {
    await using upstream = await ScriptedUpstream.start();
    await using proxy = await proxyTo(upstream.target, "{ timeouts: { idle: 1s } }");
    const { client, target } = await tunnelThrough(proxy.port(), upstream);
    client.socket.pause();
    const chunk = Buffer.alloc(1024 * 1024, 0x61);
    let takenBytes = 0;
    for (let count = 0; count < 256; count++) {
      target.socket.write(chunk, (error) => {
        if (!error) takenBytes += chunk.length;
      });
    }
    // The proxy gives up when nothing has moved for `idle`: by then it has taken all that it ever will.
    await target.closed;
    expect(takenBytes).toBeLessThan(64 * 1024 * 1024);
  });

  test("carries 64 MiB each way at once to readers that stop and go", async () => {
    await using upstream = await ScriptedUpstream.start();
    await using proxy = await proxyTo(upstream.target);
    const { client, target } = await tunnelThrough(proxy.port(), upstream);
    const total = 64 * 1024 * 1024;
    const hashes = [client, target].map((peer) => {
      const hasher = new Bun.CryptoHasher("sha256");
      peer.discard = true;
      peer.receivedBytes = 0;
      peer.socket.on("data", (chunk: Buffer) => {
        hasher.update(chunk);
        peer.socket.pause();
        setImmediate(() => peer.socket.resume());
      });
      return hasher;
    });
    const block = Buffer.alloc(256 * 1024);
    const sent = new Bun.CryptoHasher("sha256");
    for (let at = 0; at < total; at += block.length) {
      crypto.getRandomValues(block);
      sent.update(block);
      client.socket.write(Buffer.from(block));
      target.socket.write(Buffer.from(block));
    }
    await Promise.all([client.untilBytes(total), target.untilBytes(total)]);
    const digest = sent.digest("hex");
    expect(hashes.map((hasher) => hasher.digest("hex"))).toEqual([digest, digest]);
  });
});
