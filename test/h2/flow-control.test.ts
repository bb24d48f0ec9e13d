/** The windows of a client, frame by frame (RFC 9113 sections 5.2 and 6.9). */
import { describe, expect, test } from "bun:test";
import { FRAME } from "../../src/protocol/h2/frame.ts";
import { H2Peer } from "../attacks/h2/h2-peer.ts";
import { eventually, untilStill } from "../support/eventually.ts";
import { RawPeer } from "../support/raw-peer.ts";
import { ScriptedUpstream } from "../support/scripted-upstream.ts";
import { startTestProxy, type TestProxy } from "../support/test-proxy.ts";
import {
  data,
  frame,
  GET,
  HELLO,
  headers,
  POST,
  ping,
  reset,
  SETTINGS_ACK,
  settings,
  uint32,
  windowUpdate,
} from "./frames.ts";

function answering(bytes: number): Promise<TestProxy> {
  return startTestProxy(`
listeners: { web: { address: "127.0.0.1:0" } }
routes: [{ listen: web, path: /, respond: { status: 200, body: "${"x".repeat(bytes)}" } }]
`);
}

/** Sizes of the DATA frames of a stream so far, `end` behind the last. */
function dataOf(peer: H2Peer, id: number): string {
  return peer.described
    .filter((frame) => frame.startsWith(`data ${id} `))
    .map((frame) => frame.split(" ").slice(2).join(" "))
    .join(", ");
}

async function has(peer: H2Peer, id: number, expected: string): Promise<void> {
  await eventually(() => dataOf(peer, id) === expected, `'${expected}', not '${dataOf(peer, id)}'`);
}

describe("an answer of 10 bytes", () => {
  test("goes as far as the window of one byte, and on as it is opened", async () => {
    await using proxy = await answering(10);
    using peer = await H2Peer.connect(proxy.port(), settings([4, 1]));
    peer.send(headers(1));
    await has(peer, 1, "1");
    peer.send(windowUpdate(1, 4));
    await has(peer, 1, "1, 4");
    peer.send(windowUpdate(1, 100));
    await has(peer, 1, "1, 4, 5 end");
  });

  test("waits while the setting has taken its window below zero", async () => {
    await using proxy = await answering(10);
    using peer = await H2Peer.connect(proxy.port(), settings([4, 3]));
    peer.send(headers(1));
    await has(peer, 1, "3");
    peer.send(settings([4, 0]) + windowUpdate(1, 3));
    await eventually(
      () => peer.described.filter((frame) => frame === "settings ack").length === 2,
      "both acknowledged",
    );
    expect(dataOf(peer, 1)).toBe("3");
    peer.send(windowUpdate(1, 2));
    await has(peer, 1, "3, 2");
    peer.send(settings([4, 100]));
    await has(peer, 1, "3, 2, 5 end");
  });

  test("waits for the window of the connection", async () => {
    await using proxy = await answering(40_000);
    using peer = await H2Peer.connect(proxy.port());
    peer.send(headers(1) + headers(3));
    await has(peer, 1, "16384, 16384, 7232 end");
    await has(peer, 3, "16384, 9151");
    peer.send(windowUpdate(0, 50_000));
    await has(peer, 3, "16384, 9151, 14465 end");
  });
});

test("PRIORITY_UPDATE that comes before its stream says who goes first, whatever the stream says itself", async () => {
  await using proxy = await answering(40_000);
  using peer = await H2Peer.connect(proxy.port(), settings([4, 0]));
  peer.send(frame(FRAME.priorityUpdate, 0, 0, `${uint32(3)}u=0`));
  peer.send(headers(1) + headers(3, [...GET, ["priority", "u=6"]]));
  await eventually(() => [1, 3].every((id) => peer.described.includes(`headers ${id}`)), "both heads");
  peer.send(settings([4, 40_000]));
  await has(peer, 3, "16384, 16384, 7232 end");
  await has(peer, 1, "16384, 9151");
});

test("what a window holds up is given up when the client's FIN says that it will not be opened", async () => {
  await using upstream = await ScriptedUpstream.start();
  await using proxy = await startTestProxy(`
listeners: { web: { address: "127.0.0.1:0" } }
routes:
  - { listen: web, path: /, respond: { status: 200, body: "0123456789" } }
  - { listen: web, path: /streams, targets: ["${upstream.target}"] }
`);
  using peer = await H2Peer.connect(proxy.port(), settings([4, 3]));
  const streams = GET.map(([name, value]) => [name, name === ":path" ? "/streams" : value] as const);
  peer.send(headers(1) + headers(3, streams));
  const target = await upstream.accept();
  await target.until(/\r\n\r\n/);
  target.send("HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n0123456789");
  await has(peer, 1, "3");
  await has(peer, 3, "3");
  peer.peer.socket.end();
  expect((await target.closed).reset).toBe(true);
  await peer.peer.untilEnd();
  await proxy.quiet();
});

