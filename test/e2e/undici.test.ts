/** undici under Node: pipelining, fetch, streams both ways, aborts; and Bun's own server behind the proxy. */
import { afterAll, afterEach, describe, expect, test } from "bun:test";
import { NodePeer } from "../support/node-peer.ts";
import { type Described, startNodeUpstream } from "../support/node-upstream.ts";
import { RawPeer } from "../support/raw-peer.ts";
import { proxyTo } from "../support/test-proxy.ts";

const node = new NodePeer();
afterEach(() => node.cleanUp());
afterAll(() => node.kill());

describe("undici", () => {
  test("50 pipelined requests on one connection are answered each with its own answer", async () => {
    await using proxy = await proxyTo(`127.0.0.1:${await startNodeUpstream(node)}`);
    const urls = await node.run(async ({ undici }, port) => {
      const client = new undici.Client(`http://127.0.0.1:${port}`, { pipelining: 50 });
      const one = async (_: unknown, index: number) => {
        const { body } = await client.request({ path: `/describe?${index}`, method: "GET" });
        return ((await body.json()) as { url: string }).url;
      };
      const all = await Promise.all(Array.from({ length: 50 }, one));
      await client.close();
      return all;
    }, proxy.port());
    expect(urls).toEqual(Array.from({ length: 50 }, (_, index) => `/describe?${index}`));
  });

  test("pipelined bodies of many sizes do not mix", async () => {
    await using proxy = await proxyTo(`127.0.0.1:${await startNodeUpstream(node)}`);
    const wrong = await node.run(async ({ undici, bytes, digest }, port) => {
      const client = new undici.Client(`http://127.0.0.1:${port}`, { pipelining: 8 });
      const one = async (_: unknown, index: number) => {
        const length = (index * 7919) % 150_000;
        const chunked = index % 2 === 0 ? "&chunked" : "";
        const path = `/bytes?length=${length}&seed=${index}${chunked}`;
        const { body } = await client.request({ path, method: "GET" });
        return (await digest(body)) === (await digest([bytes(length, index)]));
      };
      const all = await Promise.all(Array.from({ length: 80 }, one));
      await client.close();
      return all.filter((isRight) => !isRight).length;
    }, proxy.port());
    expect(wrong).toBe(0);
  });

  test("fetch sends and gets JSON, forms and redirects", async () => {
    const upstream = await startNodeUpstream(node);
    await using proxy = await proxyTo(`127.0.0.1:${upstream}`);
    const seen = await node.run(async ({ digest }, port) => {
      const form = new FormData();
      form.set("name", "value");
      form.set("file", new Blob(["x".repeat(100_000)]), "x.txt");
      const answer = await fetch(`http://127.0.0.1:${port}/describe`, { method: "POST", body: form });
      const echoed = await fetch(`http://127.0.0.1:${port}/echo`, { method: "POST", body: "{}" });
      return {
        described: (await answer.json()) as Described,
        text: await echoed.text(),
        expected: await digest(["{}"].map((text) => Buffer.from(text))),
      };
    }, proxy.port());
    expect(seen.described.headers["content-type"]).toStartWith("multipart/form-data; boundary=");
    expect(seen.described.bodyBytes).toBeGreaterThan(100_000);
    expect(seen.text).toBe("{}");
  });

  test("a stream up and a stream down run at the same time, byte for byte", async () => {
    await using proxy = await proxyTo(`127.0.0.1:${await startNodeUpstream(node)}`);
    const digests = await node.run(async ({ undici, Readable, bytes, digest }, port) => {
      const parts = Array.from({ length: 64 }, (_, index) => bytes(256 * 1024, index));
      const { body } = await undici.request(`http://127.0.0.1:${port}/echo`, {
        method: "POST",
        body: Readable.from(parts),
      });
      return [await digest(body), await digest(parts)];
    }, proxy.port());
    expect(digests[0]).toBe(digests[1]!);
  });

  test("what is sent is echoed at once: request and answer take turns within one exchange", async () => {
    await using proxy = await proxyTo(`127.0.0.1:${await startNodeUpstream(node)}`);
    const echoes = await node.run(async ({ http, once }, port) => {
      const sent = http.request({ host: "127.0.0.1", port, path: "/echo", method: "POST", agent: false });
      sent.write("0");
      const [answer] = (await once(sent, "response")) as [import("node:http").IncomingMessage];
      const seen: string[] = [];
      for await (const chunk of answer) {
        seen.push(String(chunk));
        if (seen.length < 20) sent.write(String(seen.length));
        else sent.end();
      }
      return seen;
    }, proxy.port());
    expect(echoes).toEqual(Array.from({ length: 20 }, (_, index) => String(index)));
  });

  test("an abort while waiting, in the answer, and in the upload each end the upstream's exchange", async () => {
    const upstream = await node.run(({ http, listen, tell }) => {
      const server = http.createServer((request, response) => {
        const end = (how: string) => () => tell(`${request.url} ${how}`);
        request.on("data", () => {});
        response.on("close", end(response.writableFinished ? "finished" : "cut"));
        if (request.url === "/answer") response.write("begun");
        if (request.url === "/upload") tell("uploading");
      });
      return listen(server);
    }, null);
    await using proxy = await proxyTo(`127.0.0.1:${upstream}`);
    const errors = await node.run(async ({ undici }, port) => {
      const begin = (path: string, options: object = {}) => {
        const abort = new AbortController();
        const answer = undici.request(`http://127.0.0.1:${port}${path}`, {
          signal: abort.signal,
          ...options,
        });
        return { abort, answer };
      };
      const names: string[] = [];
      const inAnswer = begin("/answer");
      const { body } = await inAnswer.answer;
      inAnswer.abort.abort();
      await body.text().catch((error) => names.push(error.name));
      const waiting = begin("/wait", { headersTimeout: 200 });
      await waiting.answer.catch((error) => names.push(error.name));
      return names;
    }, proxy.port());
    expect(errors).toEqual(["AbortError", "HeadersTimeoutError"]);
    expect([await node.told(), await node.told()]).toEqual(["/answer cut", "/wait cut"]);

    await using client = new NodePeer();
    await client.run(({ undici, Readable, later }, port) => {
      const abort = new AbortController();
      later(() => abort.abort());
      async function* endless() {
        for (;;) yield await new Promise<Buffer>((resolve) => setImmediate(resolve, Buffer.alloc(1000)));
      }
      const options = { signal: abort.signal, method: "POST", body: Readable.from(endless()) } as const;
      undici.request(`http://127.0.0.1:${port}/upload`, options).catch(() => {});
    }, proxy.port());
    expect(await node.told()).toBe("uploading");
    await client.cleanUp();
    expect(await node.told()).toBe("/upload cut");
  });
});

