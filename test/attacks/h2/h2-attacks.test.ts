/** Legal frames in harmful numbers: each attack is cut, what it reaches and what it costs is bounded. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { FRAME } from "../../../src/protocol/h2/frame.ts";
import {
  block,
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
} from "../../h2/frames.ts";
import { eventually, untilStill } from "../../support/eventually.ts";
import { ProxyProcess, type ProxySize } from "../../support/proxy-process.ts";
import { CountingUpstream, H2Peer } from "./h2-peer.ts";

const CALM = 11;
const MIB = 1024 * 1024;
const SMALL = Buffer.from("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");

function through(upstream: CountingUpstream): Promise<ProxyProcess> {
  return ProxyProcess.start(`
settings: { access_log: off }
listeners: { web: { address: "127.0.0.1:0" } }
routes: [{ listen: web, path: /, targets: ["127.0.0.1:${upstream.port}"] }]
`);
}

/** What it has cost, for docs/http2.md: `FIGURES=1`. */
function figures(before: ProxySize, after: ProxySize): string {
  const mib = ((after.rssBytes - before.rssBytes) / MIB).toFixed(1);
  return `${(after.cpuMs - before.cpuMs).toFixed(0)} ms, ${mib} MiB`;
}

describe("floods end with ENHANCE_YOUR_CALM", () => {
  let upstream: CountingUpstream;
  let proxy: ProxyProcess;
  beforeAll(async () => {
    upstream = new CountingUpstream(null);
    proxy = await through(upstream);
  });
  afterAll(async () => {
    await proxy[Symbol.asyncDispose]();
    upstream[Symbol.dispose]();
  });

  const open = headers(1, POST, { end: false });
  const huge = headers(1, [...GET, ["x", "y".repeat(20_000)]]).length;
  /** What is sent before, what again and again, and after how many the connection must be over. */
  const table: readonly (readonly [string, string, (i: number) => string, number])[] = [
    ["SETTINGS", "", () => settings([4, 70_000]), 150],
    ["SETTINGS without a setting", "", () => settings(), 150],
    ["PING", "", () => ping(), 600],
    ["empty DATA", open, () => data(1, ""), 300],
    ["DATA of padding alone for a stream that is over", open + reset(1), () => data(1, ""), 1_200],
    ["PRIORITY", "", (i) => frame(FRAME.priority, 0, 2 * i + 1, `${uint32(0)}\x10`), 1_200],
    ["PRIORITY_UPDATE", "", (i) => frame(FRAME.priorityUpdate, 0, 0, `${uint32(2 * i + 1)}u=1`), 1_200],
    ["unknown frames", "", () => frame(0xbe, 0, 0, ""), 1_200],
    ["RST_STREAM for a stream that is over", open + reset(1), () => reset(1), 1_200],
    ["streams beyond the limit", SETTINGS_ACK, (i) => headers(2 * i + 1), 400],
    [
      "heads beyond limits.head",
      "",
      (i) =>
        headers(
          2 * i + 1,
          [...GET, ["x", "y".repeat(16_000)], ["z", "y".repeat(16_000)]].slice(0, 5) as never,
        ).slice(0, huge),
      2_000,
    ],
    [
      "CONTINUATION",
      frame(FRAME.headers, 1, 1, block(GET)),
      () => frame(FRAME.continuation, 0, 1, "\x82"),
      200,
    ],
    [
      "empty CONTINUATION",
      frame(FRAME.headers, 1, 1, block(GET)),
      () => frame(FRAME.continuation, 0, 1, ""),
      200,
    ],
    [
      "large CONTINUATION",
      frame(FRAME.headers, 1, 1, block(GET)),
      () => frame(FRAME.continuation, 0, 1, "\0".repeat(16_384)),
      200,
    ],
  ];

  for (const [name, before, again, most] of table) {
    test(name, async () => {
      using peer = await H2Peer.connect(proxy.port);
      peer.send(before);
      await peer.flood(most, again);
      expect(await peer.goawayCode()).toBe(CALM);
      expect((await proxy.size()).mistakes).toEqual([]);
    });
  }
});

