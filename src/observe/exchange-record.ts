/**
 * What is known of an exchange or tunnel at its end. Whoever counts or logs gets this one record; nobody
 * listening costs one boolean (see `ExchangeObserver.wantsAll`).
 *
 * A record is the exchange's own tally and not made for the occasion: its texts are decoded when somebody asks for
 * them, out of bytes that the next request overwrites. It holds for as long as `ExchangeObserver.record` runs;
 * whoever needs it longer calls `keptRecord`.
 */
import type { ByteSink } from "../base/byte-sink.ts";
import type { ProxyError } from "../base/proxy-error.ts";
import type { CloseSide } from "./closed-by.ts";

export interface ExchangeRecord {
  readonly kind: "http" | "tcp";
  readonly listener: string;
  /** The route's label, or null when none matched. */
  readonly route: string | null;
  /** The target of the last attempt. */
  readonly target: string | null;
  readonly requestId: string | null;
  /** Of the trace that it belongs to, sampled or not; null when nothing is traced. */
  readonly traceId: string | null;
  readonly remoteAddress: string;
  readonly method: string | null;
  readonly host: string | null;
  /** As received; query included. */
  readonly path: string | null;
  /** `HTTP/1.1`. */
  readonly protocol: string | null;
  /** What the client got; null when it got no answer. */
  readonly status: number | null;
  readonly attempts: number;
  /** Whether the connection to the target had served a request before; null without one. */
  readonly reused: boolean | null;
  /** Who ended it before its time, or the tunnel at all; null when nobody had to. */
  readonly closedBy: CloseSide | null;
  readonly receivedBytes: number;
  readonly sentBytes: number;
  /** From the end of the request's head to the last attempt, its connection, the head of the answer, the end. */
  readonly queueMs: number | null;
  readonly connectMs: number | null;
  readonly headMs: number | null;
  readonly totalMs: number;
  readonly error: ProxyError | null;
  /** The same as above, where it came as bytes; null when there are none. */
  readonly source: RecordSource | null;
  /** All values of a field by its lower-case name, joined; null if it is absent. */
  requestField(lowerName: string): string | null;
  /** Of the request, as received. */
  requestFieldNames(): readonly string[];
  /** Likewise, of those fields that the snapshot says to keep. */
  answerField(lowerName: string): string | null;
}

/** Where the texts of a record stand, for writers that copy bytes. */
export interface RecordSource {
  readonly bytes: Buffer;
  readonly hostStart: number;
  readonly hostEnd: number;
  readonly pathStart: number;
  /** Where the query's `?` stands, or `pathEnd`. */
  readonly queryStart: number;
  readonly pathEnd: number;
  readonly id: WritableId;
}

/** A name that never changes, and is seldom wanted as a text. */
export interface WritableId {
  writeTo(sink: ByteSink): void;
  toString(): string;
}

export interface ExchangeObserver {
  /** Whether records of successes are of use; failures are always told. */
  readonly wantsAll: boolean;
  record(record: ExchangeRecord): void;
}

/** For what never became a request, and for tunnels: the words that they have not. */
export const NOTHING_KNOWN = {
  route: null,
  target: null,
  requestId: null,
  traceId: null,
  method: null,
  host: null,
  path: null,
  protocol: null,
  status: null,
  attempts: 0,
  reused: null,
  closedBy: null,
  receivedBytes: 0,
  sentBytes: 0,
  queueMs: null,
  connectMs: null,
  headMs: null,
  totalMs: 0,
  source: null,
  requestField: () => null,
  requestFieldNames: () => [],
  answerField: () => null,
} as const satisfies Partial<ExchangeRecord>;

/** A copy that outlives the call, without the fields of the request and the answer. */
export function keptRecord(record: ExchangeRecord): ExchangeRecord {
  return {
    kind: record.kind,
    listener: record.listener,
    route: record.route,
    target: record.target,
    requestId: record.requestId,
    traceId: record.traceId,
    remoteAddress: record.remoteAddress,
    method: record.method,
    host: record.host,
    path: record.path,
    protocol: record.protocol,
    status: record.status,
    attempts: record.attempts,
    reused: record.reused,
    closedBy: record.closedBy,
    receivedBytes: record.receivedBytes,
    sentBytes: record.sentBytes,
    queueMs: record.queueMs,
    connectMs: record.connectMs,
    headMs: record.headMs,
    totalMs: record.totalMs,
    error: record.error,
    source: null,
    requestField: NOTHING_KNOWN.requestField,
    requestFieldNames: NOTHING_KNOWN.requestFieldNames,
    answerField: NOTHING_KNOWN.answerField,
  };
}
