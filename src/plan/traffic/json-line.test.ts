import { expect, test } from "bun:test";
import { ByteSink } from "../../base/byte-sink.ts";
import { type ExchangeRecord, NOTHING_KNOWN } from "../../observe/exchange-record.ts";
import { createJsonLine } from "../../observe/line/json-line.ts";
import { createRedaction } from "../../observe/redaction.ts";
import { readJsonLine } from "./json-line.ts";

const RECORD: ExchangeRecord = {
  ...NOTHING_KNOWN,
  kind: "http",
  listener: "web",
  route: "shop/0",
  target: "10.0.0.1:80",
  requestId: "id",
  remoteAddress: "192.0.2.7",
  method: "GET",
  host: "shop.example:8080",
  path: "/api?page=2",
  status: 200,
  attempts: 1,
  sentBytes: 10,
  connectMs: 0.04,
  headMs: 12,
  totalMs: 13,
  error: null,
};

function accessLine(record: ExchangeRecord): string {
  const sink = new ByteSink(16);
  createJsonLine({ redaction: createRedaction([], []), requestFields: [], answerFields: [] }).write(
    sink,
    record,
    0,
  );
  return sink.bytes.toString("utf8", 0, sink.length);
}

test("a line as the proxy writes it", () => {
  expect(readJsonLine(accessLine(RECORD))).toEqual({
    kind: "request",
    request: {
      method: "GET",
      target: "/api?page=2",
      authority: "shop.example:8080",
      listener: "web",
      port: null,
      headers: [],
      from: "192.0.2.7",
    },
  });
});

test("a client of a Unix socket and a request without a host have none", () => {
  const line = accessLine({ ...RECORD, remoteAddress: "", host: null });
  expect(readJsonLine(line)).toMatchObject({ request: { authority: "", from: null } });
});

test("tunnels, and requests that could not be read, are no requests", () => {
  const tunnel = accessLine({ ...RECORD, kind: "tcp", method: null, path: null });
  const broken = accessLine({ ...RECORD, method: null, path: null, status: 400 });
  for (const line of [tunnel, broken]) expect(readJsonLine(line)).toEqual({ kind: "other" });
});

test("lines of the error log are left aside, since their exchange has a line of its own", () => {
  const line = JSON.stringify({ level: "warn", event: "failure", kind: "http", method: "GET", path: "/" });
  expect(readJsonLine(line)).toEqual({ kind: "other" });
});

const UNREADABLE: readonly (readonly [line: string, reason: string])[] = [
  ["{", "no JSON object"],
  ['{"a":1}', "a JSON object without `event`, so not of Portward's access log"],
  [
    JSON.stringify({ event: "exchange", kind: "http", method: "GET", path: "/a b" }),
    "the path holds what no request line can",
  ],
  [JSON.stringify({ event: "exchange", kind: "http", method: "G T", path: "/" }), "the method is no method"],
  [
    JSON.stringify({ event: "exchange", kind: "http", method: "GET", path: "/", host: "a\r\nb: c" }),
    "the host is no host",
  ],
];

for (const [line, reason] of UNREADABLE) {
  test(`unreadable: ${line}`, () => expect(readJsonLine(line)).toEqual({ kind: "unreadable", reason }));
}
