/** WebSockets towards a target of HTTP/2, frame by frame: what is asked, what is granted, and what goes wrong. */
import { describe, expect, test } from "bun:test";
import http2 from "node:http2";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { FRAME } from "../../src/protocol/h2/frame.ts";
import { HpackDecoder } from "../../src/protocol/h2/hpack/decoder.ts";
import { certificatePath, pem } from "../support/certificates.ts";

import { RawPeer } from "../support/raw-peer.ts";
import { startTestProxy, type TestProxy } from "../support/test-proxy.ts";
import { CollectedFields } from "./collected-fields.ts";
import { data, frame, headers, ping, reset, settings, uint32, windowUpdate } from "./frames.ts";
import { type H2Side, H2Upstream } from "./scripted-h2-upstream.ts";

const ALLOWED = settings([8, 1]);
const OK = [[":status", "200"]] as const;
/** RFC 6455 section 1.3. */
const KEY = "dGhlIHNhbXBsZSBub25jZQ==";
const ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

function through(upstream: H2Upstream, more = ""): Promise<TestProxy> {
  return startTestProxy(`
listeners: { web: { address: "127.0.0.1:0" } }
routes: [{ listen: web, path: /, targets: ["${upstream.target}"], protocol: h2 ${more} }]
`);
}

async function ask(proxy: TestProxy, more = ""): Promise<RawPeer> {
  const client = await RawPeer.connect(proxy.port());
  client.send(
    "GET /chat?room=1 HTTP/1.1\r\nHost: chat.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
      `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${KEY}\r\n${more}\r\n`,
  );
  return client;
}

/** The fields of a request, as the target's HPACK reads them. */
function fieldsOf(side: H2Side, request: number): Record<string, string> {
  const decoder = new HpackDecoder(4_096);
  const blocks = side.frames.filter(({ type }) => type === FRAME.headers);
  const collected = blocks.slice(0, request).map(({ payload }) => {
    const fields = new CollectedFields();
    decoder.decode(Buffer.from(payload, "latin1"), 0, payload.length, fields);
    return fields.fields;
  });
  return Object.fromEntries(collected.at(-1)!);
}

/** A tunnel from an HTTP/1.1 client, with what has come of the answer taken away. */
async function tunnel(
  proxy: TestProxy,
  upstream: H2Upstream,
): Promise<{ client: RawPeer; side: H2Side; id: number }> {
  const client = await ask(proxy);
  const side = await upstream.accept(ALLOWED);
  const id = await side.request(1);
  side.send(headers(id, OK, { end: false }));
  await client.until(/\r\n\r\n/);
  client.clear();
  return { client, side, id };
}

