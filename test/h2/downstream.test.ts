/** Node's own http2 as the client: bodies both ways, trailers, interim answers, cancelled streams, a drain. */
import { afterAll, afterEach, describe, expect, test } from "bun:test";
import { eventually } from "../support/eventually.ts";
import { NodePeer } from "../support/node-peer.ts";
import { startNodeUpstream } from "../support/node-upstream.ts";
import { ScriptedUpstream } from "../support/scripted-upstream.ts";
import { proxyTo } from "../support/test-proxy.ts";

const node = new NodePeer();
afterEach(() => node.cleanUp());
afterAll(() => node.kill());

interface Sent {
  readonly port: number;
  readonly headers: Record<string, string>;
  readonly bodyBytes: number;
}

/** One request on a connection of its own; body and answer by their digests. */
function request(port: number, headers: Record<string, string>, bodyBytes = 0) {
  return node.run(
    async ({ http2, later, bytes, digest, once }, { port, headers, bodyBytes }: Sent) => {
      const session = http2.connect(`http://127.0.0.1:${port}`);
      later(() => session.destroy());
      const stream = session.request(headers, { endStream: bodyBytes === 0 });
      const body = bytes(bodyBytes, 7);
      if (bodyBytes > 0) stream.end(body);
      const trailers: object[] = [];
      stream.on("trailers", (fields) => trailers.push(fields));
      const [answer] = await once(stream, "response");
      const received: Buffer[] = [];
      for await (const chunk of stream) received.push(chunk);
      const whole = Buffer.concat(received);
      return {
        status: answer[":status"] as number,
        headers: { ...answer } as Record<string, string>,
        text: whole.length < 5_000 ? whole.toString("latin1") : "",
        bytes: whole.length,
        digest: await digest([whole]),
        sentDigest: await digest([body]),
        trailers,
      };
    },
    { port, headers, bodyBytes },
  );
}

test("`https` in the clear is believed of a trusted proxy, which may have ended the TLS, and of nobody else", async () => {
  const port = await startNodeUpstream(node);
  const fields = { ":method": "GET", ":path": "/describe", ":scheme": "https" };
  await using strict = await proxyTo(`127.0.0.1:${port}`);
  expect((await request(strict.port(), fields)).status).toBe(421);
  await using trusting = await proxyTo(`127.0.0.1:${port}`, "{ trusted_proxies: [127.0.0.1] }");
  expect((await request(trusting.port(), fields)).status).toBe(200);
});

describe("a request over HTTP/2 to an upstream that speaks HTTP/1.1", () => {
  for (const method of ["GET", "POST", "PUT", "DELETE", "OPTIONS", "PURGE"]) {
    for (const bodyBytes of [0, 9, 300_000]) {
      test(`${method} with ${bodyBytes} bytes arrives as it was sent`, async () => {
        await using proxy = await proxyTo(`127.0.0.1:${await startNodeUpstream(node)}`);
        const answer = await request(
          proxy.port(),
          { ":method": method, ":path": "/describe?a=%20b", "x-one": "1", cookie: "a=1" },
          bodyBytes,
        );
        expect(answer.status).toBe(200);
        expect(answer.headers["connection"]).toBeUndefined();
        const described = JSON.parse(answer.text);
        expect(described).toMatchObject({ method, url: "/describe?a=%20b", bodyBytes });
        if (bodyBytes > 0) expect(described.sha256).toBe(answer.sentDigest);
        expect(described.headers).toMatchObject({
          host: `127.0.0.1:${proxy.port()}`,
          "x-one": "1",
          cookie: "a=1",
          via: "2.0 portward",
          "x-forwarded-proto": "http",
        });
      });
    }
  }

  for (const framing of ["", "&chunked"]) {
    test(`an answer of 3 MB arrives whole${framing}`, async () => {
      await using proxy = await proxyTo(`127.0.0.1:${await startNodeUpstream(node)}`);
      const answer = await request(proxy.port(), { ":path": `/bytes?length=3000000&seed=7${framing}` });
      expect(answer.bytes).toBe(3_000_000);
      expect(answer.digest).toBe((await request(proxy.port(), { ":path": "/" }, 3_000_000)).sentDigest);
    });
  }

  test("an echo flows both ways at once, more than any window holds", async () => {
    await using proxy = await proxyTo(`127.0.0.1:${await startNodeUpstream(node)}`);
    const answer = await request(proxy.port(), { ":method": "POST", ":path": "/echo" }, 5_000_000);
    expect(answer.bytes).toBe(5_000_000);
    expect(answer.digest).toBe(answer.sentDigest);
  });

  test("several cookies become one", async () => {
    await using proxy = await proxyTo(`127.0.0.1:${await startNodeUpstream(node)}`);
    const answer = await node.run(async ({ http2, later, once }, port) => {
      const session = http2.connect(`http://127.0.0.1:${port}`);
      later(() => session.destroy());
      const stream = session.request({ ":path": "/describe", cookie: ["a=1", "b=2", "c=3"] as never });
      await once(stream, "response");
      return JSON.parse(Buffer.concat(await stream.toArray()).toString()).headers.cookie as string;
    }, proxy.port());
    expect(answer).toBe("a=1; b=2; c=3");
  });

  test("trailers and interim answers reach the client", async () => {
    await using upstream = await ScriptedUpstream.start();
    await using proxy = await proxyTo(upstream.target);
    const told = node.run(async ({ http2, later, once }, port) => {
      const session = http2.connect(`http://127.0.0.1:${port}`);
      later(() => session.destroy());
      const stream = session.request({ ":path": "/" });
      const seen: unknown[] = [];
      stream.on("headers", (fields) => seen.push(["interim", fields[":status"], fields["link"]]));
      stream.on("response", (fields) => seen.push(["head", fields[":status"]]));
      stream.on("trailers", (fields) => seen.push(["trailers", fields["x-sum"]]));
      stream.on("data", (chunk) => seen.push(["data", chunk.toString()]));
      await once(stream, "end");
      return seen;
    }, proxy.port());
    const peer = await upstream.accept();
    await peer.until(/\r\n\r\n/);
    peer.send("HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n");
    peer.send(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: x-sum\r\n\r\n2\r\nhi\r\n0\r\nX-Sum: 42\r\n\r\n",
    );
    expect(await told).toEqual([
      ["interim", 103, "</a.css>"],
      ["head", 200],
      ["data", "hi"],
      ["trailers", "42"],
    ]);
  });

  test("a hundred at once on one connection, each with its own answer", async () => {
    await using proxy = await proxyTo(`127.0.0.1:${await startNodeUpstream(node)}`);
    const answers = await node.run(async ({ http2, later, once }, port) => {
      const session = http2.connect(`http://127.0.0.1:${port}`);
      later(() => session.destroy());
      const one = async (i: number): Promise<string> => {
        const stream = session.request({ ":method": "POST", ":path": `/describe?${i}` });
        stream.end("x".repeat(i));
        await once(stream, "response");
        const { url, bodyBytes } = JSON.parse(Buffer.concat(await stream.toArray()).toString());
        return `${url} ${bodyBytes}`;
      };
      return Promise.all(Array.from({ length: 100 }, (_, i) => one(i)));
    }, proxy.port());
    expect(answers).toEqual(Array.from({ length: 100 }, (_, i) => `/describe?${i} ${i}`));
    await node.cleanUp();
    await proxy.quiet();
  });
});