test("what comes for a window that will not be opened any more is given up", async () => {
  await using upstream = await ScriptedUpstream.start();
  await using proxy = await startTestProxy(`
listeners: { web: { address: "127.0.0.1:0" } }
routes: [{ listen: web, path: /, targets: ["${upstream.target}"] }]
`);
  using peer = await H2Peer.connect(proxy.port(), settings([4, 3]));
  peer.send(headers(1));
  const target = await upstream.accept();
  await target.until(/\r\n\r\n/);
  peer.peer.socket.end();
  // Once this one has come, the FIN before it has.
  using later = await H2Peer.connect(proxy.port());
  later.send(headers(1));
  await upstream.accept();
  later.send(reset(1));
  target.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789");
  await peer.peer.untilEnd();
  expect(dataOf(peer, 1)).toBe("3");
  later[Symbol.dispose]();
  await proxy.quiet();
});

test("more streams than are allowed are refused, and the others answered", async () => {
  await using proxy = await startTestProxy(`
listeners: { web: { address: "127.0.0.1:0" } }
routes: [{ listen: web, path: /, respond: { status: 204 } }]
`);
  using peer = await H2Peer.connect(proxy.port(), settings([4, 0]) + SETTINGS_ACK);
  peer.send(Array.from({ length: 101 }, (_, i) => headers(2 * i + 1)).join(""));
  await eventually(() => peer.described.includes("rstStream 201 7"), "the last refused");
  await eventually(() => peer.described.includes("headers 199 end"), "the one before answered");
});

test("a preface that comes byte by byte, and a POST that begins like one", async () => {
  await using proxy = await answering(2);
  using slow = new H2Peer(await RawPeer.connect(proxy.port()));
  for (const byte of HELLO + headers(1)) {
    slow.send(byte);
    await Bun.sleep(0);
  }
  await has(slow, 1, "2 end");
  using post = await RawPeer.connect(proxy.port());
  for (const byte of "PRI /x HTTP/1.1\r\nHost: a\r\n\r\n") {
    post.send(byte);
    await Bun.sleep(0);
  }
  await post.until(/^HTTP\/1.1 200 OK/);
  using half = await RawPeer.connect(proxy.port());
  half.send("P");
  half.socket.end();
  expect(await half.untilEnd()).toMatch(/^HTTP\/1.1 400 /);
});

test("a FIN in the middle of an upload ends it at once, and one behind a request does not", async () => {
  await using upstream = await ScriptedUpstream.start();
  await using proxy = await startTestProxy(`
listeners: { web: { address: "127.0.0.1:0" } }
routes: [{ listen: web, path: /, targets: ["${upstream.target}"] }]
`);
  using half = await H2Peer.connect(proxy.port());
  half.send(headers(1, POST, { end: false }) + data(1, "begin"));
  const first = await upstream.accept();
  await first.until(/begin/);
  half.peer.socket.end();
  await first.closed;
  expect((await proxy.record(0)).error?.code).toBe("request.aborted");
  using whole = await H2Peer.connect(proxy.port());
  whole.send(headers(1));
  whole.peer.socket.end();
  const second = await upstream.accept();
  await second.until(/\r\n\r\n/);
  second.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  await has(whole, 1, "2 end");
  await proxy.quiet();
});

describe("a client that leaves more lying than it may gets nothing further", () => {
  const LARGE = "x".repeat(200_000);
  const start = () =>
    startTestProxy(`
listeners: { web: { address: "127.0.0.1:0" } }
routes:
  - { listen: web, path: /, respond: { status: 200, body: "${LARGE}" } }
  - { listen: web, path: /small, respond: { status: 200, body: "small" } }
`);
  const SMALL = GET.map(([name, value]) => [name, name === ":path" ? "/small" : value] as const);
  const ids = Array.from({ length: 50 }, (_, i) => 2 * i + 1);
  const begun = (peer: H2Peer) => peer.described.filter((frame) => frame.startsWith("headers")).length;

  /** Asks for more than may lie here, and does not take it. */
  async function sleep(proxy: TestProxy): Promise<H2Peer> {
    const peer = await H2Peer.connect(proxy.port(), settings([4, 10]));
    peer.send(ids.map((id) => headers(id)).join(""));
    await untilStill(() => begun(peer));
    expect(begun(peer)).toBeLessThan(ids.length);
    return peer;
  }

  test("until it gives up what it does not take: it has no window to open then", async () => {
    await using proxy = await start();
    using peer = await sleep(proxy);
    peer.send(headers(101, SMALL));
    peer.send(ids.map((id) => reset(id)).join(""));
    await has(peer, 101, "5 end");
  });

  test("and less than that when others do the same, until they leave", async () => {
    await using proxy = await start();
    const others = await Promise.all([sleep(proxy), sleep(proxy)]);
    using peer = await H2Peer.connect(proxy.port(), settings([4, 10]));
    peer.send(headers(1) + headers(3));
    await untilStill(() => begun(peer));
    peer.send(headers(5, SMALL) + ping());
    await eventually(() => peer.described.includes("ping ack"), "the PING answered");
    expect(dataOf(peer, 5)).toBe("");
    for (const other of others) other[Symbol.dispose]();
    await has(peer, 5, "5 end");
  });
});
