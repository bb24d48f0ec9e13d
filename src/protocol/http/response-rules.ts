/** What must hold of an answer beyond the grammar of its lines, and how long its body is (RFC 9112 section 6.3). */
import { BAD_CONNECTION, OPTION, readConnection } from "./connection-options.ts";
import { BODY } from "./framing.ts";
import type { ResponseHead } from "./response-head.ts";
import { responseFault, type Violation } from "./violation.ts";

/** What the answer's framing depends on of its request; a RequestHead will do. */
export interface AnsweredRequest {
  readonly method: string;
  /** Whether we asked for an upgrade. */
  readonly upgrade: boolean;
  /** To which protocols, in lower case. */
  readonly upgradeTo: string;
}

/** Completes `head` from its fields; the first rule that it breaks, or null. */
export function completeResponse(head: ResponseHead, request: AnsweredRequest): Violation | null {
  const { framing, status } = head;
  const options = readConnection(head.fields);
  if (options === BAD_CONNECTION) return responseFault("connection");
  framing.read(head.fields, head.minorVersion);
  if (framing.fault !== null) return responseFault(framing.fault);
  if ((status < 200 || status === 204) && framing.kind === BODY.chunked)
    return responseFault("transferEncodingStatus");
  if (status === 101 && !isExpectedUpgrade(head, request, options)) return responseFault("unexpectedUpgrade");
  const close = (options & OPTION.close) !== 0;
  head.keepAlive = !close && (head.minorVersion === 1 || (options & OPTION.keepAlive) !== 0);
  completeBody(head, request);
  return null;
}

/** RFC 9110 section 7.8: a server switches only to a protocol that the client named, and says to which. */
function isExpectedUpgrade(head: ResponseHead, request: AnsweredRequest, options: number): boolean {
  if (!request.upgrade || (options & OPTION.upgrade) === 0) return false;
  const protocol = head.fields.get("upgrade")?.toLowerCase();
  return protocol !== undefined && request.upgradeTo.split(/[ \t]*,[ \t]*/).includes(protocol);
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
