/** Answers that take their time, and answers by the thousand: event streams, long polls, 2,000 requests at once. */
import { afterAll, afterEach, expect, test } from "bun:test";
import { FakeClock } from "../support/fake-clock.ts";
import { NodePeer } from "../support/node-peer.ts";
import { startNodeUpstream } from "../support/node-upstream.ts";
import { RawPeer } from "../support/raw-peer.ts";
import { ScriptedUpstream } from "../support/scripted-upstream.ts";
import { proxyTo, startTestProxy } from "../support/test-proxy.ts";

const node = new NodePeer();
afterEach(() => node.cleanUp());
afterAll(() => node.kill());

const HEAD_END = /\r\n\r\n/;

/** Sends an event whenever a `POST /publish` comes, to everybody who asked for `/events`. */
function startEventServer(): Promise<number> {
  return node.run(({ http, listen, tell }) => {
    const listeners = new Set<import("node:http").ServerResponse>();
    const server = http.createServer(async (request, response) => {
      if (request.method === "POST") {
        const text = Buffer.concat(await request.toArray()).toString();
        for (const listener of listeners) listener.write(`data: ${text}\n\n`);
        response.end(String(listeners.size));
        return;
      }
      response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-cache" });
      response.flushHeaders();
      listeners.add(response);
      response.on("close", () => {
        listeners.delete(response);
        tell("listener left");
      });
    });
    return listen(server);
  }, null);
}

test("each server-sent event reaches every listener before the next one is sent", async () => {
  await using proxy = await proxyTo(`127.0.0.1:${await startEventServer()}`);
  const received = await node.run(async ({ http, once }, port) => {
    const open = async () => {
      const sent = http.get({ host: "127.0.0.1", port, path: "/events", agent: false });
      const [answer] = (await once(sent, "response")) as [import("node:http").IncomingMessage];
      answer.on("error", () => {});
      return answer;
    };
    const answers = await Promise.all([open(), open(), open()]);
    const seen: string[][] = [];
    for (let count = 0; count < 20; count++) {
      const next = answers.map((answer) => once(answer, "data"));
      await fetch(`http://127.0.0.1:${port}/publish`, { method: "POST", body: `event ${count}` });
      seen.push((await Promise.all(next)).map(([chunk]) => String(chunk)));
    }
    for (const answer of answers) answer.destroy();
    return seen;
  }, proxy.port());
  expect(received).toEqual(
    Array.from({ length: 20 }, (_, count) => Array(3).fill(`data: event ${count}\n\n`)),
  );
  for (let count = 0; count < 3; count++) expect(await node.told()).toBe("listener left");
});

test("the head of a stream arrives before its first byte", async () => {
  await using proxy = await proxyTo(`127.0.0.1:${await startEventServer()}`);
  using client = await RawPeer.connect(proxy.port());
  client.send("GET /events HTTP/1.1\r\nHost: a\r\n\r\n");
  expect(await client.until(HEAD_END)).toContain("Content-Type: text/event-stream\r\n");
});

test("a stream with an event now and then outlives every deadline but `idle`", async () => {
  await using upstream = await ScriptedUpstream.start();
  const timeouts = "{ head: 100ms, body: 100ms, response: 100ms, keep_alive: 100ms, idle: 600ms }";
  const clock = new FakeClock();
  const { timers } = clock;
  await using proxy = await proxyTo(upstream.target, `{ timeouts: ${timeouts} }`, { timers });
  using client = await RawPeer.connect(proxy.port());
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  const target = await upstream.accept();
  await target.until(HEAD_END);
  target.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
  await client.until(HEAD_END);
  for (let count = 1; count <= 4; count++) {
    clock.advance(550);
    target.send("1\r\n.\r\n");
    await client.until(new RegExp(`(1\\r\\n\\.\\r\\n){${count}}$`));
  }
  clock.advance(700);
  expect((await client.closed).reset).toBe(true);
  expect(proxy.failures).toEqual(["upstream.idle_timeout"]);
});

