import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { ByteSink } from "../../base/byte-sink.ts";
import { proxyError } from "../../base/proxy-error.ts";
import { type ExchangeRecord, NOTHING_KNOWN } from "../exchange-record.ts";
import { createRedaction } from "../redaction.ts";
import { PART_NAMES } from "./line-parts.ts";
import { COMBINED, createTemplateLine, fieldsOf, parseTemplate } from "./template.ts";

const NOBODY: ExchangeRecord = {
  ...NOTHING_KNOWN,
  kind: "http",
  listener: "web",
  remoteAddress: "",
  error: null,
};
const RECORD: ExchangeRecord = {
  ...NOBODY,
  route: "shop/0",
  remoteAddress: "192.0.2.7",
  method: "GET",
  host: "shop.example",
  path: "/a?token=SECRET",
  protocol: "HTTP/1.1",
  status: 502,
  reused: true,
  sentBytes: 12,
  totalMs: 1.5,
  error: proxyError("upstream.refused", { cause: "ECONNREFUSED" }),
  requestField: (name) => ({ "user-agent": 'a "b" \\ \u00e9\n', authorization: "SECRET" })[name] ?? null,
  answerField: (name) => (name === "x-cache" ? "hit" : null),
};
const MOMENT = Date.UTC(2026, 10, 30, 15, 21, 34, 56);

function line(template: string, record: ExchangeRecord = RECORD): string {
  const sink = new ByteSink(16);
  createTemplateLine(template, createRedaction([], [])).write(sink, record, MOMENT);
  return sink.bytes.toString("latin1", 0, sink.length);
}

test("combined, as Apache and nginx write it", () => {
  expect(line(COMBINED)).toBe(
    '192.0.2.7 - - [30/Nov/2026:15:21:34 +0000] "GET /a?token=*** HTTP/1.1" 502 12 "-" ' +
      '"a \\x22b\\x22 \\x5C \\xC3\\xA9\\x0A"',
  );
});

test("every field has a placeholder, and what is absent is a dash", () => {
  expect(line(PART_NAMES.map((name) => `${name}={${name}}`).join(" "))).toBe(
    "time=2026-11-30T15:21:34.056Z time_common=30/Nov/2026:15:21:34 +0000 kind=http listener=web route=shop/0 " +
      "target=- request_id=- trace_id=- client=192.0.2.7 method=GET host=shop.example path=/a?token=*** protocol=HTTP/1.1 " +
      "status=502 attempts=0 reused=true closed_by=- received_bytes=0 sent_bytes=12 queue_ms=- connect_ms=- " +
      "head_ms=- total_ms=1.5 error=upstream.refused rule=- cause=ECONNREFUSED",
  );
  expect(line("{client} {status} {method} {error} {reused}", NOBODY)).toBe("- - - - -");
});

test("braces, header fields by any case, and secrets", () => {
  const template = "{{{status}}} {response_headers.X-Cache} {request_headers.Authorization} é";
  expect(Buffer.from(line(template), "latin1").toString()).toBe("{502} hit *** é");
  expect(fieldsOf(`${template} {response_headers.age}`, "answer")).toEqual(["x-cache", "age"]);
});

describe("what is no template", () => {
  for (const [template, kind, text] of [
    ["{statsu}", "unknownName", "statsu"],
    ["{}", "unknownName", ""],
    ["{request_headers.}", "fieldName", ""],
    ["{response_headers.a b}", "fieldName", "a b"],
    ["{status", "unclosed", "{status"],
    ["{status{client}", "unclosed", "{status"],
    ["status}", "stray", "}"],
    ["{client}\n", "lineBreak", "{client}\n"],
  ] as const) {
    test(JSON.stringify(template), () => {
      expect(parseTemplate(template)).toEqual({ ok: false, error: { kind, text } });
    });
  }
});

test("whatever a client sends, a line has no line break and no quote of its own", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (value) => {
      const record = { ...RECORD, path: value, requestField: () => value };
      expect(line('"{path}" "{request_headers.a}"', record)).toMatch(/^"[ !#-~]*" "[ !#-~]*"$/);
    }),
  );
});

test("docs/logging.md tells of the placeholders that are no fields of a line", () => {
  const document = readFileSync(new URL("../../../docs/logging.md", import.meta.url), "utf8");
  for (const name of ["{time_common}", "{request_headers.NAME}", "{response_headers.NAME}"]) {
    expect(document).toContain(name);
  }
});