describe("the handshake", () => {
  test("an Upgrade becomes an extended CONNECT without a key, and 200 a 101 that proves the key", async () => {
    await using upstream = await H2Upstream.start();
    await using proxy = await through(upstream);
    using client = await ask(proxy, "Sec-WebSocket-Protocol: chat\r\nOrigin: http://a.example\r\n");
    const side = await upstream.accept(ALLOWED);
    const id = await side.request(1);
    expect(fieldsOf(side, 1)).toMatchObject({
      ":method": "CONNECT",
      ":protocol": "websocket",
      ":scheme": "http",
      ":path": "/chat?room=1",
      ":authority": "chat.example",
      "sec-websocket-version": "13",
      "sec-websocket-protocol": "chat",
      origin: "http://a.example",
      "x-forwarded-for": "127.0.0.1",
    });
    const names = Object.keys(fieldsOf(side, 1));
    expect(names.filter((name) => ["connection", "upgrade", "sec-websocket-key"].includes(name))).toEqual([]);
    expect(side.described).not.toContain(`data ${id} 0 end`);
    side.send(
      headers(
        id,
        [
          ...OK,
          ["content-length", "5"],
          ["sec-websocket-accept", "forged"],
          ["sec-websocket-protocol", "chat"],
        ],
        {
          end: false,
        },
      ),
    );
    const head = await client.until(/\r\n\r\n/);
    expect(head).toMatch(/^HTTP\/1.1 101 /);
    const lines = head.toLowerCase().split("\r\n");
    expect(lines.filter((line) => line.startsWith("sec-websocket-"))).toEqual([
      "sec-websocket-protocol: chat",
      `sec-websocket-accept: ${ACCEPT.toLowerCase()}`,
    ]);
    expect(head).toContain(ACCEPT);
    expect(lines).toContain("upgrade: websocket");
    expect(lines).toContain("connection: upgrade");
    expect(head).not.toContain("content-length");
    side.send(data(id, "more than five bytes"));
    await client.until(/more than five bytes/);
  });

  test("nothing is asked before the target has told its settings", async () => {
    await using upstream = await H2Upstream.start();
    await using proxy = await through(upstream);
    using client = await ask(proxy);
    const side = await upstream.accept("");
    await side.saw("settings");
    expect(side.requests).toEqual([]);
    side.send(ALLOWED);
    const id = await side.request(1);
    expect(fieldsOf(side, 1)[":method"]).toBe("CONNECT");
    client.reset();
    await side.saw(`rstStream ${id} 8`);
  });

  for (const [name, hello] of [
    ["has not said", settings()],
    ["has said no", settings([8, 0])],
  ] as const) {
    test(`a target that ${name}: 502, at once and later, and other requests are served`, async () => {
      await using upstream = await H2Upstream.start();
      await using proxy = await through(upstream);
      using client = await ask(proxy);
      const side = await upstream.accept(hello);
      expect(await client.until(/\r\n\r\n.*}/)).toMatch(/^HTTP\/1.1 502 [\s\S]*upstream.no_web_socket/);
      using second = await ask(proxy);
      await second.until(/^HTTP\/1.1 502 /);
      second.send("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n");
      side.answer(await side.request(1));
      await second.until(/HTTP\/1.1 204 /);
      expect(proxy.failures).toEqual(["upstream.no_web_socket", "upstream.no_web_socket"]);
    });
  }

  test("what is no handshake goes on as a request without an Upgrade", async () => {
    await using upstream = await H2Upstream.start();
    await using proxy = await through(upstream);
    using client = await RawPeer.connect(proxy.port());
    client.send(
      "GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n\r\n",
    );
    const side = await upstream.accept(ALLOWED);
    side.answer(await side.request(1), [[":status", "400"]]);
    await client.until(/^HTTP\/1.1 400 /);
    expect(fieldsOf(side, 1)[":method"]).toBe("GET");
  });

  test("a refusal is an answer like any other, and the stream is ended on both sides", async () => {
    await using upstream = await H2Upstream.start();
    await using proxy = await through(upstream);
    using client = await ask(proxy);
    const side = await upstream.accept(ALLOWED);
    const id = await side.request(1);
    side.send(headers(id, [[":status", "403"]], { end: false }) + data(id, "no", true));
    expect(await client.until(/no\r\n0/)).toMatch(/^HTTP\/1.1 403 /);
    await side.saw(`data ${id} 0 end`);
    client.send("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n");
    side.answer(await side.request(2));
    await client.until(/HTTP\/1.1 204 /);
    expect(side.described.some((each) => each.startsWith("rstStream"))).toBe(false);
  });

  test("REFUSED_STREAM: it is asked once more", async () => {
    await using upstream = await H2Upstream.start();
    await using proxy = await through(upstream);
    using client = await ask(proxy);
    const side = await upstream.accept(ALLOWED);
    side.send(reset(await side.request(1), 7));
    side.send(headers(await side.request(2), OK, { end: false }));
    await client.until(/^HTTP\/1.1 101 /);
  });

  test("a 200 that comes too late is nobody's, and the connection goes on", async () => {
    await using upstream = await H2Upstream.start();
    await using proxy = await through(upstream, ", timeouts: { response: 50ms }");
    using client = await ask(proxy);
    const side = await upstream.accept(ALLOWED);
    const id = await side.request(1);
    await client.until(/^HTTP\/1.1 504 /);
    await side.saw(`rstStream ${id} 8`);
    side.send(headers(id, OK, { end: false }) + data(id, "late"));
    client.send("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n");
    side.answer(await side.request(2));
    expect(await client.until(/HTTP\/1.1 204 /)).not.toContain("late");
  });
});