test("floods one after the other leave nothing of what they sent behind", async () => {
  using upstream = new CountingUpstream(null);
  await using proxy = await through(upstream);
  const flood = ping().repeat(20_000);
  let attackers = 0;
  // Each from an address of its own: one that comes again has to wait.
  const attack = async () => {
    using peer = await H2Peer.connect(proxy.port, "", `127.0.1.${++attackers}`);
    peer.send(flood);
    await peer.goawayCode();
  };
  // What is compiled of the code stays.
  for (let i = 0; i < 20; i++) await attack();
  const before = (await proxy.size(true)).rssBytes;
  using _watch = proxy.watchPeak();
  for (let i = 0; i < 200; i++) await attack();
  expect(Math.max(proxy.peakBytes, (await proxy.size()).rssBytes) - before).toBeLessThan(24 * MIB);
  if (process.env["FIGURES"] === "1") console.log("200 floods", (proxy.peakBytes - before) / MIB);
}, 60_000);

describe("streams that are given up", () => {
  const table: readonly (readonly [string, (id: number) => string])[] = [
    ["rapid reset", (id) => reset(id)],
    ["MadeYouReset by a zero increment", (id) => windowUpdate(id, 0)],
    ["MadeYouReset by a window that overflows", (id) => windowUpdate(id, 0x7fffffff)],
    ["MadeYouReset by DATA behind the end", (id) => data(id, "x")],
    ["MadeYouReset by PRIORITY of another length", (id) => frame(FRAME.priority, 0, id, "abc")],
  ];
  for (const [name, end] of table) {
    test(`${name}, 20,000 at once, reaches no upstream a hundred times`, async () => {
      using upstream = new CountingUpstream(null);
      await using proxy = await through(upstream);
      const before = await proxy.size(true);
      using peer = await H2Peer.connect(proxy.port);
      await peer.flood(20_000, (i) => headers(2 * i + 1) + end(2 * i + 1));
      expect(await peer.goawayCode()).toBe(CALM);
      await peer.peer.untilEnd();
      expect(upstream.requests).toBeLessThanOrEqual(100);
      const after = await proxy.size();
      expect(after.rssBytes - before.rssBytes).toBeLessThan(20 * MIB);
      expect(after.cpuMs - before.cpuMs).toBeLessThan(300);
      if (process.env["FIGURES"] === "1") console.log(name, upstream.requests, figures(before, after));
    });

    test(`${name}, one after the other, neither`, async () => {
      using upstream = new CountingUpstream(null);
      await using proxy = await through(upstream);
      using peer = await H2Peer.connect(proxy.port);
      for (let id = 1; id < 1_000 && !peer.over; id += 2) {
        const seen = upstream.requests;
        peer.send(headers(id));
        await eventually(() => upstream.requests > seen || peer.over, "the request");
        peer.send(end(id));
      }
      expect(await peer.goawayCode()).toBe(CALM);
      expect(upstream.requests).toBeLessThanOrEqual(100);
      await eventually(() => upstream.open === 0, "no exchange left");
    });
  }
});

test("rapid reset over ten connections takes no more memory than over one", async () => {
  using upstream = new CountingUpstream(null);
  await using proxy = await through(upstream);
  const before = await proxy.size(true);
  using peers = new DisposableStack();
  const attackers: H2Peer[] = [];
  for (let i = 0; i < 10; i++) attackers.push(peers.use(await H2Peer.connect(proxy.port)));
  const piece = (i: number) => headers(2 * i + 1) + reset(2 * i + 1);
  await Promise.all(attackers.map((peer) => peer.flood(20_000, piece)));
  for (const peer of attackers) expect(await peer.goawayCode()).toBe(CALM);
  const after = await proxy.size();
  expect(after.rssBytes - before.rssBytes).toBeLessThan(20 * MIB);
  // Ten times what one may cost.
  expect(after.cpuMs - before.cpuMs).toBeLessThan(3_000);
  expect(upstream.requests).toBeLessThanOrEqual(1_000);
  if (process.env["FIGURES"] === "1") console.log("ten connections", figures(before, after));
});

