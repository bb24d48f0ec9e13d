import { expect, test } from "bun:test";
import { ByteSink } from "../../base/byte-sink.ts";
import { cpuTimeMs } from "../../base/test-support/cpu-time.ts";
import { type ExchangeRecord, NOTHING_KNOWN } from "../../observe/exchange-record.ts";
import { COMBINED, createTemplateLine } from "../../observe/line/template.ts";
import { createRedaction } from "../../observe/redaction.ts";
import { readCombinedLine } from "./combined-line.ts";

const TIME = "[10/Oct/2026:13:55:36 +0000]";
const REST = '200 2326 "https://shop.example/" "Mozilla/5.0 (X11)"';

const ROWS: readonly (readonly [what: string, line: string, request: object])[] = [
  [
    "combined",
    `192.0.2.7 - - ${TIME} "GET /api/users?page=2 HTTP/1.1" ${REST}`,
    { method: "GET", target: "/api/users?page=2", authority: null, port: null, from: "192.0.2.7" },
  ],
  [
    "common, without referrer and agent",
    `192.0.2.7 - - ${TIME} "POST /a HTTP/1.0" 201 -`,
    { method: "POST" },
  ],
  ["HTTP/2, as nginx writes it", `2001:db8::7 - - ${TIME} "GET / HTTP/2.0" ${REST}`, { from: "2001:db8::7" }],
  [
    "a user with a blank in the name",
    `192.0.2.7 - joe doe ${TIME} "GET /a HTTP/1.1" ${REST}`,
    { target: "/a" },
  ],
  ["a client by its name", `client.example - joe ${TIME} "GET /a HTTP/1.1" ${REST}`, { from: null }],
  [
    "with the virtual host in front",
    `shop.example:8080 192.0.2.7 - - ${TIME} "GET /a HTTP/1.1" ${REST}`,
    { authority: "shop.example", port: { number: 8080, isImplied: false }, from: "192.0.2.7" },
  ],
  [
    "more fields behind",
    `192.0.2.7 - - ${TIME} "GET /a HTTP/1.1" ${REST} "-" 0.002 upstream=x`,
    { target: "/a" },
  ],
  [
    "an absolute target",
    `192.0.2.7 - - ${TIME} "GET http://a.example:81/b?c HTTP/1.1" ${REST}`,
    { target: "/b?c", authority: "a.example:81" },
  ],
  [
    "all of a server",
    `192.0.2.7 - - ${TIME} "OPTIONS * HTTP/1.1" ${REST}`,
    { method: "OPTIONS", target: "*" },
  ],
  ["Apache's escapes", `192.0.2.7 - - ${TIME} "GET /a\\"b\\\\c HTTP/1.1" ${REST}`, { target: '/a"b\\c' }],
  ["nginx's escapes", `192.0.2.7 - - ${TIME} "GET /a\\x22b\\x5Cc HTTP/1.1" ${REST}`, { target: '/a"b\\c' }],
];

for (const [what, line, request] of ROWS) {
  test(what, () => {
    expect(readCombinedLine(line)).toMatchObject({ kind: "request", request });
  });
}

const NO_REQUEST: readonly (readonly [what: string, line: string])[] = [
  ["a client that said nothing", `192.0.2.7 - - ${TIME} "-" 408 0 "-" "-"`],
  ["a handshake of TLS", `192.0.2.7 - - ${TIME} "\\x16\\x03\\x01\\x02" 400 157 "-" "-"`],
  ["an empty line", `192.0.2.7 - - ${TIME} "" 400 0 "-" "-"`],
  ["a tunnel", `192.0.2.7 - - ${TIME} "CONNECT a.example:443 HTTP/1.1" 405 0 "-" "-"`],
  ["a line in the line", `192.0.2.7 - - ${TIME} "GET /a\\x0d\\x0aX:1 HTTP/1.1" 400 0 "-" "-"`],
  ["no version", `192.0.2.7 - - ${TIME} "GET /" 400 0 "-" "-"`],
];

for (const [what, line] of NO_REQUEST) {
  test(`no request: ${what}`, () => expect(readCombinedLine(line)).toEqual({ kind: "other" }));
}

const UNREADABLE = [
  "no log at all",
  `192.0.2.7 - - ${TIME} "GET / HTTP/1.1`,
  "2026/10/10 13:55:36 [error] 7#7: *1 connect() failed",
];

for (const line of UNREADABLE) {
  test(`unreadable: ${line}`, () => {
    expect(readCombinedLine(line)).toEqual({
      kind: "unreadable",
      reason: "neither JSON nor the combined format",
    });
  });
}

test("a line that is made to be slow is read in no time", () => {
  const line = `${"a ".repeat(200_000)}${TIME} "${"\\\\".repeat(100_000)}`;
  const startedMs = cpuTimeMs();
  readCombinedLine(line);
  expect(cpuTimeMs() - startedMs).toBeLessThan(500);
});

test("a line that the proxy itself writes as `combined`", () => {
  const record: ExchangeRecord = {
    ...NOTHING_KNOWN,
    kind: "http",
    listener: "web",
    remoteAddress: "192.0.2.7",
    method: "GET",
    path: '/a"b?token=SECRET&x=1',
    protocol: "HTTP/1.1",
    status: 200,
    error: null,
  };
  const sink = new ByteSink(16);
  createTemplateLine(COMBINED, createRedaction([], [])).write(sink, record, 0);
  expect(readCombinedLine(sink.bytes.toString("latin1", 0, sink.length))).toMatchObject({
    kind: "request",
    request: { method: "GET", target: '/a"b?token=***&x=1', from: "192.0.2.7" },
  });
});
