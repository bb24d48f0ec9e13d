/**
 * A record as a line of JSON, written as bytes: an object for `JSON.stringify` would cost four times as much. The
 * field names are those of docs/logging.md; absent values are left out. `recordFields` says the same as an object, and a
 * test holds the two against each other.
 */
import { ByteSink } from "../../base/byte-sink.ts";
import type { ProxyError } from "../../base/proxy-error.ts";
import type { ExchangeRecord, RecordSource } from "../exchange-record.ts";
import type { Redaction } from "../redaction.ts";
import { JSON_ESCAPE } from "./escape.ts";
import { type FieldSide, shownField } from "./line-parts.ts";
import type { LineWriter } from "./line-writer.ts";
import { writeCount, writeMs } from "./numbers.ts";
import { Stamp } from "./stamp.ts";

export interface JsonLineOptions {
  readonly redaction: Redaction;
  /** Header fields whose values are shown, in lower case. */
  readonly requestFields: readonly string[];
  readonly answerFields: readonly string[];
}

export function createJsonLine({ redaction, requestFields, answerFields }: JsonLineOptions): LineWriter {
  const stamp = Stamp.iso();
  const place = new PlaceText();
  const request = fieldGroup("request_headers", "request", requestFields, redaction);
  const answer = fieldGroup("response_headers", "answer", answerFields, redaction);
  return {
    write(sink, record, wallMs) {
      sink.all(TIME);
      stamp.write(sink, wallMs);
      sink.all(KIND[record.kind]);
      place.write(sink, record);
      writeRequestId(sink, record);
      if (record.traceId !== null) writeText(sink, TRACE_ID, record.traceId);
      if (record.remoteAddress !== "") writeText(sink, CLIENT, record.remoteAddress);
      writeRequest(sink, record, redaction);
      writeOutcome(sink, record);
      writeTimes(sink, record);
      if (record.error !== null) writeError(sink, record.error);
      request?.(sink, record);
      answer?.(sink, record);
      sink.byte(CLOSING_BRACE);
    },
  };
}

/** Where a request went. One line after the other says the same, so the last text is kept. */
class PlaceText {
  #listener: string | null = null;
  #route: string | null = null;
  #target: string | null = null;
  readonly #text = new ByteSink(256);

  write(sink: ByteSink, { listener, route, target }: ExchangeRecord): void {
    if (listener !== this.#listener || route !== this.#route || target !== this.#target) {
      this.#listener = listener;
      this.#route = route;
      this.#target = target;
      this.#encode(listener, route, target);
    }
    sink.range(this.#text.bytes, 0, this.#text.length);
  }

  #encode(listener: string, route: string | null, target: string | null): void {
    const text = this.#text;
    text.length = 0;
    writeText(text, LISTENER, listener);
    if (route !== null) writeText(text, ROUTE, route);
    if (target !== null) writeText(text, TARGET, target);
  }
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
  if (record.protocol !== null) writeText(sink, PROTOCOL, record.protocol);
}

/** Only a query may hold a secret. */
function writeSource(
  sink: ByteSink,
  source: RecordSource,
  record: ExchangeRecord,
  redaction: Redaction,
): void {
  writeRange(sink, HOST, source, source.hostStart, source.hostEnd);
  const { queryStart, pathEnd } = source;
  const isSuspect = queryStart < pathEnd && redaction.isSuspect(source.bytes, queryStart + 1, pathEnd);
  if (isSuspect) writeText(sink, PATH, redaction.query(record.path!));
  else writeRange(sink, PATH, source, source.pathStart, pathEnd);
}

function writeOutcome(sink: ByteSink, record: ExchangeRecord): void {
  if (record.status !== null) writeNumber(sink, STATUS, record.status);
  writeNumber(sink, ATTEMPTS, record.attempts);
  if (record.reused !== null) sink.all(record.reused ? REUSED : FRESH);
  if (record.closedBy !== null) writeText(sink, CLOSED_BY, record.closedBy);
  writeNumber(sink, RECEIVED, record.receivedBytes);
  writeNumber(sink, SENT, record.sentBytes);
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

function writeRange(sink: ByteSink, key: Buffer, { bytes }: RecordSource, start: number, end: number): void {
  sink.all(key);
  JSON_ESCAPE.range(sink, bytes, start, end);
  sink.byte(QUOTE);
}

function writeText(sink: ByteSink, key: Buffer, text: string): void {
  sink.all(key);
  JSON_ESCAPE.text(sink, text);
  sink.byte(QUOTE);
}

function writeNumber(sink: ByteSink, key: Buffer, value: number): void {
  sink.all(key);
  writeCount(sink, value);
}

function writeTime(sink: ByteSink, key: Buffer, ms: number | null): void {
  if (ms === null) return;
  sink.all(key);
  writeMs(sink, ms);
}

function textKey(name: string): Buffer {
  return Buffer.from(`,"${name}":"`);
}

function numberKey(name: string): Buffer {
  return Buffer.from(`,"${name}":`);
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const CLOSING_BRACE = 0x7d;
const TIME = Buffer.from('{"time":"');
const KIND = {
  http: Buffer.from('","event":"exchange","kind":"http"'),
  tcp: Buffer.from('","event":"exchange","kind":"tcp"'),
};
const LISTENER = textKey("listener");
const ROUTE = textKey("route");
const TARGET = textKey("target");
const REQUEST_ID = textKey("request_id");
const TRACE_ID = textKey("trace_id");
const CLIENT = textKey("client");
const METHOD = textKey("method");
const HOST = textKey("host");
const PATH = textKey("path");
const PROTOCOL = textKey("protocol");
const STATUS = numberKey("status");
const ATTEMPTS = numberKey("attempts");
const REUSED = Buffer.from(',"reused":true');
const FRESH = Buffer.from(',"reused":false');
const CLOSED_BY = textKey("closed_by");
const RECEIVED = numberKey("received_bytes");
const SENT = numberKey("sent_bytes");
const QUEUE = numberKey("queue_ms");
const CONNECT = numberKey("connect_ms");
const HEAD = numberKey("head_ms");
const TOTAL = numberKey("total_ms");
const ERROR = textKey("error");
const RULE = textKey("rule");
const CAUSE = textKey("cause");
