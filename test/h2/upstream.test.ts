/** HTTP/2 towards a target: shared connections, limits, GOAWAY, refused streams, answers that break a rule. */
import { describe, expect, test } from "bun:test";
import { FRAME } from "../../src/protocol/h2/frame.ts";
import { H2Peer } from "../attacks/h2/h2-peer.ts";
import { eventually } from "../support/eventually.ts";
import { RawPeer } from "../support/raw-peer.ts";
import { startTestProxy, type TestProxy } from "../support/test-proxy.ts";
import { block, data, frame, headers, ping, reset, settings, uint32, windowUpdate } from "./frames.ts";
import { H2Upstream } from "./scripted-h2-upstream.ts";

function through(upstream: H2Upstream, more = ""): Promise<TestProxy> {
  return startTestProxy(`
listeners: { web: { address: "127.0.0.1:0" } }
routes: [{ listen: web, path: /, targets: ["${upstream.target}"], protocol: h2 ${more} }]
`);
}

async function get(proxy: TestProxy, path = "/", method = "GET", body = ""): Promise<RawPeer> {
  const client = await RawPeer.connect(proxy.port());
  const length = body === "" ? "" : `Content-Length: ${body.length}\r\n`;
  client.send(`${method} ${path} HTTP/1.1\r\nHost: a.example\r\n${length}\r\n${body}`);
  return client;
}

const answered = (status: number) => new RegExp(`^HTTP/1.1 ${status} `);
const goaway = (last: number, code = 0) => frame(FRAME.goaway, 0, 0, uint32(last) + uint32(code));

describe("connections", () => {
  test("one carries many requests at once, begun in order", async () => {
    await using upstream = await H2Upstream.start();
    await using proxy = await through(upstream);
    const clients = await Promise.all(Array.from({ length: 20 }, (_, i) => get(proxy, `/${i}`)));
    const side = await upstream.accept();
    await side.request(20);
    expect(side.requests).toEqual(Array.from({ length: 20 }, (_, i) => 2 * i + 1));
    for (const id of [...side.requests].reverse()) side.answer(id);
    await Promise.all(clients.map((client) => client.until(answered(204))));
    expect(upstream.connections).toBe(1);
    for (const client of clients) client[Symbol.dispose]();
    await proxy.quiet();
  });

  test("no more streams at once than the target allows; the others wait for another connection", async () => {
    await using upstream = await H2Upstream.start();
    await using proxy = await through(upstream);
    const clients = await Promise.all(Array.from({ length: 5 }, (_, i) => get(proxy, `/${i}`)));
    const first = await upstream.accept(settings([3, 2]));
    await first.request(2);
    const second = await upstream.accept(settings([3, 100]));
    await second.request(3);
    expect(first.requests.length).toBe(2);
    for (const side of [first, second]) for (const id of side.requests) side.answer(id);
    await Promise.all(clients.map((client) => client.until(answered(204))));
    expect(first.described.some((each) => each.startsWith("rstStream"))).toBe(false);
  });

  test("PING is answered, SETTINGS are acknowledged, windows are kept", async () => {
    await using upstream = await H2Upstream.start();
    await using proxy = await through(upstream);
    using first = await get(proxy);
    const side = await upstream.accept(settings([4, 4]) + ping());
    side.answer(await side.request(1));
    await first.until(answered(204));
    await side.saw("settings ack");
    await side.saw("ping ack");
    using client = await get(proxy, "/", "POST", "0123456789");
    const id = await side.request(2);
    await side.saw(`data ${id} 4`);
    side.send(windowUpdate(id, 100));
    await side.saw(`data ${id} 6 end`);
    side.answer(id);
    await client.until(answered(204));
  });
});

describe("an answer that ends with its head", () => {
  for (const [method, version, status, head] of [
    ["GET", "1.1", "200", "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"],
    ["GET", "1.0", "200", "Connection: close\r\n\r\n"],
    ["HEAD", "1.1", "200", "\r\n"],
    ["GET", "1.1", "304", "\r\n"],
    ["GET", "1.1", "204", "\r\n"],
  ] as const) {
    test(`${method}, ${status}: a client of HTTP/${version} sees where it ends`, async () => {
      await using upstream = await H2Upstream.start();
      await using proxy = await through(upstream);
      using client = await RawPeer.connect(proxy.port());
      client.send(`${method} / HTTP/${version}\r\nHost: a.example\r\n\r\n`);
      const side = await upstream.accept();
      side.answer(await side.request(1), [[":status", status]]);
      await client.until(/\r\n\r\n/);
      if (version === "1.1") {
        client.send("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n");
        side.answer(await side.request(2), [[":status", "418"]]);
        await client.until(/HTTP\/1.1 418 /);
      } else await client.untilEnd();
      expect(client.received.split("HTTP/1.1 418 ")[0]).toBe(`HTTP/1.1 ${status} \r\n${head}`);
    });
  }
});

