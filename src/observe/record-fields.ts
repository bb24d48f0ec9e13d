/** A record as plain data, for the error log. The names are those of docs/logging.md; absent values are left out. */
import type { ExchangeRecord } from "./exchange-record.ts";
import type { Redaction } from "./redaction.ts";

/** A failure, for the error log: the same words as in the access log, with a level. */
export function failureEvent(record: ExchangeRecord, redaction: Redaction): object {
  return { level: "warn", event: "failure", ...recordFields(record, redaction) };
}

export function recordFields(record: ExchangeRecord, redaction: Redaction): object {
  const { error } = record;
  return {
    kind: record.kind,
    listener: record.listener,
    route: record.route ?? undefined,
    target: record.target ?? undefined,
    request_id: record.requestId ?? undefined,
    trace_id: record.traceId ?? undefined,
    client: record.remoteAddress || undefined,
    method: record.method ?? undefined,
    host: record.host ?? undefined,
    path: record.path === null ? undefined : redaction.query(record.path),
    protocol: record.protocol ?? undefined,
    status: record.status ?? undefined,
    attempts: record.attempts,
    reused: record.reused ?? undefined,
    closed_by: record.closedBy ?? undefined,
    received_bytes: record.receivedBytes,
    sent_bytes: record.sentBytes,
    queue_ms: rounded(record.queueMs),
    connect_ms: rounded(record.connectMs),
    head_ms: rounded(record.headMs),
    total_ms: rounded(record.totalMs),
    error: error?.code,
    rule: error?.rule ?? undefined,
    cause: error?.cause ?? undefined,
  };
}

function rounded(ms: number | null): number | undefined {
  return ms === null ? undefined : Math.round(ms * 1000) / 1000;
}
