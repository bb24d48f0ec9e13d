/** Node's own http as client and as server: methods, bodies, trailers, interim answers, connections kept. */
import { afterAll, afterEach, describe, expect, test } from "bun:test";
import { NodePeer } from "../support/node-peer.ts";
import { startNodeUpstream } from "../support/node-upstream.ts";
import { RawPeer } from "../support/raw-peer.ts";
import { ScriptedUpstream } from "../support/scripted-upstream.ts";
import { proxyTo } from "../support/test-proxy.ts";

const node = new NodePeer();
afterEach(() => node.cleanUp());
afterAll(() => node.kill());

/** One request of Node's http client; the body is text. */
function request(port: number, method: string, path: string, headers: object = {}, body = "") {
  return node.run(
    async ({ http, once }, { port, method, path, headers, body }) => {
      const options = {
        host: "127.0.0.1",
        port,
        method,
        path,
        headers: { ...headers },
        agent: false as const,
      };
      const sent = http.request(options);
      sent.end(body);
      const [answer] = (await once(sent, "response")) as [import("node:http").IncomingMessage];
      const text = Buffer.concat(await answer.toArray()).toString("latin1");
      return { status: answer.statusCode, headers: answer.headers, rawHeaders: answer.rawHeaders, text };
    },
    { port, method, path, headers, body },
  );
}

describe("methods", () => {
  for (const method of [
    "GET",
    "POST",
    "PUT",
    "PATCH",
    "DELETE",
    "OPTIONS",
    "PROPFIND",
    "M-SEARCH",
    "PURGE",
    "REPORT",
  ]) {
    for (const body of ["", "some body"]) {
      test(`${method} ${body === "" ? "without" : "with"} a body arrives as it was sent`, async () => {
        await using proxy = await proxyTo(`127.0.0.1:${await startNodeUpstream(node)}`);
        const headers = body === "" ? {} : { "Content-Length": body.length };
        const answer = await request(proxy.port(), method, "/describe?x=%20y", headers, body);
        expect(answer.status).toBe(200);
        expect(JSON.parse(answer.text)).toMatchObject({
          method,
          url: "/describe?x=%20y",
          bodyBytes: body.length,
        });
      });
    }
  }

  test("HEAD gets the head of what GET would get", async () => {
    await using proxy = await proxyTo(`127.0.0.1:${await startNodeUpstream(node)}`);
    const answer = await request(proxy.port(), "HEAD", "/bytes?length=5000&seed=1");
    expect(answer).toMatchObject({ status: 200, text: "", headers: { "content-length": "5000" } });
  });

  test("a method that nobody knows is passed on with its body", async () => {
    await using upstream = await ScriptedUpstream.start();
    await using proxy = await proxyTo(upstream.target);
    using client = await RawPeer.connect(proxy.port());
    client.send("FR0B-nicate! / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc");
    const target = await upstream.accept();
    expect(await target.until(/abc$/)).toStartWith("FR0B-nicate! / HTTP/1.1\r\n");
  });

  for (const method of ["CONNECT", "TRACE"]) {
    test(`${method} is refused`, async () => {
      await using upstream = await ScriptedUpstream.start();
      await using proxy = await proxyTo(upstream.target);
      using client = await RawPeer.connect(proxy.port());
      const target = method === "CONNECT" ? "example.org:443" : "/";
      client.send(`${method} ${target} HTTP/1.1\r\nHost: example.org:443\r\n\r\n`);
      expect(await client.untilEnd()).toMatch(/^HTTP\/1\.1 501 .*"code":"request\.method"/s);
      expect(upstream.connections).toBe(0);
    });
  }

  test("OPTIONS * is a question to the server, and goes on as it is", async () => {
    await using proxy = await proxyTo(`127.0.0.1:${await startNodeUpstream(node)}`);
    const answer = await request(proxy.port(), "OPTIONS", "*");
    expect(JSON.parse(answer.text)).toMatchObject({ method: "OPTIONS", url: "*" });
  });
});