describe("a request that the target has not looked at", () => {
  for (const method of ["GET", "POST"]) {
    test(`${method}: REFUSED_STREAM: it is sent once more`, async () => {
      await using upstream = await H2Upstream.start();
      await using proxy = await through(upstream);
      using client = await get(proxy, "/", method);
      const side = await upstream.accept();
      side.send(reset(await side.request(1), 7));
      side.answer(await side.request(2));
      await client.until(answered(204));
    });

    test(`${method}: beyond the last stream of GOAWAY: on another connection; those before it are answered`, async () => {
      await using upstream = await H2Upstream.start();
      await using proxy = await through(upstream);
      using first = await get(proxy, "/first", method);
      const side = await upstream.accept();
      await side.request(1);
      using second = await get(proxy, "/second", method);
      await side.request(2);
      side.send(goaway(1));
      const other = await upstream.accept();
      other.answer(await other.request(1));
      await second.until(answered(204));
      side.answer(1);
      await first.until(answered(204));
      await side.peer.untilEnd();
    });
  }

  test("that is refused again fails", async () => {
    await using upstream = await H2Upstream.start();
    await using proxy = await through(upstream);
    using client = await get(proxy);
    const side = await upstream.accept();
    side.send(reset(await side.request(1), 7));
    side.send(reset(await side.request(2), 7));
    await client.until(answered(502));
    expect(proxy.failures).toEqual(["upstream.refused_stream"]);
  });

  test("GOAWAY of a connection without streams: the next request takes a new one", async () => {
    await using upstream = await H2Upstream.start();
    await using proxy = await through(upstream);
    using client = await get(proxy);
    const side = await upstream.accept();
    side.answer(await side.request(1));
    await client.until(answered(204));
    side.send(goaway(1));
    await side.peer.untilEnd();
    using next = await get(proxy);
    const other = await upstream.accept();
    other.answer(await other.request(1));
    await next.until(answered(204));
  });
});

