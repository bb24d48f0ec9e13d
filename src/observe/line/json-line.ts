/**
 * A record as a line of JSON, written as bytes: an object for `JSON.stringify` would cost four times as much. The
 * field names are those of docs/logging.md; absent values are left out. `recordFields` says the same as an object, and a
 * test holds the two against each other.
 */
import type { ByteSink } from "../../base/byte-sink.ts";
import type { ProxyError } from "../../base/proxy-error.ts";
import type { ExchangeRecord, RecordSource } from "../exchange-record.ts";
import type { Redaction } from "../redaction.ts";
import { numberKey, QUOTE, textKey, writeNumber, writeRange, writeText, writeTime } from "./json-value.ts";
import { type FieldSide, shownField } from "./line-parts.ts";
import type { LineWriter } from "./line-writer.ts";
import { writeCount } from "./numbers.ts";
import { OpeningPart, OutcomePart } from "./repeated-parts.ts";

export interface JsonLineOptions {
  readonly redaction: Redaction;
  /** Header fields whose values are shown, in lower case. */
  readonly requestFields: readonly string[];
  readonly answerFields: readonly string[];
}

export function createJsonLine({ redaction, requestFields, answerFields }: JsonLineOptions): LineWriter {
  const opening = new OpeningPart();
  const outcome = new OutcomePart();
  const request = fieldGroup("request_headers", "request", requestFields, redaction);
  const answer = fieldGroup("response_headers", "answer", answerFields, redaction);
  return {
    write(sink, record, wallMs) {
      opening.write(sink, record, wallMs);
      writeRequestId(sink, record);
      if (record.traceId !== null) writeText(sink, TRACE_ID, record.traceId);
      if (record.remoteAddress !== "") writeText(sink, CLIENT, record.remoteAddress);
      writeRequest(sink, record, redaction);
      outcome.write(sink, record);
      writeCount(sink, record.receivedBytes);
      writeNumber(sink, SENT, record.sentBytes);
      writeTimes(sink, record);
      if (record.error !== null) writeError(sink, record.error);
      request?.(sink, record);
      answer?.(sink, record);
      sink.byte(CLOSING_BRACE);
    },
  };
}

function writeRequestId(sink: ByteSink, record: ExchangeRecord): void {
  const { source } = record;
  if (source !== null) {
    sink.all(REQUEST_ID);
    source.id.writeTo(sink);
    sink.byte(QUOTE);
  } else if (record.requestId !== null) writeText(sink, REQUEST_ID, record.requestId);
}

function writeRequest(sink: ByteSink, record: ExchangeRecord, redaction: Redaction): void {
  const { source } = record;
  if (record.method !== null) writeText(sink, METHOD, record.method);
  if (source === null) {
    if (record.host !== null) writeText(sink, HOST, record.host);
    if (record.path !== null) writeText(sink, PATH, redaction.query(record.path));
  } else writeSource(sink, source, record, redaction);
}

/** Only a query may hold a secret. */
function writeSource(
  sink: ByteSink,
  source: RecordSource,
  record: ExchangeRecord,
  redaction: Redaction,
): void {
  writeRange(sink, HOST, source.bytes, source.hostStart, source.hostEnd);
  const { queryStart, pathEnd } = source;
  const isSuspect = queryStart < pathEnd && redaction.isSuspect(source.bytes, queryStart + 1, pathEnd);
  if (isSuspect) writeText(sink, PATH, redaction.query(record.path!));
  else writeRange(sink, PATH, source.bytes, source.pathStart, pathEnd);
}

function writeTimes(sink: ByteSink, record: ExchangeRecord): void {
  writeTime(sink, QUEUE, record.queueMs);
  writeTime(sink, CONNECT, record.connectMs);
  writeTime(sink, HEAD, record.headMs);
  writeTime(sink, TOTAL, record.totalMs);
}

function writeError(sink: ByteSink, { code, rule, cause }: ProxyError): void {
  writeText(sink, ERROR, code);
  if (rule !== null) writeText(sink, RULE, rule);
  if (cause !== null) writeText(sink, CAUSE, cause);
}

type GroupWriter = (sink: ByteSink, record: ExchangeRecord) => void;

/** Header fields as an object, left out when none of them is there. */
function fieldGroup(
  key: string,
  side: FieldSide,
  names: readonly string[],
  redaction: Redaction,
): GroupWriter | null {
  if (names.length === 0) return null;
  const opening = Buffer.from(`,"${key}":{`);
  const keys = names.map((name) => [name, Buffer.from(`${JSON.stringify(name)}:"`)] as const);
  return (sink, record) => {
    let isFirst = true;
    for (const [name, bytes] of keys) {
      const value = shownField(record, side, name, redaction);
      if (value === null) continue;
      if (isFirst) sink.all(opening);
      else sink.byte(COMMA);
      isFirst = false;
      writeText(sink, bytes, value);
    }
    if (!isFirst) sink.byte(CLOSING_BRACE);
  };
}

const COMMA = 0x2c;
const CLOSING_BRACE = 0x7d;
const REQUEST_ID = textKey("request_id");
const TRACE_ID = textKey("trace_id");
const CLIENT = textKey("client");
const METHOD = textKey("method");
const HOST = textKey("host");
const PATH = textKey("path");
const SENT = numberKey("sent_bytes");
const QUEUE = numberKey("queue_ms");
const CONNECT = numberKey("connect_ms");
const HEAD = numberKey("head_ms");
const TOTAL = numberKey("total_ms");
const ERROR = textKey("error");
const RULE = textKey("rule");
const CAUSE = textKey("cause");