test("a stream that the client cancels takes its upstream's connection with it, and no other", async () => {
  await using upstream = await ScriptedUpstream.start();
  await using proxy = await proxyTo(upstream.target);
  const done = node.run(async ({ http2, later, once, tell }, port) => {
    const session = http2.connect(`http://127.0.0.1:${port}`);
    later(() => session.destroy());
    const first = session.request({ ":path": "/first" });
    first.on("error", () => {});
    const second = session.request({ ":path": "/second" });
    await once(second, "response");
    first.close(http2.constants.NGHTTP2_CANCEL);
    tell("cancelled");
    return Buffer.concat(await second.toArray()).toString();
  }, proxy.port());
  const peers = [await upstream.accept(), await upstream.accept()];
  await Promise.all(peers.map((peer) => peer.until(/\r\n\r\n/)));
  const first = peers.find((peer) => peer.received.includes("/first"))!;
  const second = peers.find((peer) => peer.received.includes("/second"))!;
  second.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nde");
  await node.told();
  await first.closed;
  second.send("ad");
  expect(await done).toBe("dead");
  expect((await proxy.record(0)).error?.code).toBe("request.aborted");
});

test("an upstream that breaks off resets its stream, and leaves the connection to the others", async () => {
  await using upstream = await ScriptedUpstream.start();
  await using proxy = await proxyTo(upstream.target);
  const outcome = node.run(async ({ http2, later, once }, port) => {
    const session = http2.connect(`http://127.0.0.1:${port}`);
    later(() => session.destroy());
    const stream = session.request({ ":path": "/" });
    const [error] = await once(stream.resume(), "error").catch((reason: Error) => [reason]);
    return `${(error as Error).message} ${session.destroyed}`;
  }, proxy.port());
  const peer = await upstream.accept();
  await peer.until(/\r\n\r\n/);
  peer.send("HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\nde");
  await eventually(() => peer.receivedBytes > 0, "the request");
  peer.reset();
  expect(await outcome).toBe("Stream closed with error code NGHTTP2_INTERNAL_ERROR false");
});

test("a drain says GOAWAY, lets the answer finish and ends the connection", async () => {
  await using upstream = await ScriptedUpstream.start();
  await using proxy = await proxyTo(upstream.target);
  const outcome = node.run(async ({ http2, later, once, tell }, port) => {
    const session = http2.connect(`http://127.0.0.1:${port}`);
    later(() => session.destroy());
    const stream = session.request({ ":path": "/" });
    const goaways: number[][] = [];
    session.on("goaway", (code, last) => {
      goaways.push([code, last]);
      tell("goaway");
    });
    await once(stream, "response");
    const text = Buffer.concat(await stream.toArray()).toString();
    if (!session.destroyed) await once(session, "close");
    return { text, goaways };
  }, proxy.port());
  const peer = await upstream.accept();
  await peer.until(/\r\n\r\n/);
  const drained = proxy.running.drain(5_000);
  await node.told();
  peer.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone");
  const { text, goaways } = await outcome;
  await drained;
  expect(text).toBe("done");
  expect(goaways[0]).toEqual([0, 0x7fffffff]);
});