test("`idle: off` on its route keeps a silent stream open where others end", async () => {
  await using upstream = await ScriptedUpstream.start();
  await using proxy = await startTestProxy(`
listeners: { web: { address: "127.0.0.1:0" } }
routes:
  - { listen: web, path: /, targets: ["${upstream.target}"], timeouts: { idle: 300ms } }
  - { listen: web, path: /events, targets: ["${upstream.target}"], timeouts: { idle: off } }
`);
  const open = async (path: string): Promise<[RawPeer, RawPeer]> => {
    const client = await RawPeer.connect(proxy.port());
    client.send(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
    const target = await upstream.accept();
    await target.until(HEAD_END);
    target.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n.\r\n");
    await client.until(/1\r\n\.\r\n$/);
    return [client, target];
  };
  const [lasting, lastingTarget] = await open("/events");
  const [other] = await open("/");
  expect((await other.closed).reset).toBe(true);
  lastingTarget.send("1\r\n!\r\n0\r\n\r\n");
  await lasting.until(/1\r\n!\r\n0\r\n\r\n$/);
  lasting.socket.destroy();
});

test("long polling: an answer may come as late as `timeouts.response` allows", async () => {
  await using upstream = await ScriptedUpstream.start();
  const clock = new FakeClock();
  const timeouts = "{ timeouts: { response: 800ms, idle: 100ms } }";
  await using proxy = await proxyTo(upstream.target, timeouts, { timers: clock.timers });
  using client = await RawPeer.connect(proxy.port());
  client.send("GET /poll HTTP/1.1\r\nHost: a\r\n\r\n");
  const target = await upstream.accept();
  await target.until(HEAD_END);
  clock.advance(750);
  target.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnews");
  await client.until(/news$/);
  client.clear();
  target.clear();
  client.send("GET /poll HTTP/1.1\r\nHost: a\r\n\r\n");
  await target.until(HEAD_END);
  clock.advance(900);
  expect(await client.until(/\}$/)).toMatch(/^HTTP\/1\.1 504 .*"code":"upstream\.response_timeout"/s);
});

test("100 long polls at once are all answered by one publication", async () => {
  const upstream = await node.run(({ http, listen }) => {
    const waiting: import("node:http").ServerResponse[] = [];
    const server = http.createServer((request, response) => {
      if (request.url === "/poll") {
        waiting.push(response);
        if (waiting.length === 100) for (const each of waiting.splice(0)) each.end("news");
      } else response.end();
    });
    return listen(server);
  }, null);
  await using proxy = await proxyTo(`127.0.0.1:${upstream}`);
  const texts = await node.run(async ({ http, once }, port) => {
    const agent = new http.Agent({ keepAlive: true });
    const poll = async () => {
      const sent = http.get({ host: "127.0.0.1", port, path: "/poll", agent });
      const [answer] = (await once(sent, "response")) as [import("node:http").IncomingMessage];
      return Buffer.concat(await answer.toArray()).toString();
    };
    const all = await Promise.all(Array.from({ length: 100 }, poll));
    agent.destroy();
    return all;
  }, proxy.port());
  expect(new Set(texts)).toEqual(new Set(["news"]));
});

test("2,000 requests at once with bodies of random sizes come back byte for byte", async () => {
  await using proxy = await proxyTo(`127.0.0.1:${await startNodeUpstream(node)}`);
  const result = await node.run(async ({ http, once, bytes, digest }, port) => {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 500 });
    const one = async (_: unknown, index: number) => {
      const length = index % 20 === 0 ? (index * 104_729) % 300_000 : (index * 7919) % 5_000;
      const body = bytes(length, index);
      const headers = index % 2 === 0 ? { "Content-Length": length } : {};
      const sent = http.request({ host: "127.0.0.1", port, path: "/echo", method: "POST", headers, agent });
      const answered = once(sent, "response") as Promise<[import("node:http").IncomingMessage]>;
      sent.end(body);
      const [answer] = await answered;
      return (await digest(answer)) === (await digest([body]));
    };
    const all = await Promise.all(Array.from({ length: 2_000 }, one));
    agent.destroy();
    return { right: all.filter(Boolean).length };
  }, proxy.port());
  expect(result).toEqual({ right: 2_000 });
  expect(proxy.failures).toEqual([]);
}, 60_000);
