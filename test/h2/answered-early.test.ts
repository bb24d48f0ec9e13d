/** Answers that are complete before their requests: what becomes of the rest of the request (RFC 9113 section 8.1). */
import { expect, test } from "bun:test";
import { H2Peer } from "../attacks/h2/h2-peer.ts";
import { eventually } from "../support/eventually.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { startTestProxy, type TestProxy } from "../support/test-proxy.ts";
import { data, headers, POST, ping, reset } from "./frames.ts";

const NO_ERROR = /^rstStream \d+ 0$/;

function start(clock: FakeClock): Promise<TestProxy> {
  return startTestProxy(
    `
listeners: { web: { address: "127.0.0.1:0" } }
routes: [{ listen: web, path: /, respond: { status: 200, body: "early" } }]
`,
    { timers: clock.timers },
  );
}

async function answered(peer: H2Peer, id: number): Promise<void> {
  peer.send(headers(id, POST, { end: false }));
  await eventually(() => peer.described.includes(`data ${id} 5 end`), `answer ${id}`);
}

const told = (peer: H2Peer): string[] => peer.described.filter((frame) => NO_ERROR.test(frame));

test("a request that ends in time is not reset", async () => {
  const clock = new FakeClock();
  await using proxy = await start(clock);
  using peer = await H2Peer.connect(proxy.port());
  await answered(peer, 1);
  peer.send(data(1, "the rest", true) + ping());
  await eventually(() => peer.described.includes("ping ack"), "the end of the request to be read");
  clock.advance(5_000);
  await answered(peer, 3);
  expect(told(peer)).toEqual([]);
});

test("one that stands still is reset with NO_ERROR after a second", async () => {
  const clock = new FakeClock();
  await using proxy = await start(clock);
  using peer = await H2Peer.connect(proxy.port());
  await answered(peer, 1);
  clock.advance(900);
  expect(told(peer)).toEqual([]);
  clock.advance(200);
  await eventually(() => told(peer).length === 1, "RST_STREAM");
  // What was under way then is no fault.
  peer.send(data(1, "late", true));
  await answered(peer, 3);
  expect(peer.over).toBe(false);
});

test("one that goes on is reset with NO_ERROR at once, and gets no more window", async () => {
  await using proxy = await start(new FakeClock());
  using peer = await H2Peer.connect(proxy.port());
  await answered(peer, 1);
  for (let i = 0; i < 3; i++) peer.send(data(1, "x".repeat(16_000)));
  await eventually(() => told(peer).length === 1, "RST_STREAM");
  expect(peer.described.filter((frame) => frame.startsWith("windowUpdate 1"))).toEqual([]);
});

test("one that is reset by the very frame that ends it harms no other stream", async () => {
  await using proxy = await start(new FakeClock());
  using peer = await H2Peer.connect(proxy.port());
  await answered(peer, 1);
  peer.send(data(1, "x".repeat(16_384)) + data(1, "x".repeat(16_384), true));
  await eventually(() => told(peer).length === 1, "RST_STREAM");
  await answered(peer, 3);
  expect([peer.over, proxy.failures]).toEqual([false, []]);
});

test("those that stay never keep others out", async () => {
  await using proxy = await start(new FakeClock());
  using peer = await H2Peer.connect(proxy.port());
  for (let id = 1; id < 400; id += 2) await answered(peer, id);
  expect(told(peer).length).toBeGreaterThanOrEqual(150);
  expect(peer.described.filter((frame) => /^rstStream \d+ 7$/.test(frame))).toEqual([]);
});

test("who gives the rest up has done nothing wrong", async () => {
  await using proxy = await start(new FakeClock());
  using peer = await H2Peer.connect(proxy.port());
  for (let id = 1; id < 400; id += 2) {
    await answered(peer, id);
    peer.send(reset(id));
  }
  expect(peer.over).toBe(false);
  expect(told(peer)).toEqual([]);
});

test("a client that ends its side is not waited for", async () => {
  await using proxy = await start(new FakeClock());
  using peer = await H2Peer.connect(proxy.port());
  await answered(peer, 1);
  peer.peer.socket.end();
  await proxy.quiet();
});

test("one that says that it is long is reset in the same breath", async () => {
  await using proxy = await start(new FakeClock());
  using peer = await H2Peer.connect(proxy.port());
  peer.send(headers(1, [...POST, ["content-length", "3000000"]], { end: false }));
  await eventually(() => told(peer).length === 1, "RST_STREAM");
  const ofStream = peer.described.filter((frame) => /^(data|rstStream) 1 /.test(frame));
  expect(ofStream).toEqual(["data 1 5 end", "rstStream 1 0"]);
});
