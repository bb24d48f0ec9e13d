/**
 * An exchange as spans: one for what the client asked of us (SERVER), one for each attempt at a target (CLIENT). Names
 * and attributes are those of OpenTelemetry's semantic conventions for HTTP; what they have no word for begins with
 * `portward.`.
 */
import { ERRORS, type ErrorCode } from "../base/proxy-error.ts";
import type { AttemptTrace } from "../exchange/attempt-trace.ts";
import type { ExchangeTrace, TracedExchange } from "../exchange/exchange-trace.ts";
import type { Redaction } from "../observe/redaction.ts";
import { TRACE_FLAG } from "../protocol/http/trace-context.ts";
import type { Span, SpanOrigin } from "./otlp-exporter.ts";

export interface SpanSurroundings {
  readonly origin: SpanOrigin;
  readonly redaction: Redaction;
  /** What to add to `Clock.nowMs` to get the time of day. */
  readonly wallOffsetMs: number;
}

export function spansOf(trace: ExchangeTrace, exchange: TracedExchange, around: SpanSurroundings): Span[] {
  const url = urlOf(exchange, around.redaction);
  return [
    exchangeSpan(trace, exchange, url, around),
    ...trace.attempts.map((attempt, index) => attemptSpan(trace, attempt, index, exchange, url, around)),
  ];
}

interface Url {
  readonly path: string;
  /** Without its `?`; null when there is none. */
  readonly query: string | null;
}

function exchangeSpan(
  trace: ExchangeTrace,
  exchange: TracedExchange,
  url: Url,
  around: SpanSurroundings,
): Span {
  const { record, scheme, pathPattern } = exchange;
  const { status, error } = record;
  const method = methodOf(record.method!);
  const isOurs = error !== null && ERRORS[error.code].side !== "downstream";
  const failed = isOurs || (status ?? 0) >= 500;
  return {
    ...span(trace, trace.spanId, trace.parentSpanId, exchange, around),
    name: pathPattern === null ? method : `${method} ${pathPattern}`,
    kind: KIND.server,
    status: {
      code: failed ? STATUS.error : STATUS.unset,
      ...(error === null ? {} : { message: error.code }),
    },
    attributes: {
      ...methodAttributes(record.method!),
      "url.scheme": scheme,
      "url.path": url.path,
      ...given("url.query", url.query),
      ...given("http.route", pathPattern),
      ...addressAttributes(record.host ?? ""),
      ...given("client.address", record.remoteAddress || null),
      ...given("network.protocol.version", record.protocol?.replace("HTTP/", "") ?? null),
      ...given("user_agent.original", record.requestField("user-agent")),
      ...given("http.response.status_code", status),
      ...errorAttributes(error?.code ?? null, status, 500),
      "portward.listener": record.listener,
      ...given("portward.route", record.route),
      ...given("portward.request_id", record.requestId),
      ...given("portward.closed_by", record.closedBy),
    },
  };
}

function attemptSpan(
  trace: ExchangeTrace,
  attempt: AttemptTrace,
  index: number,
  { record }: TracedExchange,
  { path, query }: Url,
  around: SpanSurroundings,
): Span {
  const { spanId, status, error, startedMs, connectedMs } = attempt;
  const { scheme, authority } = placeOf(attempt.target);
  const failed = error !== null || status >= 400;
  const time = { startedMs, endedMs: attempt.endedMs };
  return {
    ...span(trace, spanId, trace.spanId, time, around),
    name: methodOf(record.method!),
    kind: KIND.client,
    status: {
      code: failed ? STATUS.error : STATUS.unset,
      ...(error === null ? {} : { message: error.code }),
    },
    attributes: {
      ...methodAttributes(record.method!),
      "url.full": `${scheme}://${authority}${path}${query === null ? "" : `?${query}`}`,
      ...addressAttributes(authority),
      ...(index === 0 ? {} : { "http.request.resend_count": index }),
      ...(status === 0 ? {} : { "http.response.status_code": status }),
      ...errorAttributes(error?.code ?? null, status, 400),
      ...given("portward.cause", error?.cause ?? null),
      ...(connectedMs < 0 ? {} : connection(attempt)),
    },
  };
}

