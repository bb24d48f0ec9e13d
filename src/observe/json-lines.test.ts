import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { ERRORS, proxyError } from "../base/proxy-error.ts";
import type { ExchangeRecord } from "./exchange-record.ts";
import { accessLine, failureEvent } from "./json-lines.ts";

const RECORD: ExchangeRecord = {
  kind: "http",
  listener: "web",
  route: "shop/0",
  target: "10.0.0.1:80",
  requestId: "id",
  remoteAddress: "192.0.2.7",
  method: "GET",
  host: "shop.example",
  path: "/",
  status: 200,
  attempts: 1,
  receivedBytes: 0,
  sentBytes: 10,
  connectMs: 0.0414,
  headMs: 12,
  totalMs: 13.00049,
  error: proxyError("upstream.malformed", { rule: "bareLf", cause: "ECONNRESET" }),
};

const DOCUMENT = readFileSync(new URL("../../docs/logging.md", import.meta.url), "utf8");

test("docs/logging.md lists exactly the fields of a line, in their order", () => {
  const table = DOCUMENT.slice(DOCUMENT.indexOf("| field |"), DOCUMENT.indexOf("A request that is refused"));
  const documented = [...table.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name!);
  expect(Object.keys(JSON.parse(accessLine(RECORD, 0)))).toEqual(documented);
});

test("the example in docs/logging.md is a line", () => {
  const example = JSON.parse(/^\{"time".*$/m.exec(DOCUMENT)![0]);
  const { error: _, ...line } = JSON.parse(accessLine({ ...RECORD, error: null }, 0));
  expect(Object.keys(example)).toEqual(Object.keys(line));
});

test("the kinds of error that docs/logging.md keeps out of the error log are the client's", () => {
  for (const [code, { side }] of Object.entries(ERRORS)) {
    const isClients = /^(request|answer)\.|^route\.not_found$/.test(code);
    expect([code, side === "downstream" && !code.startsWith("limit.")]).toEqual([code, isClients]);
  }
});

test("absent values are left out, times are rounded to microseconds", () => {
  const line = accessLine({ ...RECORD, target: null, status: null, remoteAddress: "", error: null }, 1_000);
  expect(JSON.parse(line)).toEqual({
    time: "1970-01-01T00:00:01.000Z",
    event: "exchange",
    kind: "http",
    listener: "web",
    route: "shop/0",
    request_id: "id",
    method: "GET",
    host: "shop.example",
    path: "/",
    attempts: 1,
    received_bytes: 0,
    sent_bytes: 10,
    connect_ms: 0.041,
    head_ms: 12,
    total_ms: 13,
  });
});

test("a failure says the same with a level, for the error log", () => {
  expect(failureEvent(RECORD)).toMatchObject({
    level: "warn",
    event: "failure",
    error: "upstream.malformed",
    rule: "bareLf",
    cause: "ECONNRESET",
    path: "/",
  });
});
