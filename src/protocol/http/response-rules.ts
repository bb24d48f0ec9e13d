/** What must hold of an answer beyond the grammar of its lines, and how long its body is (RFC 9112 section 6.3). */
import { BAD_CONNECTION, OPTION, readConnection } from "./connection-options.ts";
import { FIELD } from "./field-names.ts";
import { BODY } from "./framing.ts";
import type { ResponseHead } from "./response-head.ts";
import { responseFault, type Violation } from "./violation.ts";

/** What the answer's framing depends on of its request. */
export interface AnsweredRequest {
  readonly method: string;
  /** Whether we asked for an upgrade. */
  readonly upgrade: boolean;
}

/** Completes `head` from its fields; the first rule that it breaks, or null. */
export function completeResponse(head: ResponseHead, request: AnsweredRequest): Violation | null {
  const options = readConnection(head.fields);
  if (options === BAD_CONNECTION) return responseFault("connection");
  const framing = head.framing;
  framing.read(head.fields, head.minorVersion);
  if (framing.fault !== null) return responseFault(framing.fault);
  const violation = checkStatus(head, request, options);
  if (violation !== null) return violation;
  const close = (options & OPTION.close) !== 0;
  head.keepAlive = !close && (head.minorVersion === 1 || (options & OPTION.keepAlive) !== 0);
  completeBody(head, request);
  return null;
}

function checkStatus(head: ResponseHead, request: AnsweredRequest, options: number): Violation | null {
  const { status, framing } = head;
  if ((status < 200 || status === 204) && framing.kind === BODY.chunked) {
    return responseFault("transferEncodingStatus");
  }
  if (status !== 101) return null;
  const upgraded = (options & OPTION.upgrade) !== 0 && head.fields.has(FIELD.upgrade);
  return request.upgrade && upgraded ? null : responseFault("unexpectedUpgrade");
}

/** The fields of an answer without a body describe what GET would have got; they are forwarded, not obeyed. */
function completeBody(head: ResponseHead, request: AnsweredRequest): void {
  const { status, framing } = head;
  if (request.method === "HEAD" || status < 200 || status === 204 || status === 304) {
    framing.kind = BODY.none;
    return;
  }
  if (framing.kind !== BODY.none) return;
  framing.kind = BODY.untilClose;
  head.keepAlive = false;
}