function connection({ startedMs, connectedMs, answeredMs, reused }: AttemptTrace) {
  const toAnswer = answeredMs < 0 ? {} : { "portward.head_ms": rounded(answeredMs - startedMs) };
  return {
    "portward.connection.reused": reused,
    "portward.connect_ms": rounded(connectedMs - startedMs),
    ...toAnswer,
  };
}

function span(
  { traceId, flags }: ExchangeTrace,
  spanId: string,
  parentSpanId: string | null,
  { startedMs, endedMs }: { readonly startedMs: number; readonly endedMs: number },
  { origin, wallOffsetMs }: SpanSurroundings,
): Omit<Span, "name" | "kind" | "status" | "attributes"> {
  const traceFlags = flags & TRACE_FLAG.sampled;
  const context = { traceId, spanId, traceFlags };
  const parent =
    parentSpanId === null ? {} : { parentSpanContext: { traceId, spanId: parentSpanId, traceFlags } };
  return {
    ...origin,
    ...parent,
    spanContext: () => context,
    startTime: timeOf(startedMs + wallOffsetMs),
    endTime: timeOf(endedMs + wallOffsetMs),
    duration: timeOf(endedMs - startedMs),
    ended: true,
    links: [],
    events: [],
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

/** Seconds and nanoseconds. */
function timeOf(ms: number): [number, number] {
  const seconds = Math.floor(ms / 1000);
  return [seconds, Math.round((ms - seconds * 1000) * 1e6)];
}

function urlOf({ record }: TracedExchange, redaction: Redaction): Url {
  const target = redaction.query(record.path ?? "");
  const at = target.indexOf("?");
  return at < 0 ? { path: target, query: null } : { path: target.slice(0, at), query: target.slice(at + 1) };
}

/** Whatever a client calls a method must not become the name of a span. */
function methodOf(method: string): string {
  return METHODS.has(method) ? method : "HTTP";
}

function methodAttributes(method: string) {
  if (METHODS.has(method)) return { "http.request.method": method };
  return { "http.request.method": "_OTHER", "http.request.method_original": method };
}

/** A target's name says how it is spoken to (upstream/target.ts). */
function placeOf(target: string): { scheme: "http" | "https"; authority: string } {
  if (!target.startsWith(TLS)) return { scheme: "http", authority: target };
  return { scheme: "https", authority: target.slice(TLS.length) };
}

/** `host:port`, `[::1]:80`, `unix:/path`. */
function addressAttributes(authority: string) {
  if (authority === "") return {};
  if (authority.startsWith("unix:")) return { "server.address": authority.slice("unix:".length) };
  const [, bracketed, plain, port] = AUTHORITY.exec(authority) ?? [];
  const address = bracketed ?? plain;
  if (address === undefined) return {};
  return { "server.address": address, ...(port === undefined ? {} : { "server.port": Number(port) }) };
}

/** @param least the first status that counts as a failure on this side */
function errorAttributes(code: ErrorCode | null, status: number | null, least: number) {
  if (code !== null) return { "error.type": code };
  return status !== null && status >= least ? { "error.type": String(status) } : {};
}

function given<K extends string, V extends string | number>(key: K, value: V | null): Record<string, V> {
  return value === null ? {} : { [key]: value };
}

function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}

const METHODS = new Set([
  "CONNECT",
  "DELETE",
  "GET",
  "HEAD",
  "OPTIONS",
  "PATCH",
  "POST",
  "PUT",
  "QUERY",
  "TRACE",
]);
const AUTHORITY = /^(?:\[([^\]]*)\]|([^:]+))(?::(\d+))?$/;
const TLS = "tls://";
const KIND = { server: 1, client: 2 } as const;
const STATUS = { unset: 0, error: 2 } as const;
