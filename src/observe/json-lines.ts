/** Records as JSON lines. The field names are those of docs/logging.md; absent values are left out. */
import type { ExchangeRecord } from "./exchange-record.ts";

/** @param wallMs when the exchange ended */
export function accessLine(record: ExchangeRecord, wallMs: number): string {
  return JSON.stringify({ time: new Date(wallMs).toISOString(), event: "exchange", ...fieldsOf(record) });
}

/** A failure, for the error log: the same words, with a level. */
export function failureEvent(record: ExchangeRecord): object {
  return { level: "warn", event: "failure", ...fieldsOf(record) };
}

function fieldsOf(record: ExchangeRecord): object {
  const { error } = record;
  return {
    kind: record.kind,
    listener: record.listener,
    route: record.route ?? undefined,
    target: record.target ?? undefined,
    request_id: record.requestId ?? undefined,
    client: record.remoteAddress || undefined,
    method: record.method ?? undefined,
    host: record.host ?? undefined,
    path: record.path ?? undefined,
    status: record.status ?? undefined,
    attempts: record.attempts,
    received_bytes: record.receivedBytes,
    sent_bytes: record.sentBytes,
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
