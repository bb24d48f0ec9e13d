/** What a line may be made of, by the names that docs/logging.md gives them; `-` stands for what is absent. */
import type { ByteSink } from "../../base/byte-sink.ts";
import type { ExchangeRecord } from "../exchange-record.ts";
import { REDACTED, type Redaction } from "../redaction.ts";
import { HEX_ESCAPE } from "./escape.ts";
import { writeCount, writeMs } from "./numbers.ts";
import { Stamp } from "./stamp.ts";

/** One part of a line. */
export type Part = (sink: ByteSink, record: ExchangeRecord, wallMs: number) => void;

/** Made anew for each line format, because of the times that they keep. */
export function lineParts(redaction: Redaction): Readonly<Record<PartName, Part>> {
  const stamp = Stamp.iso();
  const common = Stamp.common();
  return {
    time: (sink, _, wallMs) => stamp.write(sink, wallMs),
    time_common: (sink, _, wallMs) => common.write(sink, wallMs),
    kind: text((record) => record.kind),
    listener: text((record) => record.listener),
    route: text((record) => record.route),
    target: text((record) => record.target),
    request_id: text((record) => record.requestId),
    trace_id: text((record) => record.traceId),
    client: text((record) => record.remoteAddress || null),
    method: text((record) => record.method),
    host: text((record) => record.host || null),
    path: text((record) => (record.path === null ? null : redaction.query(record.path))),
    protocol: text((record) => record.protocol),
    status: count((record) => record.status),
    attempts: count((record) => record.attempts),
    reused: text((record) => record.reused?.toString() ?? null),
    closed_by: text((record) => record.closedBy),
    received_bytes: count((record) => record.receivedBytes),
    sent_bytes: count((record) => record.sentBytes),
    queue_ms: ms((record) => record.queueMs),
    connect_ms: ms((record) => record.connectMs),
    head_ms: ms((record) => record.headMs),
    total_ms: ms((record) => record.totalMs),
    error: text((record) => record.error?.code ?? null),
    rule: text((record) => record.error?.rule ?? null),
    cause: text((record) => record.error?.cause ?? null),
  };
}

export type PartName = (typeof PART_NAMES)[number];

export const PART_NAMES = [
  "time",
  "time_common",
  "kind",
  "listener",
  "route",
  "target",
  "request_id",
  "trace_id",
  "client",
  "method",
  "host",
  "path",
  "protocol",
  "status",
  "attempts",
  "reused",
  "closed_by",
  "received_bytes",
  "sent_bytes",
  "queue_ms",
  "connect_ms",
  "head_ms",
  "total_ms",
  "error",
  "rule",
  "cause",
] as const;

export type FieldSide = "request" | "answer";

/** A header field's value, or null: hidden when it is a secret, and likewise what secrets a URL in it holds. */
export function shownField(
  record: ExchangeRecord,
  side: FieldSide,
  lowerName: string,
  redaction: Redaction,
): string | null {
  const value = side === "request" ? record.requestField(lowerName) : record.answerField(lowerName);
  if (value === null) return null;
  return redaction.isSecretField(lowerName) ? REDACTED : redaction.query(value);
}

export function fieldPart(side: FieldSide, lowerName: string, redaction: Redaction): Part {
  return text((record) => shownField(record, side, lowerName, redaction));
}

function text(of: (record: ExchangeRecord) => string | null): Part {
  return (sink, record) => {
    const value = of(record);
    if (value === null) sink.byte(DASH);
    else HEX_ESCAPE.text(sink, value);
  };
}

function count(of: (record: ExchangeRecord) => number | null): Part {
  return (sink, record) => {
    const value = of(record);
    if (value === null) sink.byte(DASH);
    else writeCount(sink, value);
  };
}

function ms(of: (record: ExchangeRecord) => number | null): Part {
  return (sink, record) => {
    const value = of(record);
    if (value === null) sink.byte(DASH);
    else writeMs(sink, value);
  };
}

const DASH = 0x2d;