describe("the tunnel", () => {
  test("a 200 that ends the stream is a tunnel whose other end has nothing to say", async () => {
    await using upstream = await H2Upstream.start();
    await using proxy = await through(upstream);
    using client = await ask(proxy);
    const side = await upstream.accept(ALLOWED);
    const id = await side.request(1);
    side.send(headers(id, OK));
    expect(await client.untilEnd()).toMatch(/^HTTP\/1.1 101 /);
    client.send("heard");
    await side.saw(`data ${id} 5`);
    client.socket.end();
    await side.saw(`data ${id} 0 end`);
    await proxy.quiet();
  });

  test("each side ends on its own", async () => {
    await using upstream = await H2Upstream.start();
    await using proxy = await through(upstream);
    const { client, side, id } = await tunnel(proxy, upstream);
    client.send("first");
    client.socket.end();
    await side.saw(`data ${id} 0 end`);
    side.send(data(id, "last words", true));
    expect(await client.untilEnd()).toBe("last words");
    expect((await proxy.record(0)).error).toBe(null);
    expect(side.described.some((each) => each.startsWith("rstStream"))).toBe(false);
    await proxy.quiet();
  });

  test("a target that has ended it may give up the rest, and nothing is lost", async () => {
    await using upstream = await H2Upstream.start();
    await using proxy = await through(upstream);
    const { client, side, id } = await tunnel(proxy, upstream);
    side.send(data(id, "last words", true) + reset(id, 8));
    expect(await client.untilEnd()).toBe("last words");
    client.send("nobody hears this");
    client.socket.end();
    expect((await proxy.record(0)).error).toBe(null);
    await proxy.quiet();
  });

  for (const code of [0, 8]) {
    test(`what waits for a window of a target that has ended it and gives up the rest (${code}) waits no more`, async () => {
      await using upstream = await H2Upstream.start();
      await using proxy = await through(upstream);
      using client = await ask(proxy);
      const side = await upstream.accept(settings([8, 1], [4, 0]));
      const id = await side.request(1);
      side.send(headers(id, OK, { end: false }));
      await client.until(/\r\n\r\n/);
      client.send("has no window");
      client.clear();
      side.send(windowUpdate(id, 3));
      await side.saw(`data ${id} 3`);
      side.send(data(id, "last words", true) + reset(id, code));
      expect(await client.untilEnd()).toBe("last words");
      client.send("nobody hears this either");
      client.socket.end();
      expect((await proxy.record(0)).error).toBe(null);
      await proxy.quiet();
    });
  }

  test("a reset is passed on as a reset, in both directions", async () => {
    await using upstream = await H2Upstream.start();
    await using proxy = await through(upstream);
    const first = await tunnel(proxy, upstream);
    first.side.send(reset(first.id));
    expect(await first.client.closed).toEqual({ reset: true });
    using second = await ask(proxy);
    const id = await first.side.request(2);
    first.side.send(headers(id, OK, { end: false }));
    await second.until(/^HTTP\/1.1 101 /);
    second.reset();
    await first.side.saw(`rstStream ${id} 8`);
    await proxy.quiet();
  });

  test("fields in it break it", async () => {
    await using upstream = await H2Upstream.start();
    await using proxy = await through(upstream);
    const { client, side, id } = await tunnel(proxy, upstream);
    side.send(headers(id, [["x-late", "1"]]));
    expect(await client.closed).toEqual({ reset: true });
    await side.saw(`rstStream ${id} 1`);
    expect(proxy.failures.length).toBe(1);
  });

  test("GOAWAY leaves it alone; the end of the connection does not", async () => {
    await using upstream = await H2Upstream.start();
    await using proxy = await through(upstream);
    const { client, side, id } = await tunnel(proxy, upstream);
    side.send(frame(FRAME.goaway, 0, 0, uint32(id) + uint32(0)));
    side.send(data(id, "still here"));
    await client.until(/still here/);
    client.send("and here");
    await side.saw(`data ${id} 8`);
    side.peer.socket.end();
    expect(await client.closed).toEqual({ reset: true });
    await proxy.quiet();
  });

  test("a reader that stops closes the target's window", async () => {
    await using upstream = await H2Upstream.start();
    await using proxy = await through(upstream, ", timeouts: { idle: 1s }");
    const { client, side, id } = await tunnel(proxy, upstream);
    client.socket.pause();
    const { sent } = await side.pour(id);
    // Nothing moves for `idle`, and what was granted is what the kernels and the proxy hold.
    await side.saw(`rstStream ${id} 8`);
    expect(sent).toBeGreaterThan(65_535);
    expect(sent).toBeLessThan(24 << 20);
  });

  test("what the target has sent to its end arrives, also when its connection is gone by then", async () => {
    await using upstream = await H2Upstream.start();
    await using proxy = await through(upstream);
    const { client, side, id } = await tunnel(proxy, upstream);
    client.socket.pause();
    const { sent, left } = await side.pour(id);
    side.send(data(id, "y".repeat(left), true) + ping());
    await side.saw("ping ack");
    side.peer.socket.end();
    await side.peer.closed;
    client.discard = true;
    client.receivedBytes = 0;
    client.socket.resume();
    await client.untilBytes(sent + left);
    expect(proxy.records.at(-1)?.error?.code ?? null).not.toBe("proxy.draining");
  });

  test("outlives its route and its target; its connection ends with it", async () => {
    await using upstream = await H2Upstream.start();
    await using proxy = await through(upstream);
    const { client, side, id } = await tunnel(proxy, upstream);
    await proxy.reloaded(`
listeners: { web: { address: "127.0.0.1:0" } }
routes: [{ listen: web, path: /, respond: { status: 200 } }]
`);
    side.send(data(id, "after the reload"));
    await client.until(/after the reload/);
    client.send("and back");
    await side.saw(`data ${id} 8`);
    client.socket.end();
    await side.saw(`data ${id} 0 end`);
    side.send(data(id, "", true));
    await client.untilEnd();
    await side.peer.untilEnd();
  });

  test("a hundred of them and requests besides share two connections", async () => {
    await using upstream = await H2Upstream.start();
    await using proxy = await through(upstream);
    const { side } = await tunnel(proxy, upstream);
    const others = await Promise.all(Array.from({ length: 110 }, () => ask(proxy)));
    await side.request(100);
    const second = await upstream.accept(ALLOWED);
    await second.request(11);
    for (const each of [side, second]) {
      for (const id of each.requests)
        if (each !== side || id !== 1) each.send(headers(id, OK, { end: false }));
    }
    await Promise.all(others.map((client) => client.until(/^HTTP\/1.1 101 /)));
    expect(upstream.connections).toBe(2);
    for (const client of others) client.reset();
    await second.saw("rstStream 1 8");
  });

  test("a drain lets it go on until its deadline, and then ends it", async () => {
    await using upstream = await H2Upstream.start();
    await using proxy = await through(upstream);
    const { client, side, id } = await tunnel(proxy, upstream);
    const { over } = await proxy.drain(300);
    side.send(data(id, "while draining"));
    await client.until(/while draining/);
    expect(await client.closed).toEqual({ reset: true });
    await over;
    expect((await proxy.record(0)).error?.code).toBe("proxy.draining");
  });
});