describe("a target that does wrong", () => {
  const head =
    (fields: readonly (readonly [string, string])[], flags = 5) =>
    (id: number) =>
      frame(FRAME.headers, flags, id, block(fields));
  const OK = [":status", "200"] as const;
  /** What it sends in answer to stream 1, what the log says, and what is told to it. */
  const table: readonly (readonly [string, (id: number) => string, string, string])[] = [
    ["resets the stream", (id) => reset(id, 2), "upstream.reset_before_head", ""],
    ["has no status", head([["a", "b"]]), "upstream.malformed/h2.pseudoMissing", "rstStream 1 1"],
    [
      "has a status of four digits",
      head([[":status", "2000"]]),
      "upstream.malformed/h2.status",
      "rstStream 1 1",
    ],
    ["answers 101", head([[":status", "101"]], 4), "upstream.malformed/h2.status", "rstStream 1 1"],
    [
      "has a pseudo-field of requests",
      head([OK, [":path", "/"]]),
      "upstream.malformed/h2.pseudoForeign",
      "rstStream 1 1",
    ],
    [
      "writes a name in upper case",
      head([OK, ["X-A", "b"]]),
      "upstream.malformed/h2.fieldName",
      "rstStream 1 1",
    ],
    [
      "writes CR LF into a value",
      head([OK, ["a", "b\r\nc: d"]]),
      "upstream.malformed/h2.fieldValue",
      "rstStream 1 1",
    ],
    [
      "names a connection's field",
      head([OK, ["connection", "close"]]),
      "upstream.malformed/h2.connectionField",
      "rstStream 1 1",
    ],
    [
      "ends with an interim answer",
      head([[":status", "103"]]),
      "upstream.malformed/h2.informational",
      "rstStream 1 1",
    ],
    ["sends DATA first", (id) => data(id, "x"), "upstream.malformed/h2.dataBeforeHead", "rstStream 1 1"],
    [
      "promises more than it sends",
      head([OK, ["content-length", "5"]]),
      "upstream.malformed/h2.contentLengthMismatch",
      "rstStream 1 1",
    ],
    [
      "sends a head too large",
      head([OK, ["a", "x".repeat(16_000)], ["b", "x".repeat(16_000)], ["c", "x".repeat(1_000)]]).bind(null),
      "upstream.malformed/h2.headTooLarge",
      "rstStream 1 8",
    ],
    [
      "pushes",
      () => frame(FRAME.pushPromise, 4, 1, uint32(2)),
      "upstream.malformed/h2.pushPromise",
      "goaway 0 1",
    ],
    [
      "sends no HPACK",
      (id) => frame(FRAME.headers, 5, id, "\xff\xff\xff\xff\xff\xff"),
      "upstream.malformed/h2.headerBlock",
      "goaway 0 9",
    ],
    [
      "opens a stream of its own",
      () => frame(FRAME.headers, 5, 2, block([OK])),
      "upstream.malformed/h2.idleStream",
      "goaway 0 1",
    ],
    [
      "answers an idle stream",
      () => frame(FRAME.headers, 5, 9, block([OK])),
      "upstream.malformed/h2.idleStream",
      "goaway 0 1",
    ],
    [
      "sends a frame too large",
      () => frame(FRAME.data, 0, 1, "x".repeat(16_385)),
      "upstream.malformed/h2.frameTooLarge",
      "goaway 0 6",
    ],
    ["enables push", () => settings([2, 1]), "upstream.malformed/h2.settingValue", "goaway 0 1"],
    [
      "updates priorities",
      () => frame(FRAME.priorityUpdate, 0, 0, uint32(1)),
      "upstream.malformed/h2.priorityUpdate",
      "goaway 0 1",
    ],
    [
      "speaks HTTP/1.1",
      () => "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n",
      "upstream.malformed/h2.frameTooLarge",
      "goaway 0 6",
    ],
  ];
  for (const [name, wrong, failure, told] of table) {
    test(`${name}: ${failure}`, async () => {
      await using upstream = await H2Upstream.start();
      await using proxy = await through(upstream);
      using client = await get(proxy);
      const side = await upstream.accept(name === "speaks HTTP/1.1" ? "" : settings());
      const bytes = wrong(await side.request(1));
      side.send(bytes.length > 17_000 && name.includes("head") ? inFragments(bytes) : bytes);
      await client.until(answered(502));
      expect(proxy.failures).toEqual([failure]);
      if (told !== "") await side.saw(told);
      client[Symbol.dispose]();
      await proxy.quiet();
    });
  }

  test("an answer that ends before its request: the rest is not sent, and the connection goes on", async () => {
    await using upstream = await H2Upstream.start();
    await using proxy = await through(upstream);
    using client = await RawPeer.connect(proxy.port());
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nbegin");
    const side = await upstream.accept();
    const id = await side.request(1);
    await side.saw(`data ${id} 5`);
    side.answer(id, [[":status", "403"]]);
    await client.until(answered(403));
    await side.saw(`rstStream ${id} 0`);
    using next = await get(proxy);
    side.answer(await side.request(2));
    await next.until(answered(204));
  });

  test("a reader that stops holds up its own stream, at one window", async () => {
    await using upstream = await H2Upstream.start();
    await using proxy = await through(upstream);
    using stuck = await get(proxy, "/stuck");
    stuck.socket.pause();
    const side = await upstream.accept();
    const id = await side.request(1);
    side.send(frame(FRAME.headers, 4, id, block([[":status", "200"]])));
    const { sent } = await side.pour(id);
    expect(sent).toBeLessThan(30_000_000);
    using next = await get(proxy, "/next");
    side.answer(await side.request(2));
    await next.until(answered(204));
  });

  test("a whole answer outlives the RST_STREAM behind it (RFC 9113 section 8.1)", async () => {
    await using upstream = await H2Upstream.start();
    await using proxy = await through(upstream);
    using client = await RawPeer.connect(proxy.port());
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nbegin");
    client.socket.pause();
    const side = await upstream.accept();
    const id = await side.request(1);
    side.send(frame(FRAME.headers, 4, id, block([[":status", "200"]])));
    const { left } = await side.pour(id);
    side.send(data(id, "y".repeat(left), true) + reset(id, 0) + ping());
    await side.saw("ping ack");
    client.socket.resume();
    await client.until(/y\r\n0\r\n\r\n$/);
  });
});

/** HEADERS of a block that is larger than a frame, in as many as it takes. */
function inFragments(headers: string): string {
  const payload = headers.slice(9);
  const pieces = payload.match(/[\s\S]{1,16000}/g)!;
  return pieces
    .map((piece, i) =>
      frame(i === 0 ? FRAME.headers : FRAME.continuation, i === pieces.length - 1 ? 5 : 1, 1, piece),
    )
    .join("");
}

test("streams share the connection's window in turns", async () => {
  await using upstream = await H2Upstream.start();
  await using proxy = await through(upstream);
  const clients = await Promise.all(
    Array.from({ length: 3 }, () => get(proxy, "/", "POST", "x".repeat(60_000))),
  );
  const side = await upstream.accept();
  await side.request(3);
  side.send(windowUpdate(0, 200_000));
  const done = () => side.described.filter((each) => / end$/.test(each) && each.startsWith("data")).length;
  await eventually(() => done() === 3, "all three");
  for (const id of side.requests) side.answer(id);
  await Promise.all(clients.map((client) => client.until(answered(204))));
});

test.each([
  [11, 11],
  // A cut answer is no good end, was looked at, and does not get better over HTTP/1.1.
  [0, 2],
  [7, 2],
  [13, 2],
])(
  "a target's RST_STREAM with %d in the middle of an answer reaches an HTTP/2 client with %d",
  async (code, told) => {
    await using upstream = await H2Upstream.start();
    await using proxy = await through(upstream);
    using client = await H2Peer.connect(proxy.port());
    client.send(headers(1));
    const side = await upstream.accept();
    const id = await side.request(1);
    side.send(frame(FRAME.headers, 4, id, block([[":status", "200"]])) + reset(id, code));
    await eventually(() => client.described.includes(`rstStream 1 ${told}`), "the code");
  },
);
