/** Windows that grow with what their way is worth, on ways of numbers, on a real way that is slow, and not without end. */
import { afterAll, afterEach, describe, expect, test } from "bun:test";
import { MAX_STREAM_WINDOW_BYTES } from "../../src/protocol/h2/bandwidth-delay.ts";
import { MAX_CONNECTION_BYTES, MAX_SHARED_BYTES, WindowGrowth } from "../../src/protocol/h2/window-growth.ts";
import { DelayedLink } from "../support/delayed-link.ts";
import { NodePeer } from "../support/node-peer.ts";
import { proxyTo, startTestProxy } from "../support/test-proxy.ts";
import { leftBehindFault, upload } from "./long-way.ts";

const node = new NodePeer();
afterEach(() => node.cleanUp());
afterAll(() => node.kill());

const MBIT = 125;
const AT_ONCE = Number.POSITIVE_INFINITY;

describe("an upload that is taken as it comes", () => {
  const table: readonly (readonly [string, number, number, number])[] = [
    ["10 Mbit/s and 20 ms", 10 * MBIT, 20, 2_000],
    ["100 Mbit/s and 50 ms", 100 * MBIT, 50, 4_000],
    ["100 Mbit/s and 200 ms", 100 * MBIT, 200, 8_000],
    ["1 Gbit/s and 50 ms", 1_000 * MBIT, 50, 3_000],
  ];
  for (const [name, bytesPerMs, roundTripMs, forMs] of table) {
    test(`fills a way of ${name}`, () => {
      const {
        bytesPerMs: got,
        windowBytes,
        grownBytes,
        leftBytes,
        pings,
      } = upload({ bytesPerMs, roundTripMs, takenPerMs: AT_ONCE }, forMs);
      expect(got).toBeGreaterThan(bytesPerMs * 0.95);
      const worthBytes = bytesPerMs * roundTripMs;
      expect(windowBytes).toBeLessThanOrEqual(Math.min(MAX_STREAM_WINDOW_BYTES, worthBytes * 3.2));
      expect(grownBytes).toBe(windowBytes - 65_535);
      expect(leftBytes).toBe(0);
      expect(pings).toBeLessThanOrEqual(20 + forMs / 1_000);
    });
  }

  test("leaves nothing of its window counted when it ends by a frame that breaks a rule", () => {
    const way = { bytesPerMs: 100 * MBIT, roundTripMs: 50, takenPerMs: AT_ONCE };
    const { grownBytes, leftBytes } = leftBehindFault(way, 2_000);
    expect(grownBytes).toBeGreaterThan(16_384);
    expect(leftBytes).toBe(0);
  });

  test("would not fill it with the windows of the beginning", () => {
    expect((65_535 / 50) * 2).toBeLessThan(100 * MBIT * 0.95);
  });
});

describe("an upload whose taker is slow", () => {
  for (const takenPerMs of [10, 1_000, 5_000]) {
    test(`of ${takenPerMs} bytes a millisecond, has no more than a first window waiting`, () => {
      const { windowBytes, heldBytes, bytesPerMs } = upload(
        { bytesPerMs: 100 * MBIT, roundTripMs: 5, takenPerMs },
        3_000,
      );
      expect(windowBytes).toBe(65_535);
      expect(heldBytes).toBeLessThanOrEqual(65_535);
      expect(bytesPerMs).toBeGreaterThan(takenPerMs * 0.9);
    });
  }
});

describe("all windows together", () => {
  test("grow by what a connection may, and no further", () => {
    const growth = new WindowGrowth({ bytes: 0 });
    expect(growth.take(MAX_CONNECTION_BYTES - 10)).toBe(MAX_CONNECTION_BYTES - 10);
    expect(growth.take(100)).toBe(10);
    expect(growth.take(100)).toBe(0);
    growth.give(30);
    expect(growth.take(100)).toBe(30);
  });

  test("of many connections by what all may, which comes back with each that is gone", () => {
    const shared = { bytes: 0 };
    const growths = Array.from({ length: 10 }, () => new WindowGrowth(shared));
    for (const growth of growths) growth.take(MAX_CONNECTION_BYTES);
    expect(shared.bytes).toBe(MAX_SHARED_BYTES);
    growths[0]!.giveAll();
    growths[0]!.give(5);
    expect(shared.bytes).toBe(MAX_SHARED_BYTES - MAX_CONNECTION_BYTES);
  });
});