for (const connections of [1, 5, 10]) {
  test(`500 answers of 2 MB behind the closed windows of ${connections} connections take less than 32 MB`, async () => {
    const body = Buffer.alloc(2 * MIB, "x");
    const head = Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n`);
    using upstream = new CountingUpstream(Buffer.concat([head, body]));
    await using proxy = await through(upstream);
    const before = (await proxy.size(true)).rssBytes;
    using _watch = proxy.watchPeak();
    using peers = new DisposableStack();
    for (let i = 0; i < connections; i++) {
      const peer = peers.use(await H2Peer.connect(proxy.port, settings([4, 0])));
      for (let id = 1; id <= 1_000 / connections; id += 2) peer.send(headers(id));
    }
    await eventually(() => upstream.requests >= 16, "some requests");
    await untilStill(() => upstream.requests, 300);
    expect(proxy.peakBytes - before).toBeLessThan(32 * MIB);
    const [listener] = (await proxy.size()).census.listeners;
    expect(listener!.unsentBytes).toBeLessThan(24 * MIB);
  }, 60_000);
}

test("a window that opens byte by byte ends with ENHANCE_YOUR_CALM too", async () => {
  using upstream = new CountingUpstream(
    Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n${"x".repeat(9_000)}`),
  );
  await using proxy = await through(upstream);
  using peer = await H2Peer.connect(proxy.port, settings([4, 0]));
  peer.send(headers(1));
  await eventually(() => peer.described.includes("headers 1"), "the head");
  await peer.flood(1_500, () => windowUpdate(1, 1));
  expect(await peer.goawayCode()).toBe(CALM);
  expect(peer.described.filter((frame) => frame === "data 1 1").length).toBeLessThanOrEqual(1_000);
});

test("1,000 slow streams occupy at most 128 upstream", async () => {
  using upstream = new CountingUpstream(null);
  await using proxy = await through(upstream);
  using peer = await H2Peer.connect(proxy.port);
  for (let id = 1; id < 2_000; id += 2) peer.send(headers(id, POST, { end: false }));
  await eventually(() => upstream.open >= 50 || peer.over, "some requests");
  expect(upstream.mostOpen).toBeLessThanOrEqual(128);
});

test("an entry of the table that is named a thousand times costs what it is sent for", async () => {
  using upstream = new CountingUpstream(SMALL);
  await using proxy = await through(upstream);
  const before = (await proxy.size(true)).rssBytes;
  using peer = await H2Peer.connect(proxy.port);
  // One literal of 3,900 bytes that is kept, then named by a byte.
  const entry = `\x40\x01x\x7f${String.fromCharCode(0x80 | ((3_900 - 127) & 127), (3_900 - 127) >> 7)}${"y".repeat(3_900)}`;
  for (let id = 1; id < 60; id += 2)
    peer.send(frame(FRAME.headers, 5, id, block(GET) + entry + "\xbe".repeat(12_000)));
  const heads = () => peer.described.filter((each) => each.startsWith("headers")).length;
  await eventually(() => heads() === 30, "30 answers with 431");
  expect((await proxy.size()).rssBytes - before).toBeLessThan(20 * MIB);
  expect(upstream.requests).toBe(0);
});

test("who behaves is served while others do not", async () => {
  using upstream = new CountingUpstream(SMALL);
  await using proxy = await through(upstream);
  using good = await H2Peer.connect(proxy.port);
  for (let i = 0; i < 20; i++) {
    using bad = await H2Peer.connect(proxy.port);
    await bad.flood(1_000, (n) => headers(2 * n + 1) + reset(2 * n + 1));
    good.send(headers(2 * i + 1));
    await eventually(() => good.described.includes(`data ${2 * i + 1} 2 end`), `answer ${i}`);
  }
  expect(HELLO.length).toBe(33);
});