describe("Bun.serve as the upstream", () => {
  test("answers, streams and echoes through the proxy to Node's fetch", async () => {
    await using upstream = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      async fetch(request) {
        const { pathname } = new URL(request.url);
        if (pathname === "/stream") {
          const parts = ["a", "b", "c"];
          return new Response(
            new ReadableStream({
              pull(controller) {
                const part = parts.shift();
                if (part === undefined) controller.close();
                else controller.enqueue(new TextEncoder().encode(part));
              },
            }),
          );
        }
        if (pathname === "/gone") return new Response(null, { status: 204 });
        return new Response(await request.arrayBuffer(), { headers: { "X-Method": request.method } });
      },
    });
    await using proxy = await proxyTo(`127.0.0.1:${upstream.port}`);
    const seen = await node.run(async ({ bytes, digest }, port) => {
      const base = `http://127.0.0.1:${port}`;
      const body = bytes(3_000_000, 3);
      const echoed = await fetch(`${base}/echo`, { method: "PUT", body });
      return {
        streamed: await (await fetch(`${base}/stream`)).text(),
        gone: (await fetch(`${base}/gone`)).status,
        method: echoed.headers.get("x-method"),
        isSame: (await digest([Buffer.from(await echoed.arrayBuffer())])) === (await digest([body])),
      };
    }, proxy.port());
    expect(seen).toEqual({ streamed: "abc", gone: 204, method: "PUT", isSame: true });
  });

  test("answers pipelined requests of every framing in order", async () => {
    await using upstream = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch: async (request) => new Response(`${new URL(request.url).pathname}:${await request.text()};`),
    });
    await using proxy = await proxyTo(`127.0.0.1:${upstream.port}`);
    using client = await RawPeer.connect(proxy.port());
    client.send(
      "GET /1 HTTP/1.1\r\nHost: a\r\n\r\n" +
        "POST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab" +
        "POST /3 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nc\r\n2\r\nde\r\n0\r\n\r\n" +
        "GET /4 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    );
    expect((await client.untilEnd()).match(/\/\d:\w*;/g)).toEqual(["/1:;", "/2:ab;", "/3:cde;", "/4:;"]);
  });
});