/** Node's server: takes what comes, and answers with as many bytes as the path says. */
function startServer(version: "http" | "http2"): Promise<number> {
  return node.run(async (tools, version) => {
    const handle = async (
      request: import("node:http").IncomingMessage,
      response: import("node:http").ServerResponse,
    ): Promise<void> => {
      request.resume();
      await tools.once(request, "end");
      response.end(tools.bytes(Number(request.url!.slice(1)), 1));
    };
    const { http, http2 } = tools;
    const server = version === "http" ? http.createServer(handle) : http2.createServer(handle as never);
    return tools.listen(server as never);
  }, version);
}

/** Node's client over HTTP/2: how many bytes came back, and how long it took. */
function transfer(port: number, path: string, sentBytes: number): Promise<{ bytes: number; tookMs: number }> {
  return node.run(
    async ({ http2, later, once, bytes }, { port, path, sentBytes }) => {
      const session = http2.connect(`http://127.0.0.1:${port}`);
      later(() => session.destroy());
      await once(session, "remoteSettings");
      // What this client takes is not what is looked at.
      session.setLocalWindowSize(1 << 26);
      const beganMs = performance.now();
      const stream = session.request({ ":path": path, ":method": "POST" });
      stream.end(bytes(sentBytes, 2));
      let received = 0;
      for await (const chunk of stream) received += chunk.length;
      return { bytes: received, tookMs: performance.now() - beganMs };
    },
    { port, path, sentBytes },
  );
}

describe("over a real way of 50 ms", () => {
  // With windows of 65,535 bytes it would take 18 seconds.
  const BYTES = 24_000_000;
  const MOST_MS = 12_000;

  test("24 MB of a client's are up in a moment", async () => {
    await using proxy = await proxyTo(`127.0.0.1:${await startServer("http")}`);
    await using link = await DelayedLink.start(proxy.port(), 25);
    expect((await transfer(link.port, "/2", BYTES)).tookMs).toBeLessThan(MOST_MS);
  }, 60_000);

  test("24 MB of a target's of HTTP/2 are down in a moment", async () => {
    await using link = await DelayedLink.start(await startServer("http2"), 25);
    await using proxy = await startTestProxy(`
listeners: { web: { address: "127.0.0.1:0" } }
routes: [{ listen: web, path: /, targets: ["127.0.0.1:${link.port}"], protocol: h2 }]
`);
    const beganMs = performance.now();
    const answer = await fetch(`http://127.0.0.1:${proxy.port()}/${BYTES}`);
    expect((await answer.arrayBuffer()).byteLength).toBe(BYTES);
    expect(performance.now() - beganMs).toBeLessThan(MOST_MS);
  }, 60_000);
});

test("windows of a connection grow and shrink with many streams, and what is granted stays a number that may be", async () => {
  await using proxy = await startTestProxy(`
listeners: { web: { address: "127.0.0.1:0" } }
routes: [{ listen: web, path: /, targets: ["127.0.0.1:${await startServer("http2")}"], protocol: h2 }]
`);
  const takeAll = async (bytes: number): Promise<void> => {
    for (let turn = 0; turn < 30; turn++) {
      const answer = await fetch(`http://127.0.0.1:${proxy.port()}/${bytes}`);
      expect((await answer.arrayBuffer()).byteLength).toBe(bytes);
    }
  };
  await Promise.all([70_000, 300_000, 300_001, 1_500_000].map(takeAll));
  expect(proxy.failures).toEqual([]);
}, 60_000);
