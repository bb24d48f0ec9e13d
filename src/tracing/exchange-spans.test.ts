import { describe, expect, test } from "bun:test";
import { createRandom } from "../base/random.ts";
import { ExchangeTrace } from "../exchange/exchange-trace.ts";
import { type ExchangeRecord, NOTHING_KNOWN } from "../observe/exchange-record.ts";
import { createRedaction } from "../observe/redaction.ts";
import { spansOf } from "./exchange-spans.ts";
import type { SpanOrigin } from "./otlp-exporter.ts";

const RECORD: ExchangeRecord = {
  ...NOTHING_KNOWN,
  kind: "http",
  listener: "web",
  remoteAddress: "",
  method: "GET",
  host: "shop.example",
  path: "/a?b=1",
  status: 200,
  error: null,
};
const AROUND = {
  origin: {} as SpanOrigin,
  redaction: createRedaction([], []),
  wallOffsetMs: 1_700_000_000_000,
};

function spans(record: Partial<ExchangeRecord>, target: string) {
  const trace = new ExchangeTrace(`${"0".repeat(31)}1`, null, 1, createRandom([1, 2, 3, 4]));
  trace.attempt(target, 10.5).end(12, null);
  const exchange = { startedMs: 10, endedMs: 12.25, scheme: "https", pathPattern: null } as const;
  return spansOf(trace, { ...exchange, record: { ...RECORD, ...record } }, AROUND);
}

describe("where a target is", () => {
  for (const [target, url, address, port] of [
    ["10.0.0.1:3000", "http://10.0.0.1:3000/a?b=1", "10.0.0.1", 3000],
    ["[::1]:80", "http://[::1]:80/a?b=1", "::1", 80],
    ["tls://api.example:443", "https://api.example:443/a?b=1", "api.example", 443],
    ["unix:/run/app.sock", "http://unix:/run/app.sock/a?b=1", "/run/app.sock", undefined],
  ] as const) {
    test(target, () => {
      const [, attempt] = spans({}, target);
      expect(attempt!.attributes).toMatchObject({ "url.full": url, "server.address": address });
      expect(attempt!.attributes["server.port"]).toBe(port);
    });
  }
});

test("whatever a client says of the host is told as far as it is one", () => {
  for (const [host, address, port] of [
    ["", undefined, undefined],
    ["shop.example", "shop.example", undefined],
    ["shop.example:8080", "shop.example", 8080],
    ["[2001:db8::1]", "2001:db8::1", undefined],
  ] as const) {
    const { attributes } = spans({ host }, "a:1")[0]!;
    expect([attributes["server.address"], attributes["server.port"]]).toEqual([address, port]);
  }
});

test("times are those of the wall, to the nanosecond that a number can hold", () => {
  const [exchange, attempt] = spans({}, "a:1");
  expect([exchange!.startTime, exchange!.endTime, exchange!.duration]).toEqual([
    [1_700_000_000, 10_000_000],
    [1_700_000_000, 12_250_000],
    [0, 2_250_000],
  ]);
  expect(attempt!.startTime).toEqual([1_700_000_000, 10_500_000]);
});
