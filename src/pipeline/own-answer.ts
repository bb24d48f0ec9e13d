/**
 * The answers that the proxy makes itself. Each is a ResponseHead like an upstream's, so that it leaves
 * through the same code, and a body in memory.
 */
import { ERRORS, type ErrorCode, type ProxyError } from "../base/proxy-error.ts";
import { fieldId } from "../protocol/http/field-names.ts";
import { BODY } from "../protocol/http/framing.ts";
import type { AddedField } from "../protocol/http/outbound-request.ts";
import { ResponseHead } from "../protocol/http/response-head.ts";
import { reasonPhrase } from "../protocol/http/status.ts";

export interface OwnAnswer {
  readonly head: ResponseHead;
  readonly body: Buffer;
}

/** `null` body: the status has none (204, 304). */
export function ownAnswer(
  status: number,
  fields: readonly AddedField[],
  body: Buffer,
  wallMs: number,
): OwnAnswer {
  const hasBody = status !== 204 && status !== 304;
  const length: AddedField[] = hasBody ? [["Content-Length", String(body.length)]] : [];
  const head = ownHead(status, wallMs, [...fields, ...length]);
  head.framing.kind = hasBody && body.length > 0 ? BODY.length : BODY.none;
  head.framing.contentLength = body.length;
  return { head, body: hasBody ? body : NO_BODY };
}

/** The head of an answer of ours, dated. */
export function ownHead(status: number, wallMs: number, fields: readonly AddedField[]): ResponseHead {
  return responseHeadOf(status, [["Date", new Date(wallMs).toUTCString()], ...fields]);
}

/** 404 is `{"detail":"not found"}`; the others carry the stable code and the request id (see the contract). */
export function errorAnswer(
  error: ProxyError,
  status: number,
  requestId: string,
  notFoundMessage: string,
  wallMs: number,
): OwnAnswer {
  const content =
    error.code === "route.not_found"
      ? { detail: notFoundMessage }
      : {
          detail: detailOf(error, status),
          code: error.code,
          rule: error.rule ?? undefined,
          request_id: requestId,
        };
  const body = Buffer.from(JSON.stringify(content));
  return ownAnswer(status, BUSY.has(error.code) ? BUSY_FIELDS : JSON_FIELDS, body, wallMs);
}

function detailOf(error: ProxyError, status: number): string {
  return ERRORS[error.code].side === "downstream"
    ? ERRORS[error.code].text
    : reasonPhrase(status).toLowerCase();
}

function responseHeadOf(status: number, fields: readonly AddedField[]): ResponseHead {
  const head = new ResponseHead();
  const reason = reasonPhrase(status);
  const lines = fields.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  const bytes = Buffer.from(reason + lines, "latin1");
  head.status = status;
  head.reasonEnd = reason.length;
  head.fields.bytes = bytes;
  let at = reason.length;
  for (const [name, value] of fields) {
    const valueStart = at + name.length + 2;
    const id = fieldId(bytes, at, at + name.length);
    head.fields.add(at, at + name.length, valueStart, valueStart + value.length, Math.max(id, 0));
    at = valueStart + value.length + 2;
  }
  return head;
}

const JSON_FIELDS: readonly AddedField[] = [["Content-Type", "application/json"]];
/** What passes by itself, and soon (RFC 9110 section 10.2.3). */
const BUSY: ReadonlySet<ErrorCode> = new Set([
  "upstream.circuit_open",
  "limit.upstream_requests",
  "limit.queue_timeout",
]);
const BUSY_FIELDS: readonly AddedField[] = [...JSON_FIELDS, ["Retry-After", "1"]];
const NO_BODY = Buffer.alloc(0);
