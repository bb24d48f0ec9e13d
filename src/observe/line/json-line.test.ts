import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { ByteSink } from "../../base/byte-sink.ts";
import { ERRORS, proxyError } from "../../base/proxy-error.ts";
import { type ExchangeRecord, keptRecord, NOTHING_KNOWN } from "../exchange-record.ts";
import { failureEvent, recordFields } from "../record-fields.ts";
import { createRedaction } from "../redaction.ts";
import { createJsonLine, type JsonLineOptions } from "./json-line.ts";

const RECORD: ExchangeRecord = {
  ...NOTHING_KNOWN,
  kind: "http",
  listener: "web",
  route: "shop/0",
  target: "10.0.0.1:80",
  requestId: "id",
  traceId: "0af7",
  remoteAddress: "192.0.2.7",
  method: "GET",
  host: "shop.example",
  path: "/",
  protocol: "HTTP/1.1",
  status: 200,
  attempts: 1,
  reused: false,
  closedBy: "upstream",
  sentBytes: 10,
  queueMs: 0,
  connectMs: 0.0414,
  headMs: 12,
  totalMs: 13.00049,
  error: proxyError("upstream.malformed", { rule: "bareLf", cause: "ECONNRESET" }),
};

const DOCUMENT = readFileSync(new URL("../../../docs/logging.md", import.meta.url), "utf8");

const REDACTION = createRedaction([], []);

function lineOf(record: ExchangeRecord, wallMs = 0, shown: Partial<JsonLineOptions> = {}): string {
  const sink = new ByteSink(16);
  const options = { redaction: REDACTION, requestFields: [], answerFields: [], ...shown };
  createJsonLine(options).write(sink, record, wallMs);
  return sink.bytes.toString("utf8", 0, sink.length);
}

test("docs/logging.md lists exactly the fields of a line, in their order", () => {
  const table = DOCUMENT.slice(DOCUMENT.indexOf("| field |"), DOCUMENT.indexOf("A request that is refused"));
  const documented = [...table.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name!);
  expect(Object.keys(JSON.parse(lineOf(RECORD)))).toEqual(documented);
});

test("the example in docs/logging.md is a line", () => {
  const example = JSON.parse(/^\{"time".*$/m.exec(DOCUMENT)![0]);
  const { error: _, ...line } = JSON.parse(lineOf({ ...RECORD, closedBy: null, error: null }));
  expect(Object.keys(example)).toEqual(Object.keys(line));
});

test("the kinds of error that docs/logging.md keeps out of the error log are the client's", () => {
  for (const [code, { side }] of Object.entries(ERRORS)) {
    const isClients = /^(request|answer|tls|proxy_header)\.|^route\.not_found$/.test(code);
    expect([code, side === "downstream" && !code.startsWith("limit.")]).toEqual([code, isClients]);
  }
});

test("absent values are left out, times are rounded to microseconds", () => {
  const absent = { target: null, traceId: null, status: null, reused: null, closedBy: null, protocol: null };
  const line = lineOf({ ...RECORD, ...absent, remoteAddress: "", error: null }, 1_000);
  expect(line).toBe(
    '{"time":"1970-01-01T00:00:01.000Z","event":"exchange","kind":"http","listener":"web","route":"shop/0",' +
      '"request_id":"id","method":"GET","host":"shop.example","path":"/","attempts":1,"received_bytes":0,' +
      '"sent_bytes":10,"queue_ms":0,"connect_ms":0.041,"head_ms":12,"total_ms":13}',
  );
});

test("a failure says the same with a level, for the error log", () => {
  expect(failureEvent(RECORD, REDACTION)).toMatchObject({
    level: "warn",
    event: "failure",
    error: "upstream.malformed",
    rule: "bareLf",
    cause: "ECONNRESET",
    path: "/",
  });
});

/** Half of a surrogate pair is no character: it has no bytes in UTF-8. */
const text = fc.string({ unit: "grapheme", maxLength: 60 });
const ms = fc.double({ min: 0, max: 1e9, noNaN: true });
const orNull = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null });
const records: fc.Arbitrary<ExchangeRecord> = fc
  .record({
    kind: fc.constantFrom("http" as const, "tcp" as const),
    listener: text,
    route: orNull(text),
    target: orNull(text),
    requestId: orNull(text),
    traceId: orNull(text),
    remoteAddress: text,
    method: orNull(text),
    host: orNull(text),
    path: orNull(text),
    protocol: orNull(text),
    status: orNull(fc.integer({ min: 100, max: 599 })),
    attempts: fc.nat(),
    reused: orNull(fc.boolean()),
    closedBy: orNull(fc.constantFrom("downstream" as const, "upstream" as const, "proxy" as const)),
    receivedBytes: fc.maxSafeNat(),
    sentBytes: fc.maxSafeNat(),
    queueMs: orNull(ms),
    connectMs: orNull(ms),
    headMs: orNull(ms),
    totalMs: ms,
    rule: orNull(text),
    cause: orNull(text),
    failed: fc.boolean(),
  })
  .map(({ rule, cause, failed, ...known }) => ({
    ...NOTHING_KNOWN,
    ...known,
    error: failed ? proxyError("upstream.malformed", { rule, cause }) : null,
  }));