describe("bodies", () => {
  test("chunked uploads of random sizes arrive byte for byte, and so do their echoes", async () => {
    await using proxy = await proxyTo(`127.0.0.1:${await startNodeUpstream(node)}`);
    const wrong = await node.run(async ({ http, once, bytes, digest }, port) => {
      const agent = new http.Agent({ keepAlive: true, maxSockets: 2 });
      const failures: string[] = [];
      let size = 1;
      for (let round = 0; round < 60; round++) {
        // Sizes from one byte to about a megabyte, around every power of two.
        size = round % 3 === 0 ? size * 2 : size + (round % 3) - 2;
        const body = bytes(Math.max(1, size), round);
        const upload = http.request({ host: "127.0.0.1", port, path: "/echo", method: "POST", agent });
        const answered = once(upload, "response") as Promise<[import("node:http").IncomingMessage]>;
        for (let at = 0, part = 1; at < body.length; at += part, part = (part * 7 + round) % 70_000 || 1) {
          if (!upload.write(body.subarray(at, at + part))) await once(upload, "drain");
        }
        upload.end();
        const [answer] = await answered;
        if ((await digest(answer)) !== (await digest([body]))) failures.push(`${round}: ${body.length}`);
      }
      agent.destroy();
      return failures;
    }, proxy.port());
    expect(wrong).toEqual([]);
  });

  test("a gzip answer goes through untouched, with its fields", async () => {
    const upstream = await node.run(async ({ http, zlib, listen }) => {
      const page = zlib.gzipSync("a page that compresses well, ".repeat(10_000));
      const server = http.createServer((_, response) => {
        response.writeHead(200, {
          "Content-Type": "text/plain",
          "Content-Encoding": "gzip",
          Vary: "Accept-Encoding",
          ETag: 'W/"1"',
        });
        response.end(page);
      });
      return listen(server);
    }, null);
    await using proxy = await proxyTo(`127.0.0.1:${upstream}`);
    const direct = await request(upstream, "GET", "/", { "Accept-Encoding": "gzip" });
    const proxied = await request(proxy.port(), "GET", "/", { "Accept-Encoding": "gzip" });
    expect(proxied.text).toBe(direct.text);
    expect(proxied.headers).toEqual({ ...direct.headers, date: proxied.headers.date!, connection: "close" });
    expect(Bun.gunzipSync(Buffer.from(proxied.text, "latin1")).length).toBe(290_000);
  });

  test("trailers go both ways between Node and Node", async () => {
    const upstream = await node.run(({ http, listen, tell }) => {
      const server = http.createServer(async (request, response) => {
        await request.toArray();
        tell(request.trailers);
        response.writeHead(200, { Trailer: "X-Checksum" });
        response.write("body");
        response.addTrailers({ "X-Checksum": "abc" });
        response.end();
      });
      return listen(server);
    }, null);
    await using proxy = await proxyTo(`127.0.0.1:${upstream}`);
    const trailers = await node.run(async ({ http, once }, port) => {
      const headers = { Trailer: "X-Sum", TE: "trailers" };
      const sent = http.request({ host: "127.0.0.1", port, method: "POST", headers, agent: false });
      sent.write("hello");
      sent.addTrailers({ "X-Sum": "1" });
      sent.end();
      const [answer] = (await once(sent, "response")) as [import("node:http").IncomingMessage];
      await answer.toArray();
      return answer.trailers;
    }, proxy.port());
    expect(await node.told()).toEqual({ "x-sum": "1" });
    expect(trailers).toEqual({ "x-checksum": "abc" });
  });

  test("100-continue: Node's client sends its body when Node's server asks for it, and not before", async () => {
    const upstream = await node.run(({ http, listen, tell }) => {
      const server = http.createServer();
      server.on("checkContinue", async (request, response) => {
        const before = request.readableLength;
        response.writeContinue();
        const body = Buffer.concat(await request.toArray()).toString();
        tell({ before, body });
        response.end("thanks");
      });
      return listen(server);
    }, null);
    await using proxy = await proxyTo(`127.0.0.1:${upstream}`);
    const status = await node.run(async ({ http, once }, port) => {
      const headers = { Expect: "100-continue", "Content-Length": 5 };
      const sent = http.request({ host: "127.0.0.1", port, method: "PUT", headers, agent: false });
      sent.flushHeaders();
      await once(sent, "continue");
      sent.end("hello");
      const [answer] = (await once(sent, "response")) as [import("node:http").IncomingMessage];
      answer.resume();
      return answer.statusCode;
    }, proxy.port());
    expect(status).toBe(200);
    expect(await node.told()).toEqual({ before: 0, body: "hello" });
  });

  test("early hints of Node's server reach Node's client before the answer", async () => {
    const upstream = await node.run(({ http, listen }) => {
      const server = http.createServer((_, response) => {
        response.writeEarlyHints({ link: "</style.css>; rel=preload" });
        response.end("page");
      });
      return listen(server);
    }, null);
    await using proxy = await proxyTo(`127.0.0.1:${upstream}`);
    const hint = await node.run(async ({ http, once }, port) => {
      const sent = http.get({ host: "127.0.0.1", port, agent: false });
      const response = once(sent, "response") as Promise<[import("node:http").IncomingMessage]>;
      const [information] = (await once(sent, "information")) as [{ statusCode: number; headers: object }];
      const [answer] = await response;
      answer.resume();
      return { status: information.statusCode, headers: information.headers, last: answer.statusCode };
    }, proxy.port());
    expect(hint).toEqual({ status: 103, headers: { link: "</style.css>; rel=preload" }, last: 200 });
  });
});

