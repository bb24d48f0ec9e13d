import { expect, test } from "bun:test";
import fc from "fast-check";
import { ByteSink } from "../../base/byte-sink.ts";
import { proxyError } from "../../base/proxy-error.ts";
import { type ExchangeRecord, NOTHING_KNOWN } from "../exchange-record.ts";
import { createRedaction } from "../redaction.ts";
import { createJsonLine } from "./json-line.ts";
import type { LineWriter } from "./line-writer.ts";
import { createTemplateLine, fieldsOf } from "./template.ts";
import { WaitingLines } from "./waiting-lines.ts";

const REDACTION = createRedaction([], []);
const SHOWN = { request: ["user-agent", "absent"], answer: ["age"] };
const TEMPLATE = "{client} {host} {path} {request_id} {request_headers.user-agent} {response_headers.age}";

function formedBy(line: LineWriter, record: ExchangeRecord, wallMs: number): string {
  const sink = new ByteSink(16);
  line.write(sink, record, wallMs);
  return sink.bytes.toString("utf8", 0, sink.length);
}

const word = fc.string({ unit: "grapheme-ascii", maxLength: 40 });
const drafts = fc.record({
  host: word,
  path: word,
  query: word,
  id: word,
  agent: fc.option(word, { nil: null }),
  target: fc.option(word, { nil: null }),
  status: fc.option(fc.integer({ min: 100, max: 599 }), { nil: null }),
  headMs: fc.option(fc.double({ min: 0, max: 1e6, noNaN: true }), { nil: null }),
  isFailed: fc.boolean(),
  cameAsBytes: fc.boolean(),
  wallMs: fc.integer({ min: 0, max: 4_000_000_000_000 }),
});
type Draft = typeof drafts extends fc.Arbitrary<infer T> ? T : never;

/** As an exchange gives it: a window on bytes that the next request overwrites. */
function recordOf(draft: Draft, bytes: Buffer): ExchangeRecord {
  const { host, query, id, agent, target, status, headMs, isFailed, cameAsBytes } = draft;
  const path = `/${draft.path}`;
  const full = query === "" ? path : `${path}?${query}`;
  bytes.write(`GET ${full} HTTP/1.1 ${host}`, "latin1");
  const pathEnd = 4 + full.length;
  const hostStart = pathEnd + 10;
  const source = {
    bytes,
    hostStart,
    hostEnd: hostStart + host.length,
    pathStart: 4,
    queryStart: 4 + path.length,
    pathEnd,
    id: { writeTo: (sink: ByteSink) => sink.latin1(id), toString: () => id },
  };
  return {
    ...NOTHING_KNOWN,
    kind: "http",
    listener: "web",
    remoteAddress: "192.0.2.7",
    requestId: id,
    host,
    path: full,
    ...{ target, status, headMs },
    error: isFailed ? proxyError("upstream.malformed", { cause: "ECONNRESET" }) : null,
    source: cameAsBytes ? source : null,
    requestField: (name) => (name === "user-agent" ? agent : null),
    answerField: () => agent,
  };
}

for (const [name, create, shown] of [
  [
    "json",
    () => createJsonLine({ redaction: REDACTION, requestFields: SHOWN.request, answerFields: SHOWN.answer }),
    SHOWN,
  ],
  [
    "a template",
    () => createTemplateLine(TEMPLATE, REDACTION),
    { request: fieldsOf(TEMPLATE, "request"), answer: fieldsOf(TEMPLATE, "answer") },
  ],
] as const) {
  test(`${name}: a line says what it would have said at once, when the request's bytes are long overwritten`, () => {
    fc.assert(
      fc.property(fc.array(drafts, { maxLength: 20 }), fc.nat(20), (each, formedAfter) => {
        const late: string[] = [];
        const line = create();
        const lines = new WaitingLines(shown, (record) => late.push(formedBy(line, record, record.wallMs)));
        const bytes = Buffer.alloc(512);
        const soon = each.map((draft, i) => {
          const record = recordOf(draft, bytes);
          const text = formedBy(create(), record, draft.wallMs);
          lines.keep(record, draft.wallMs);
          bytes.fill(0x21);
          if (i === formedAfter) lines.formAll();
          return text;
        });
        lines.formAll();
        expect(late).toEqual(soon);
        expect(lines.isEmpty).toBe(true);
      }),
    );
  });
}

const RECORD: ExchangeRecord = {
  ...NOTHING_KNOWN,
  kind: "http",
  listener: "web",
  remoteAddress: "",
  error: null,
};

test("lines are formed without being asked for when many records wait", () => {
  let formed = 0;
  const lines = new WaitingLines({ request: [], answer: [] }, () => formed++);
  for (let count = 0; count < 1_000; count++) lines.keep(RECORD, count);
  expect([formed > 800, lines.isEmpty]).toEqual([true, false]);
  lines.formAll();
  expect(formed).toBe(1_000);
});

test("or when their texts are long", () => {
  let formed = 0;
  const lines = new WaitingLines({ request: [], answer: [] }, () => formed++);
  const bytes = Buffer.alloc(20_000);
  const id = { writeTo() {}, toString: () => "" };
  const ranges = { hostStart: 0, hostEnd: 0, pathStart: 0, queryStart: bytes.length, pathEnd: bytes.length };
  for (let count = 0; count < 10; count++) lines.keep({ ...RECORD, source: { bytes, ...ranges, id } }, count);
  expect(formed).toBe(10);
});

test("a line that cannot be formed takes no other with it", () => {
  const formed: number[] = [];
  const lines = new WaitingLines({ request: [], answer: [] }, ({ wallMs }) => {
    if (wallMs === 1) throw new Error("a defect");
    formed.push(wallMs);
  });
  for (let count = 0; count < 3; count++) lines.keep(RECORD, count);
  expect(() => lines.formAll()).toThrow("a defect");
  lines.formAll();
  expect(formed).toEqual([0, 2]);
});