test("whatever a record holds, its line is the JSON of its fields", () => {
  const times = fc.integer({ min: 0, max: 4_000_000_000_000 });
  fc.assert(
    fc.property(records, times, (record, wallMs) => {
      const fields = JSON.parse(JSON.stringify(recordFields(record, REDACTION)));
      const line = lineOf(record, wallMs);
      expect(line).not.toContain("\n");
      expect(JSON.parse(line)).toEqual({
        time: new Date(wallMs).toISOString(),
        event: "exchange",
        ...fields,
      });
    }),
  );
});

test("lines of one writer say what each would say alone, however they repeat each other", () => {
  // Few values, so that neighbours often differ in one of them.
  const few = fc.record({
    kind: fc.constantFrom("http" as const, "tcp" as const),
    listener: fc.constantFrom("web", "other"),
    route: fc.constantFrom(null, "shop/0"),
    target: fc.constantFrom(null, "a", "b"),
    protocol: fc.constantFrom(null, "HTTP/1.1"),
    status: fc.constantFrom(null, 200, 404),
    attempts: fc.constantFrom(0, 1),
    reused: fc.constantFrom(null, true, false),
    closedBy: fc.constantFrom(null, "proxy" as const),
    wallMs: fc.constantFrom(0, 999, 1_000, 1_001),
  });
  fc.assert(
    fc.property(fc.array(few, { maxLength: 8 }), (each) => {
      const sink = new ByteSink(16);
      const line = createJsonLine({ redaction: REDACTION, requestFields: [], answerFields: [] });
      for (const { wallMs, ...known } of each) line.write(sink, { ...RECORD, ...known }, wallMs);
      const alone = each.map(({ wallMs, ...known }) => lineOf({ ...RECORD, ...known }, wallMs));
      expect(sink.bytes.toString("utf8", 0, sink.length)).toBe(alone.join(""));
    }),
  );
});

test("texts that came as bytes are written from them, one character for each byte", () => {
  const bytes = Buffer.from([0x68, 0xe9, 0x22, 0x2f, 0x5c, 0x3f, 0x78]);
  const id = { writeTo: (sink: ByteSink) => sink.latin1("made"), toString: () => "made" };
  const source = { bytes, hostStart: 0, hostEnd: 3, pathStart: 3, queryStart: 5, pathEnd: 7, id };
  const line = JSON.parse(lineOf({ ...RECORD, path: "/\\?x", source }));
  expect([line.host, line.path, line.request_id]).toEqual(['h\u00e9"', "/\\?x", "made"]);
  const withoutQuery = JSON.parse(lineOf({ ...RECORD, path: null, source: { ...source, queryStart: 7 } }));
  expect(withoutQuery.path).toBe("/\\?x");
});

test("fields of the request and the answer are shown by name; secrets are not", () => {
  const shown = {
    requestFields: ["user-agent", "cookie", "absent", "referer"],
    answerFields: ["set-cookie"],
  };
  const given: Record<string, string> = {
    "user-agent": 'curl "8"\u00e9',
    cookie: "SECRET",
    referer: "https://a/?token=SECRET&x=1",
    authorization: "SECRET",
  };
  const record = {
    ...RECORD,
    requestField: (name: string) => given[name] ?? null,
    answerField: (name: string) => (name === "set-cookie" ? "SECRET" : null),
  };
  const line = lineOf(record, 0, shown);
  expect(JSON.parse(line)).toMatchObject({
    request_headers: {
      "user-agent": 'curl "8"\u00e9',
      cookie: "***",
      referer: "https://a/?token=***&x=1",
    },
    response_headers: { "set-cookie": "***" },
  });
  expect(line).not.toContain("SECRET");
  expect(Object.keys(JSON.parse(lineOf(RECORD, 0, shown)))).not.toContain("request_headers");
});

test("what is secret in a query is in neither log", () => {
  const bytes = Buffer.from("h/a?token=SECRET&x=1");
  const source = {
    ...{ bytes, hostStart: 0, hostEnd: 1, pathStart: 1, queryStart: 3, pathEnd: bytes.length },
    id: { writeTo() {}, toString: () => "" },
  };
  const record = { ...RECORD, path: "/a?token=SECRET&x=1" };
  for (const each of [record, { ...record, source }]) {
    expect(JSON.parse(lineOf(each)).path).toBe("/a?token=***&x=1");
    expect(failureEvent(each, REDACTION)).toMatchObject({ path: "/a?token=***&x=1" });
  }
});

test("a kept record says the same, but for fields of the messages", () => {
  fc.assert(
    fc.property(records, (record) => {
      expect(keptRecord(record)).toEqual({ ...record });
    }),
  );
});
