/** Persistence, pipelining, interim answers, early answers and departures, seen by peers that see bytes. */
import { describe, expect, test } from "bun:test";
import { RawPeer } from "../support/raw-peer.ts";
import { ScriptedUpstream } from "../support/scripted-upstream.ts";
import { proxyTo, startTestProxy } from "../support/test-proxy.ts";

const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const HEAD_END = /\r\n\r\n/;

describe("persistence", () => {
  test("one upstream connection serves requests of two clients in turn", async () => {
    await using upstream = await ScriptedUpstream.start();
    await using proxy = await proxyTo(upstream.target);
    using first = await RawPeer.connect(proxy.port());
    first.send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\n");
    const target = await upstream.accept();
    await target.until(/GET \/1 .*\r\n\r\n/s);
    target.send(OK);
    await first.until(/ok$/);
    using second = await RawPeer.connect(proxy.port());
    second.send("GET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
    await target.until(/GET \/2 /);
    target.send(OK);
    await second.until(/ok$/);
    expect(upstream.connections).toBe(1);
  });

  test("pipelined requests are answered in order, one at a time upstream", async () => {
    await using upstream = await ScriptedUpstream.start();
    await using proxy = await proxyTo(upstream.target);
    using client = await RawPeer.connect(proxy.port());
    client.send(
      "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nPOST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabcGET /3 HTTP/1.1\r\nHost: a\r\n\r\n",
    );
    const target = await upstream.accept();
    await target.until(/GET \/1 .*\r\n\r\n/s);
    expect(target.received).not.toContain("/2");
    target.send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\none");
    await target.until(/POST \/2 .*\r\n\r\nabc$/s);
    target.send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\ntwo");
    await target.until(/GET \/3 /);
    target.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nthree");
    const received = await client.until(/three$/);
    expect(received.match(/one|two|three/g)).toEqual(["one", "two", "three"]);
  });

  test("Connection: close is kept to, and an HTTP/1.0 client gets neither chunks nor keep-alive unasked", async () => {
    await using upstream = await ScriptedUpstream.start();
    await using proxy = await proxyTo(upstream.target);
    using client = await RawPeer.connect(proxy.port());
    client.send("GET / HTTP/1.0\r\nHost: a\r\n\r\n");
    const target = await upstream.accept();
    await target.until(HEAD_END);
    expect(target.received).toStartWith("GET / HTTP/1.1\r\n");
    target.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
    const received = await client.untilEnd();
    expect(received).toMatch(/^HTTP\/1\.1 200 OK\r\nConnection: close\r\n\r\nabc$/);
  });

  test("an HTTP/1.0 client that asks for it is kept", async () => {
    await using upstream = await ScriptedUpstream.start();
    await using proxy = await proxyTo(upstream.target);
    using client = await RawPeer.connect(proxy.port());
    client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    const target = await upstream.accept();
    await target.until(HEAD_END);
    expect(target.received).toContain(`Host: ${upstream.target}\r\n`);
    target.send(OK);
    expect(await client.until(/ok$/)).toContain("Connection: keep-alive\r\n");
    client.send("GET /again HTTP/1.0\r\n\r\n");
    await target.until(/\/again /);
  });

  test("an HTTP/1.0 upstream's answer ends with its connection and reaches the client in chunks", async () => {
    await using upstream = await ScriptedUpstream.start();
    await using proxy = await proxyTo(upstream.target);
    using client = await RawPeer.connect(proxy.port());
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    const target = await upstream.accept();
    await target.until(HEAD_END);
    target.send("HTTP/1.0 200 OK\r\n\r\nhello");
    target.socket.end();
    expect(await client.until(/0\r\n\r\n$/)).toMatch(
      /Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n$/,
    );
    client.send("GET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
    await (await upstream.accept()).until(/GET \/2/);
  });
});

describe("answers without a body", () => {
  for (const [method, answer] of [
    ["HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n"],
    ["GET", "HTTP/1.1 204 No Content\r\n\r\n"],
    ["GET", 'HTTP/1.1 304 Not Modified\r\nETag: "x"\r\nContent-Length: 500\r\n\r\n'],
  ] as const) {
    test(`${method} → ${answer.slice(9, 12)}`, async () => {
      await using upstream = await ScriptedUpstream.start();
      await using proxy = await proxyTo(upstream.target);
      using client = await RawPeer.connect(proxy.port());
      client.send(`${method} / HTTP/1.1\r\nHost: a\r\n\r\n`);
      const target = await upstream.accept();
      await target.until(HEAD_END);
      target.send(answer);
      expect(await client.until(HEAD_END)).toBe(answer);
      target.clear();
      client.send("GET /next HTTP/1.1\r\nHost: a\r\n\r\n");
      await target.until(/\/next/);
    });
  }
});

describe("interim answers", () => {
  test("100-continue: the body waits for the upstream's word, and both get through", async () => {
    await using upstream = await ScriptedUpstream.start();
    await using proxy = await proxyTo(upstream.target);
    using client = await RawPeer.connect(proxy.port());
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
    const target = await upstream.accept();
    expect(await target.until(HEAD_END)).toContain("Expect: 100-continue\r\n");
    target.send("HTTP/1.1 100 Continue\r\n\r\n");
    await client.until(/^HTTP\/1\.1 100 Continue\r\n\r\n$/);
    client.send("hello");
    await target.until(/hello$/);
    target.send(OK);
    await client.until(/100 Continue\r\n\r\nHTTP\/1\.1 200 OK\r\n.*ok$/s);
  });

  test("a refusal instead of 100 closes the connection, since the body will not come", async () => {
    await using upstream = await ScriptedUpstream.start();
    await using proxy = await proxyTo(upstream.target);
    using client = await RawPeer.connect(proxy.port());
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
    const target = await upstream.accept();
    await target.until(HEAD_END);
    target.send("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno");
    expect(await client.untilEnd()).toMatch(/403 Forbidden\r\n.*Connection: close\r\n.*no$/s);
  });

  test("103 goes to an HTTP/1.1 client and not to an HTTP/1.0 one", async () => {
    await using upstream = await ScriptedUpstream.start();
    await using proxy = await proxyTo(upstream.target);
    for (const version of ["1.1", "1.0"]) {
      using client = await RawPeer.connect(proxy.port());
      client.send(`GET / HTTP/${version}\r\nHost: a\r\nConnection: close\r\n\r\n`);
      const target = await upstream.accept();
      await target.until(HEAD_END);
      target.send(
        `HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\nHTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok`,
      );
      expect((await client.untilEnd()).includes("103 Early Hints\r\nLink")).toBe(version === "1.1");
    }
  });
});

describe("bodies", () => {
  test("trailers go both ways", async () => {
    await using upstream = await ScriptedUpstream.start();
    await using proxy = await proxyTo(upstream.target);
    using client = await RawPeer.connect(proxy.port());
    client.send(
      "POST / HTTP/1.1\r\nHost: a\r\nTE: trailers\r\nConnection: TE\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 1\r\nX-Forwarded-For: 6.6.6.6\r\n\r\n",
    );
    const target = await upstream.accept();
    const request = await target.until(/0\r\nX-Sum: 1\r\n\r\n$/);
    expect(request).toContain("TE: trailers\r\n");
    expect(request).not.toContain("6.6.6.6");
    target.send(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 2\r\n\r\n",
    );
    expect(await client.until(/0\r\nX-Sum: 2\r\n\r\n$/)).toContain("Trailer: X-Sum\r\n");
  });

  test("an early answer is passed on while the upload goes on, and what is left of it is drained", async () => {
    await using upstream = await ScriptedUpstream.start();
    await using proxy = await proxyTo(upstream.target);
    using client = await RawPeer.connect(proxy.port());
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc");
    const target = await upstream.accept();
    await target.until(/abc$/);
    target.send(OK);
    await client.until(/ok$/);
    await target.untilEnd();
    client.send("defghij");
    client.send("GET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
    const next = await upstream.accept();
    await next.until(/^GET \/2 /);
  });

  test("a body that breaks its framing ends in 400 for the client and a reset upstream", async () => {
    await using upstream = await ScriptedUpstream.start();
    await using proxy = await proxyTo(upstream.target);
    using client = await RawPeer.connect(proxy.port());
    client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
    const target = await upstream.accept();
    await target.until(/abc\r\n$/);
    client.send("zz\r\n");
    expect(await client.untilEnd()).toMatch(/^HTTP\/1\.1 400 .*"rule":"chunkSize"/s);
    expect((await target.closed).reset).toBe(true);
  });
});

describe("departures", () => {
  test("a client that resets while it waits takes its upstream exchange along", async () => {
    await using upstream = await ScriptedUpstream.start();
    await using proxy = await proxyTo(upstream.target);
    const client = await RawPeer.connect(proxy.port());
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    const target = await upstream.accept();
    await target.until(HEAD_END);
    client.reset();
    expect((await target.closed).reset).toBe(true);
  });

  test("a client that only closes its sending side still gets a prompt answer", async () => {
    await using upstream = await ScriptedUpstream.start();
    await using proxy = await proxyTo(upstream.target);
    using client = await RawPeer.connect(proxy.port());
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    client.socket.end();
    const target = await upstream.accept();
    await target.until(HEAD_END);
    target.send(OK);
    expect(await client.untilEnd()).toEndWith("ok");
  });

  test("and one that has left after a FIN is given up within about a second", async () => {
    await using upstream = await ScriptedUpstream.start();
    await using proxy = await proxyTo(upstream.target);
    using client = await RawPeer.connect(proxy.port());
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    const target = await upstream.accept();
    await target.until(HEAD_END);
    client.socket.end();
    expect((await target.closed).reset).toBe(true);
  });

  test("nor does one that has left after a FIN keep a silent stream open, but one that reads on gets it all", async () => {
    await using upstream = await ScriptedUpstream.start();
    await using proxy = await proxyTo(upstream.target);
    const begin = async (): Promise<[RawPeer, RawPeer]> => {
      const client = await RawPeer.connect(proxy.port());
      client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      const target = await upstream.accept();
      await target.until(HEAD_END);
      target.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n.\r\n");
      await client.until(/1\r\n\.\r\n$/);
      client.socket.end();
      return [client, target];
    };
    const [[silent, silentTarget], [reading, busyTarget]] = [await begin(), await begin()];
    const over = Promise.all([silent.closed, silentTarget.closed]);
    for (let count = 2; count <= 6; count++) {
      await Bun.sleep(300);
      busyTarget.send("1\r\n.\r\n");
      await reading.until(new RegExp(`(1\\r\\n\\.\\r\\n){${count}}$`));
    }
    expect(await over).toEqual([{ reset: true }, { reset: true }]);
    busyTarget.send("0\r\n\r\n");
    expect(await reading.untilEnd()).toEndWith("\r\n0\r\n\r\n");
  });

  for (const [framing, head, part] of [
    ["Content-Length", "Content-Length: 10\r\n", "12345"],
    ["chunked", "Transfer-Encoding: chunked\r\n", "5\r\n12345\r\n"],
    ["until close", "", "12345"],
  ] as const) {
    test(`an upstream that dies in a ${framing} body never leaves a complete-looking answer`, async () => {
      await using upstream = await ScriptedUpstream.start();
      await using proxy = await proxyTo(upstream.target);
      using client = await RawPeer.connect(proxy.port());
      client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      const target = await upstream.accept();
      await target.until(HEAD_END);
      target.send(`HTTP/1.1 200 OK\r\n${head}\r\n${part}`);
      await client.until(/12345/);
      target.reset();
      expect((await client.closed).reset).toBe(true);
      expect(client.received).not.toContain("\r\n0\r\n\r\n");
    });
  }
});

describe("routes", () => {
  test("redirects and fixed answers need no target", async () => {
    await using proxy = await startTestProxy(`
listeners: { web: { address: "127.0.0.1:0" } }
routes:
  - { listen: web, path: /old, redirect: { to: "/new{path}", status: 308 } }
  - { listen: web, path: /hello, respond: { status: 200, headers: { content-type: text/plain }, body: "hi" } }
`);
    using client = await RawPeer.connect(proxy.port());
    client.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
    expect(await client.until(/hi$/)).toMatch(
      /^HTTP\/1\.1 200 OK\r\nDate: [^\r]+ GMT\r\ncontent-type: text\/plain\r\nContent-Length: 2\r\n\r\nhi$/,
    );
    client.clear();
    client.send("GET /old?x=1 HTTP/1.1\r\nHost: a\r\n\r\n");
    expect(await client.until(HEAD_END)).toMatch(/^HTTP\/1\.1 308 .*Location: \/new\/old\?x=1\r\n/s);
    client.clear();
    client.send("GET /none HTTP/1.1\r\nHost: a\r\n\r\n");
    expect(await client.until(/\}$/)).toMatch(
      /^HTTP\/1\.1 404 Not Found\r\n.*\r\n\r\n\{"detail":"not found"\}$/s,
    );
  });
});