describe("connections", () => {
  test("a keep-alive agent's two connections need no more than two upstream", async () => {
    const upstream = await startNodeUpstream(node);
    await using proxy = await proxyTo(`127.0.0.1:${upstream}`);
    const opened = await node.run(async ({ http, once }, port) => {
      const agent = new http.Agent({ keepAlive: true, maxSockets: 2 });
      const sockets = new Set<unknown>();
      const one = async () => {
        const sent = http.get({ host: "127.0.0.1", port, path: "/describe", agent });
        const [answer] = (await once(sent, "response")) as [import("node:http").IncomingMessage];
        sockets.add(answer.socket);
        await answer.toArray();
      };
      await Promise.all(Array.from({ length: 100 }, one));
      agent.destroy();
      return sockets.size;
    }, proxy.port());
    expect(opened).toBe(2);
    expect(Number((await request(upstream, "GET", "/connections")).text) - 1).toBeWithin(1, 3);
  });

  test("a client without keep-alive costs the upstream no new connection", async () => {
    const upstream = await startNodeUpstream(node);
    await using proxy = await proxyTo(`127.0.0.1:${upstream}`);
    for (let count = 0; count < 20; count++) {
      const answer = await request(proxy.port(), "GET", "/describe", { Connection: "close" });
      expect(answer.headers.connection).toBe("close");
      expect(JSON.parse(answer.text).headers).not.toHaveProperty("connection");
    }
    expect((await request(proxy.port(), "GET", "/connections")).text).toBe("1");
  });

  test("an upstream that closes after each answer is connected to anew, and no request is lost", async () => {
    const upstream = await node.run(({ http, listen }) => {
      const server = http.createServer((_, response) => {
        response.setHeader("Connection", "close");
        response.end("once");
      });
      return listen(server);
    }, null);
    await using proxy = await proxyTo(`127.0.0.1:${upstream}`);
    const texts = await node.run(async ({ http, once }, port) => {
      const agent = new http.Agent({ keepAlive: true, maxSockets: 4 });
      const sockets = new Set<unknown>();
      const one = async () => {
        const sent = http.get({ host: "127.0.0.1", port, agent });
        const [answer] = (await once(sent, "response")) as [import("node:http").IncomingMessage];
        sockets.add(answer.socket);
        return Buffer.concat(await answer.toArray()).toString();
      };
      const all = await Promise.all(Array.from({ length: 100 }, one));
      agent.destroy();
      return { right: all.filter((text) => text === "once").length, sockets: sockets.size };
    }, proxy.port());
    expect(texts).toEqual({ right: 100, sockets: 4 });
  });
});

describe("heads without measure", () => {
  for (const [name, head] of [
    ["one field of 5 MB", `X-Long: ${"x".repeat(5_000_000)}\r\n`],
    ["50,000 fields of 100 bytes", `X-Many: ${"x".repeat(90)}\r\n`.repeat(50_000)],
  ] as const) {
    test(`${name}: refused with 431, and never seen upstream`, async () => {
      await using upstream = await ScriptedUpstream.start();
      await using proxy = await proxyTo(upstream.target);
      using client = await RawPeer.connect(proxy.port());
      client.send(`GET / HTTP/1.1\r\nHost: a\r\n${head}\r\n`);
      expect(await client.until(/\}$/)).toMatch(/^HTTP\/1\.1 431 /);
      expect(upstream.connections).toBe(0);
    });
  }

  test("an answer with a head of 5 MB is a 502, and its connection is not used again", async () => {
    await using upstream = await ScriptedUpstream.start();
    await using proxy = await proxyTo(upstream.target);
    using client = await RawPeer.connect(proxy.port());
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    const target = await upstream.accept();
    await target.until(/\r\n\r\n/);
    target.send(`HTTP/1.1 200 OK\r\nX-Long: ${"x".repeat(5_000_000)}\r\n\r\n`);
    expect(await client.until(/\}$/)).toMatch(/^HTTP\/1\.1 502 .*"rule":"headTooLarge"/s);
    await target.closed;
  });
});
