/** Clients that do not read, or read slowly: what they can make us hold, and that they still get all of it. */
import { afterAll, afterEach, describe, expect, test } from "bun:test";
import { AutoUpstream } from "../support/auto-upstream.ts";
import { eventually } from "../support/eventually.ts";
import { NodePeer } from "../support/node-peer.ts";
import { ProxyProcess } from "../support/proxy-process.ts";
import { RawPeer } from "../support/raw-peer.ts";
import { ScriptedUpstream } from "../support/scripted-upstream.ts";
import { proxyTo, startTestProxy, type TestProxy } from "../support/test-proxy.ts";

const node = new NodePeer();
afterEach(() => node.cleanUp());
afterAll(() => node.kill());

const HEAD_END = /\r\n\r\n/;
const GET = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
const MIB = 1024 * 1024;

function unsentBytes(proxy: TestProxy): number {
  return proxy.running.census().listeners[0]!.unsentBytes;
}

describe("pipelining without reading", () => {
  test("answers of our own stop with what the client takes, and go on when it reads", async () => {
    const body = "x".repeat(20_000);
    await using proxy = await startTestProxy(
      `routes: [{ listen: "127.0.0.1:0", path: /, respond: { status: 200, body: "${body}" } }]`,
    );
    using client = await RawPeer.connect(proxy.port());
    client.socket.pause();
    client.discard = true;
    // 5,000 answers are 100 MB, more than any kernel takes on its own.
    client.send(GET.repeat(4_999) + GET.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"));
    await eventually(() => unsentBytes(proxy) > 0, "blocked");
    expect(unsentBytes(proxy)).toBeLessThan(MIB);
    client.socket.resume();
    await client.untilEnd();
    expect(client.receivedBytes).toBeGreaterThan(5_000 * body.length);
  });

  test("nor does the exchange that began before the client was seen not to read go on, however large", async () => {
    const [small, large] = ["a".repeat(16_000), "b".repeat(64 * MIB)];
    const head = (length: number) => `HTTP/1.1 200 OK\r\nContent-Length: ${length}\r\n`;
    await using kept = await ScriptedUpstream.start();
    await using closing = await ScriptedUpstream.start();
    await using proxy = await startTestProxy(`
listeners: { web: { address: "127.0.0.1:0" } }
routes:
  - { listen: web, path: /kept, targets: ["${kept.target}"] }
  - { listen: web, path: /closing, targets: ["${closing.target}"] }
`);
    using client = await RawPeer.connect(proxy.port());
    client.socket.pause();
    client.discard = true;
    const pairs = 1_000;
    const requests = ["/kept", "/closing"].map((path) => GET.replace("/", path)).join("");
    client.send(requests.repeat(pairs));
    let heldBytes = 0;
    let sentBytes = 0;
    // The answer of /kept leaves its connection alone, and /closing needs a new one, which comes an event later.
    const answerAll = async () => {
      const target = await kept.accept();
      for (let count = 0; count < pairs; count++) {
        await target.until(HEAD_END);
        target.clear();
        target.send(`${head(small.length)}\r\n${small}`);
        const other = await closing.accept();
        await other.until(HEAD_END);
        const isHeld = heldBytes === 0 && unsentBytes(proxy) > 0;
        if (isHeld) heldBytes = large.length;
        const body = isHeld ? large : "";
        other.socket.end(`${head(body.length)}Connection: close\r\n\r\n${body}`);
        sentBytes += small.length + body.length;
      }
    };
    const answered = answerAll();
    await eventually(() => heldBytes > 0, "blocked");
    await Bun.sleep(200);
    expect(unsentBytes(proxy)).toBeLessThan(MIB);
    client.socket.resume();
    await answered;
    await client.untilBytes(sentBytes);
  }, 60_000);

  test("a client that has sent its FIN behind its requests gets all answers as well", async () => {
    const body = "x".repeat(20_000);
    await using proxy = await startTestProxy(
      `routes: [{ listen: "127.0.0.1:0", path: /, respond: { status: 200, body: "${body}" } }]`,
    );
    using client = await RawPeer.connect(proxy.port());
    client.socket.pause();
    client.send(GET.repeat(1_000));
    client.socket.end();
    await eventually(() => unsentBytes(proxy) > 0, "blocked");
    client.socket.resume();
    const received = await client.untilEnd();
    const statuses: string[] = received.match(/HTTP\/1\.1 \d+/g) ?? [];
    expect(statuses).toEqual(Array(1_000).fill("HTTP/1.1 200"));
  });
});

describe("the last answer of a connection", () => {
  test("reaches a client that needs longer for it than we linger", async () => {
    const total = 12 * MIB;
    await using upstream = await ScriptedUpstream.start();
    await using proxy = await proxyTo(upstream.target);
    using client = await RawPeer.connect(proxy.port());
    client.discard = true;
    client.socket.on("data", (chunk: Buffer) => {
      client.socket.pause();
      // About 2.5 MiB a second.
      setTimeout(() => client.socket.resume(), chunk.length / 2_600);
    });
    client.send(GET.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"));
    const target = await upstream.accept();
    await target.until(HEAD_END);
    target.send(`HTTP/1.1 200 OK\r\nContent-Length: ${total}\r\n\r\n`);
    target.socket.write(Buffer.alloc(total));
    await client.untilEnd(45_000);
    expect(client.receivedBytes).toBeGreaterThan(total);
  }, 60_000);

  for (const how of ["and reads on", "and closes"]) {
    test(`an upstream that answers 413 at once ${how}: a client in the middle of 50 MB gets it`, async () => {
      const upstream = await node.run(({ http, listen }, how) => {
        const server = http.createServer((request, response) => {
          response.writeHead(413, how === "and closes" ? { Connection: "close" } : {});
          response.end("too large");
          if (how === "and closes") response.on("finish", () => request.socket.destroy());
        });
        return listen(server);
      }, how);
      await using proxy = await proxyTo(`127.0.0.1:${upstream}`);
      const outcomes = await node.run(async ({ http, bytes }, port) => {
        const part = bytes(1_000_000, 1);
        const upload = () =>
          new Promise<string>((resolve) => {
            const sent = http.request({ host: "127.0.0.1", port, method: "POST", agent: false });
            sent.on("error", (error) => resolve(error.message));
            sent.on("response", async (answer) => {
              resolve(`${answer.statusCode} ${Buffer.concat(await answer.toArray())}`);
              sent.destroy();
            });
            let parts = 0;
            const write = () => {
              while (parts++ < 50) {
                if (!sent.write(part)) {
                  sent.once("drain", write);
                  return;
                }
              }
              sent.end();
            };
            write();
          });
        const all: string[] = [];
        for (let count = 0; count < 20; count++) all.push(await upload());
        return all;
      }, proxy.port());
      expect(outcomes).toEqual(Array(20).fill("413 too large"));
    });
  }
});

describe("clients that have left with pipelined requests behind", () => {
  test("get no further ones of them asked for", async () => {
    await using upstream = await AutoUpstream.start((_, response) => void response.end("x".repeat(1_000)));
    // In a process of its own, where their RSTs come while it writes to them.
    await using proxy = await ProxyProcess.start(
      `routes: [{ listen: "127.0.0.1:0", path: /, targets: ["${upstream.target}"] }]`,
    );
    const socket = { data() {} };
    const clients = await Promise.all(
      Array.from({ length: 500 }, () => Bun.connect({ hostname: "127.0.0.1", port: proxy.port, socket })),
    );
    for (const client of clients) client.write(GET.repeat(500));
    await eventually(() => upstream.requests > 1_000, "some are answered");
    const asked = upstream.requests;
    for (const client of clients) client.terminate();
    const open = async () => (await proxy.size()).census.listeners[0]!.connections;
    const endMs = performance.now() + 10_000;
    while ((await open()) > 0 && performance.now() < endMs) await Bun.sleep(10);
    expect(await open()).toBe(0);
    // One that was under way for each of them, and what was done before the RST came.
    expect(upstream.requests - asked).toBeLessThan(5_000);
  }, 60_000);

  test("does not keep a stream of events open that would never end", async () => {
    await using upstream = await ScriptedUpstream.start();
    await using proxy = await proxyTo(upstream.target);
    const client = await RawPeer.connect(proxy.port());
    client.send(GET.repeat(20_000));
    const target = await upstream.accept();
    await target.until(HEAD_END);
    target.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n");
    await client.until(HEAD_END);
    client.reset();
    await client.closed;
    const events = setInterval(() => target.send("3\r\n:\n\n\r\n"), 10);
    expect(await target.closed).toEqual({ reset: true });
    clearInterval(events);
    await proxy.quiet();
  });
});
