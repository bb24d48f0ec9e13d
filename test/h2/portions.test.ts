/** What a client sends at once is read and begun in portions, and nothing of it is lost by that. */
import { describe, expect, test } from "bun:test";
import { EVENT } from "../../src/protocol/h2/events.ts";
import { FRAME } from "../../src/protocol/h2/frame.ts";
import { ServerReader } from "../../src/protocol/h2/server-reader.ts";
import { HeadStock } from "../../src/protocol/h2/stream-record.ts";
import { CountingUpstream, H2Peer } from "../attacks/h2/h2-peer.ts";
import { eventually } from "../support/eventually.ts";
import { proxyTo } from "../support/test-proxy.ts";
import { block, data, frame, GET, HELLO, headers, POST, SETTINGS_ACK } from "./frames.ts";
import { TEST_LIMITS } from "./reader-script.ts";

/** How many frames are read between two breaks, of what lies in one chunk. */
function portions(bytes: string): number[] {
  const limits = { ...TEST_LIMITS, streams: 10_000, headBytes: 100_000, connectionWindowBytes: 1_000_000 };
  const reader = new ServerReader<null>(limits, new HeadStock(), { bytes: 0 });
  reader.push(Buffer.from(HELLO + bytes, "latin1"), 0);
  const counts = [0];
  for (let event = reader.next(); event !== EVENT.needData; event = reader.next()) {
    if (event === EVENT.fault) throw new Error(reader.fault!);
    if (event === EVENT.enough) counts.push(0);
    else if (event === EVENT.head || event === EVENT.data) counts[counts.length - 1]!++;
  }
  return counts;
}

describe("of one chunk is read at once", () => {
  const long = block([...GET, ["x", "y".repeat(1_200)]]);
  const table: readonly (readonly [string, string, number])[] = [
    ["two hundred requests", range(1_000, (id) => headers(id)), 200],
    [
      "two hundred bytes that come one by one",
      headers(1, POST, { end: false }) + data(1, "x").repeat(1_000),
      200,
    ],
    ["fewer requests with long heads", range(200, (id) => frame(FRAME.headers, 5, id, long)), 21],
  ];
  for (const [name, bytes, most] of table) {
    test(name, () => {
      const counts = portions(bytes);
      expect(Math.max(...counts)).toBeLessThanOrEqual(most);
      expect(Math.max(...counts)).toBeGreaterThan(most / 2);
      expect(counts.reduce((sum, count) => sum + count)).toBeGreaterThanOrEqual(200);
    });
  }

  test("a body in frames of the usual size, whole", () => {
    const counts = portions(headers(1, POST, { end: false }) + data(1, "x".repeat(16_000)).repeat(4));
    expect(counts).toEqual([5]);
  });
});

test("a hundred requests at once all get their answer", async () => {
  using upstream = new CountingUpstream(Buffer.from("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));
  await using proxy = await proxyTo(`127.0.0.1:${upstream.port}`);
  using client = await H2Peer.connect(proxy.port());
  client.send(SETTINGS_ACK + range(100, (id) => headers(id)));
  const answers = () => client.described.filter((each) => each.endsWith(" 2 end")).length;
  await eventually(() => answers() === 100, "a hundred answers");
});

test("of a connection that closes with a hundred exchanges under way, none stays", async () => {
  using upstream = new CountingUpstream(null);
  await using proxy = await proxyTo(`127.0.0.1:${upstream.port}`);
  const client = await H2Peer.connect(proxy.port());
  client.send(SETTINGS_ACK + range(100, (id) => headers(id)));
  await eventually(() => upstream.requests === 100, "a hundred requests");
  client.peer.reset();
  await eventually(() => upstream.open === 0, "no exchange left");
  await eventually(() => proxy.records.length === 100, "a hundred records");
});

function range(count: number, of: (id: number) => string): string {
  return Array.from({ length: count }, (_, i) => of(2 * i + 1)).join("");
}