describe("protocol: auto", () => {
  for (const [name, allowed, version] of [
    ["takes them over HTTP/2: there", true, "2.0"],
    ["does not: over HTTP/1.1", false, "1.1"],
  ] as const) {
    test(`a target that ${name}`, async () => {
      const versions: string[] = [];
      const server = http2.createSecureServer({
        ...IDENTITY,
        allowHTTP1: true,
        settings: { enableConnectProtocol: allowed },
      });
      server.on("stream", (stream, fields) => {
        versions.push(`2.0 ${fields[":method"]}`);
        (stream as http2.ServerHttp2Stream).respond({ ":status": 200 });
        if (fields[":method"] === "GET") stream.end();
        else stream.end("hello");
      });
      server.on("upgrade", (request: { method: string }, socket: Duplex) => {
        versions.push(`1.1 ${request.method}`);
        socket.end(`HTTP/1.1 101 \r\nConnection: upgrade\r\nUpgrade: websocket\r\nX: ${ACCEPT}\r\n\r\nhello`);
      });
      await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
      const { port } = server.address() as AddressInfo;
      await using proxy = await startTestProxy(`
listeners: { web: { address: "127.0.0.1:0" } }
upstreams:
  chat: { targets: ["https://127.0.0.1:${port}"], protocol: auto, tls: { ca: "${certificatePath("root.crt")}", server_name: shop.example } }
routes: [{ listen: web, path: /, upstream: chat }]
`);
      for (let round = 0; round < 2; round++) {
        using client = await ask(proxy);
        const received = await client.until(/hello$/);
        expect(received).toMatch(/^HTTP\/1.1 101 /);
        expect(received).toContain(ACCEPT);
        client.socket.end();
      }
      using plain = await RawPeer.connect(proxy.port());
      plain.send("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n");
      await plain.until(/^HTTP\/1.1 200 /);
      const asked = version === "2.0" ? "2.0 CONNECT" : "1.1 GET";
      expect(versions).toEqual([asked, asked, "2.0 GET"]);
      server.close();
    });
  }
});

const IDENTITY = { cert: pem("shop-chain.crt"), key: pem("shop.key") };
