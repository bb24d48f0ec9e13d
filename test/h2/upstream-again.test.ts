/** HTTP/2 towards a target, when what was begun there has to be done again: refused streams, connections that end. */
import { describe, expect, test } from "bun:test";
import { FRAME } from "../../src/protocol/h2/frame.ts";
import { metricsPage } from "../../src/runtime/start.ts";
import { eventually, untilStill } from "../support/eventually.ts";
import { RawPeer } from "../support/raw-peer.ts";
import { startTestProxy, type TestProxy } from "../support/test-proxy.ts";
import { data, frame, headers, reset, settings, uint32, windowUpdate } from "./frames.ts";
import { H2Upstream } from "./scripted-h2-upstream.ts";

const REFUSED_STREAM = 7;
const MUCH = 32 * 1024 * 1024;
const head = (stream: number) => headers(stream, [[":status", "503"]], { end: false });
const answered = (status: number) => new RegExp(`^HTTP/1.1 ${status} `);

function through(upstream: H2Upstream, more = "", limits = "{}"): Promise<TestProxy> {
  return startTestProxy(`
settings: { limits: ${limits} }
listeners: { web: { address: "127.0.0.1:0" } }
routes: [{ listen: web, path: /, targets: ["${upstream.target}"], protocol: h2 ${more} }]
`);
}

async function sends(proxy: TestProxy, method = "GET", body = ""): Promise<RawPeer> {
  const client = await RawPeer.connect(proxy.port());
  const length = body === "" ? "" : `Content-Length: ${body.length}\r\n`;
  client.send(`${method} / HTTP/1.1\r\nHost: a.example\r\n${length}\r\n${body}`);
  return client;
}

describe("a stream that the target refuses", () => {
  test("is begun again, body and all, as often as `retry` allows", async () => {
    await using upstream = await H2Upstream.start();
    await using proxy = await through(upstream, ", retry: { after: refused_stream, backoff: 1ms }");
    using client = await sends(proxy, "PUT", "body");
    const side = await upstream.accept();
    for (const attempt of [1, 2]) {
      const id = await side.request(attempt);
      await side.saw(`data ${id} 4 end`);
      side.send(reset(id, REFUSED_STREAM));
    }
    const last = await side.request(3);
    await side.saw(`data ${last} 4 end`);
    side.answer(last);
    await client.until(answered(204));
    expect(proxy.records.at(-1)).toMatchObject({ status: 204, attempts: 3, error: null });
    client.socket.destroy();
    await proxy.quiet();
  });

  test.each([
    ["RST_STREAM", (id: number) => reset(id, REFUSED_STREAM)],
    ["GOAWAY", () => frame(FRAME.goaway, 0, 0, uint32(0) + uint32(0))],
  ])("is not begun again behind an answer that has begun: %s", async (_, refusal) => {
    await using upstream = await H2Upstream.start();
    await using proxy = await through(upstream);
    using client = await sends(proxy);
    const side = await upstream.accept();
    const id = await side.request(1);
    side.send(headers(id, [[":status", "200"]], { end: false }) + data(id, "part"));
    await client.until(/part/);
    side.send(refusal(id));
    await client.closed;
    expect(client.received.match(/HTTP\/1.1 200/g)).toHaveLength(1);
    await eventually(() => proxy.records.length === 1, "the record");
    expect(proxy.records[0]).toMatchObject({ attempts: 1, error: { code: "upstream.reset_after_head" } });
    await proxy.quiet();
  });

  test("is not begun again where `retry` does not say so", async () => {
    await using upstream = await H2Upstream.start();
    await using proxy = await through(upstream, ", retry: { after: reset, backoff: 1ms }");
    using client = await sends(proxy, "PUT", "body");
    const side = await upstream.accept();
    const id = await side.request(1);
    await side.saw(`data ${id} 4 end`);
    side.send(reset(id, REFUSED_STREAM));
    await client.until(answered(502));
  });
});

describe("an answer that is dropped for another attempt", () => {
  const RETRIES = ", retry: { statuses: [503], backoff: 1ms }";
  for (const [name, answer, isReset] of [
    ["that came whole costs no RST_STREAM", (id: number) => head(id) + data(id, "busy", true), false],
    ["of which more is to come does", (id: number) => head(id) + data(id, "bu"), true],
  ] as const) {
    test(name, async () => {
      await using upstream = await H2Upstream.start();
      await using proxy = await through(upstream, RETRIES);
      using client = await sends(proxy);
      const side = await upstream.accept();
      const first = await side.request(1);
      side.send(answer(first));
      side.answer(await side.request(2));
      await client.until(answered(204));
      expect(side.described.includes(`rstStream ${first} 8`)).toBe(isReset);
      expect(upstream.connections).toBe(1);
      client.socket.destroy();
      await proxy.quiet();
    });
  }
});

test("a request that was held back when it was refused goes on where it is sent again", async () => {
  await using upstream = await H2Upstream.start();
  await using proxy = await through(upstream);
  using held = await RawPeer.connect(proxy.port());
  held.send("POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 4\r\n\r\n");
  const side = await upstream.accept(settings([4, MUCH]) + windowUpdate(0, MUCH));
  const first = await side.request(1);
  await side.saw("settings ack");
  side.peer.socket.pause();
  using flood = await RawPeer.connect(proxy.port());
  flood.send(`POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: ${MUCH}\r\n\r\n${"x".repeat(MUCH)}`);
  await eventually(() => flood.socket.writableLength > 0, "a flood that does not flow");
  await untilStill(() => flood.socket.writableLength);
  expect(flood.socket.writableLength).toBeGreaterThan(0);
  side.send(reset(first, REFUSED_STREAM));
  const counted = () => metricsPage(proxy.running.counted(), null).body;
  await eventually(() => counted().includes("upstream.refused_stream"), "another attempt");
  const other = await upstream.accept();
  const again = await other.request(1);
  held.send("body");
  await other.saw(`data ${again} 4 end`);
  other.answer(again);
  await held.until(answered(204));
});

describe("requests that wait for room", () => {
  test("get another connection when the only one ends under the request that it carries", async () => {
    await using upstream = await H2Upstream.start();
    await using proxy = await through(upstream, "", "{ connections_per_target: 1 }");
    using first = await sends(proxy);
    const side = await upstream.accept(settings([3, 1]));
    await side.request(1);
    await side.saw("settings ack");
    using second = await sends(proxy);
    using third = await sends(proxy);
    await eventually(() => proxy.running.census().targets[0]!.active === 3, "three requests");
    side.peer.socket.end();
    await first.until(answered(502));
    const other = await upstream.accept();
    other.answer(await other.request(1));
    other.answer(await other.request(2));
    await second.until(answered(204));
    await third.until(answered(204));
    for (const client of [first, second, third]) client.socket.destroy();
    await proxy.quiet();
  });

  test("fail at once when there is none any more and none can be made", async () => {
    const upstream = await H2Upstream.start();
    await using proxy = await through(upstream, "", "{ connections_per_target: 1 }");
    using first = await sends(proxy);
    const side = await upstream.accept(settings([3, 1]));
    await side.request(1);
    await side.saw("settings ack");
    using second = await sends(proxy);
    await eventually(() => proxy.running.census().targets[0]!.active === 2, "two requests");
    await upstream[Symbol.asyncDispose]();
    await first.until(answered(502));
    await second.until(answered(502));
    for (const client of [first, second]) client.socket.destroy();
    await proxy.quiet();
  });
});
