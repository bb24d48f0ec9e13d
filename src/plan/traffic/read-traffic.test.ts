/** Every record is fed whole and byte by byte, with the same outcome. */
import { heapStats } from "bun:jsc";
import { describe, expect, test } from "bun:test";
import { readTraffic, type TrafficTaker } from "./read-traffic.ts";

const COMBINED = '192.0.2.7 - - [10/Oct/2026:13:55:36 +0000] "GET /a HTTP/1.1" 200 1 "-" "-"';
const OWN =
  '{"event":"exchange","kind":"http","listener":"web","method":"GET","host":"é.example","path":"/b"}';
const TUNNEL = '{"event":"exchange","kind":"tcp","listener":"db"}';
const ENTRY = {
  pageref: "page_1",
  request: {
    method: "POST",
    url: "https://shop.example/c?d=1#e",
    headers: [
      { name: ":authority", value: "shop.example" },
      { name: "Host", value: "other.example" },
      { name: "Cookie", value: 'a="}]"; b=1' },
      { name: "Broken", value: "a\r\nb" },
      { name: "Content-Length", value: "3" },
    ],
    postData: { text: '{"log":{"entries":[{"request":{}}]}}' },
  },
  response: {
    content: { text: '{"request": {"method": "\\" ] }' },
    request: { method: "GET", url: "http://no/" },
  },
};

function har(...entries: readonly object[]): object {
  return {
    log: {
      version: "1.2",
      creator: { request: { method: "GET", url: "http://no/" } },
      pages: [{ request: {} }],
      entries,
    },
  };
}

const ROWS: readonly (readonly [what: string, text: string, told: readonly string[]])[] = [
  ["nothing", "", []],
  ["empty lines", "\n\r\n\n", []],
  ["a combined log without a last newline", `${COMBINED}\n${COMBINED}`, ["GET null /a", "GET null /a"]],
  ["our log with CRLF", `${OWN}\r\n${TUNNEL}\r\n`, ["GET é.example /b", "other"]],
  ["a byte order mark", `\ufeff${OWN}\n`, ["GET é.example /b"]],
  [
    "a mixture",
    `${COMBINED}\n${OWN}\noops\n`,
    ["GET null /a", "GET é.example /b", "line 3: neither JSON nor the combined format"],
  ],
  ["an archive on one line", JSON.stringify(har(ENTRY)), ["POST shop.example /c?d=1 Cookie,Content-Length"]],
  [
    "an archive as browsers write it",
    JSON.stringify(har(ENTRY, ENTRY), null, 2),
    Array(2).fill("POST shop.example /c?d=1 Cookie,Content-Length"),
  ],
  ["an archive without entries", JSON.stringify(har()), []],
  [
    "entries that are no requests",
    JSON.stringify(har({ request: { method: "GET", url: "data:text/plain,x" } }, { request: {} }, {})),
    ["other", "entry 2: no `method` or no `url`"],
  ],
  [
    "a socket",
    JSON.stringify(har({ request: { method: "GET", url: "wss://shop.example/live" } })),
    ["GET shop.example /live "],
  ],
  [
    "an archive that was cut off",
    JSON.stringify(har(ENTRY)).slice(0, -40),
    ["POST shop.example /c?d=1 Cookie,Content-Length", "fault: the archive ends in the middle"],
  ],
  [
    "JSON of another kind",
    '{"a":1}\n',
    ["line 1: a JSON object without `event`, so not of Portward's access log"],
  ],
];

describe.each([Number.POSITIVE_INFINITY, 1, 7])("in pieces of %d bytes", (size) => {
  for (const [what, text, told] of ROWS) {
    test(what, async () => expect(await toldOf(Buffer.from(text), size)).toEqual([...told]));
  }
});

test("a compressed log is told as such", async () => {
  expect(await toldOf(Bun.gzipSync(Buffer.from(COMBINED)), 1024)).toEqual([
    "fault: it is compressed; unpack it first",
  ]);
});

test("a line without end takes no memory, and the next one is read", async () => {
  const told: string[] = [];
  const pieces = (async function* () {
    const piece = Buffer.alloc(1024 * 1024, 0x61);
    for (let index = 0; index < 64; index++) yield piece;
    yield Buffer.from(`\n${COMBINED}\n`);
  })();
  await readTraffic(pieces, takerInto(told));
  expect(told).toEqual(["line 1: too long", "GET null /a"]);
});

test("an archive's bodies are not kept", async () => {
  const text = "x".repeat(1024 * 1024);
  const entry = JSON.stringify({
    response: { content: { text } },
    request: { method: "GET", url: "http://a/" },
  });
  const before = keptBytes();
  let most = 0;
  const pieces = (async function* () {
    yield Buffer.from('{"log":{"entries":[');
    for (let index = 0; index < 200; index++) {
      yield Buffer.from(`${index === 0 ? "" : ","}${entry}`);
      if (index % 40 === 39) most = Math.max(most, keptBytes());
    }
    yield Buffer.from("]}}");
  })();
  const told: string[] = [];
  expect(await readTraffic(pieces, takerInto(told))).toBeNull();
  expect(told.length).toBe(200);
  expect(most - before).toBeLessThan(30 * 1024 * 1024);
});

/** What is reachable, not what waits for the collector. */
function keptBytes(): number {
  Bun.gc(true);
  return heapStats().heapSize;
}

async function toldOf(bytes: Uint8Array, size: number): Promise<string[]> {
  const told: string[] = [];
  const pieces = (async function* () {
    for (let at = 0; at < bytes.length; at += size)
      yield bytes.subarray(at, Math.min(bytes.length, at + size));
  })();
  const fault = await readTraffic(pieces, takerInto(told));
  return fault === null ? told : [...told, `fault: ${fault}`];
}

function takerInto(told: string[]): TrafficTaker {
  return {
    onRequest({ method, authority, target, port, headers }) {
      const fields = port === null ? "" : ` ${headers.map(([name]) => name).join()}`;
      told.push(`${method} ${authority} ${target}${fields}`);
    },
    onOther: () => void told.push("other"),
    onUnreadable: (where, reason) => void told.push(`${where}: ${reason}`),
  };
}
