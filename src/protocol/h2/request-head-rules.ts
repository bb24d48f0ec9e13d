/**
 * What must hold of a request's header block as a whole (RFC 9113 section 8.3.1), and the RequestHead that follows from
 * it. Whatever an HTTP/1.1 upstream could read in another way than we do is refused here: a path with a space, a
 * field that frames, a second host.
 */
import { FIELD, setOf } from "../http/field-names.ts";
import { BODY } from "../http/framing.ts";
import { ASTERISK, CLASS, PATH, QUESTION, SLASH, TARGET, TCHAR } from "../http/grammar.ts";
import { type RequestHead, TARGET_FORM } from "../http/request-head.ts";
import { completeRequest } from "../http/request-rules.ts";
import type { Violation } from "../http/violation.ts";
import { type H2Fault, ruleOf } from "./fault.ts";
import type { HeadBuilder } from "./head-builder.ts";
import { PSEUDO } from "./hpack/field-mark.ts";

/** Fields of an HTTP/1.1 connection; none of them may come over HTTP/2 (RFC 9113 section 8.2.2). */
export const CONNECTION_FIELDS: number = setOf(
  FIELD.connection,
  FIELD["keep-alive"],
  FIELD["proxy-connection"],
  FIELD["transfer-encoding"],
  FIELD.upgrade,
);

/** Completes `head`; the rule of HTTP/2 that it breaks, why it is refused otherwise, or null. */
export function completeRequestHead(
  head: RequestHead,
  built: HeadBuilder,
  endsStream: boolean,
): H2Fault | Violation | null {
  if (built.fault !== null) return built.fault;
  if (built.excess !== null) return { code: `limit.${built.excess}`, rule: null };
  head.majorVersion = 2;
  const fault = completeMethod(head, built) ?? completeTarget(head, built) ?? fieldFault(head);
  if (fault !== null) return fault;
  const violation = completeRequest(head, BODY.chunked);
  if (violation !== null) return violation.rule?.startsWith("contentLength") ? "contentLength" : violation;
  head.acceptsTrailers = head.fields.has(FIELD.te);
  return endsStream ? completeBodiless(head) : null;
}

function completeMethod(head: RequestHead, built: HeadBuilder): H2Fault | Violation | null {
  const { bytes } = head.fields;
  const start = built.pseudo[PSEUDO.method * 2]!;
  const end = built.pseudo[PSEUDO.method * 2 + 1]!;
  if (!built.hasPseudo(PSEUDO.method) || start === end) return "pseudoMissing";
  for (let at = start; at < end; at++) if ((CLASS[bytes[at]!]! & TCHAR) === 0) return "method";
  head.method = isGet(bytes, start, end) ? "GET" : bytes.toString("latin1", start, end);
  if (built.hasPseudo(PSEUDO.protocol)) return protocolFault(head, built);
  if (head.method === "TRACE") return NOT_SERVED;
  return head.method === "CONNECT" ? connectFault(built) : null;
}

/** RFC 8441 section 4: WebSocket is the one protocol that we know how to pass on. */
function protocolFault(head: RequestHead, built: HeadBuilder): H2Fault | Violation | null {
  if (head.method !== "CONNECT") return "pseudoForeign";
  const [start, end] = [built.pseudo[PSEUDO.protocol * 2]!, built.pseudo[PSEUDO.protocol * 2 + 1]!];
  return head.fields.bytes.toString("latin1", start, end) === "websocket" ? null : NOT_SERVED;
}

/** RFC 9113 section 8.5: only the authority. To open tunnels to anywhere is no gateway's business. */
function connectFault(built: HeadBuilder): H2Fault | Violation {
  if (built.hasPseudo(PSEUDO.scheme) || built.hasPseudo(PSEUDO.path)) return "pseudoForeign";
  return built.hasPseudo(PSEUDO.authority) ? NOT_SERVED : "pseudoMissing";
}

function completeTarget(head: RequestHead, built: HeadBuilder): H2Fault | null {
  if (!built.hasPseudo(PSEUDO.scheme) || !built.hasPseudo(PSEUDO.path)) return "pseudoMissing";
  const { bytes } = head.fields;
  const scheme = bytes.toString(
    "latin1",
    built.pseudo[PSEUDO.scheme * 2]!,
    built.pseudo[PSEUDO.scheme * 2 + 1]!,
  );
  head.isHttps = scheme === "https";
  if (!head.isHttps && scheme !== "http") return "scheme";
  const start = built.pathStart;
  const end = start + built.pseudo[PSEUDO.path * 2 + 1]! - built.pseudo[PSEUDO.path * 2]!;
  if (start === end) return "pseudoMissing";
  head.lineStart = built.lineStart;
  if (bytes[start] === ASTERISK && end - start === 1 && head.method === "OPTIONS") {
    head.targetForm = TARGET_FORM.asterisk;
    return null;
  }
  return completePath(head, start, end);
}

function completePath(head: RequestHead, start: number, end: number): H2Fault | null {
  const { bytes } = head.fields;
  if (bytes[start] !== SLASH) return "path";
  let at = start;
  while (at < end && (CLASS[bytes[at]!]! & PATH) !== 0) at++;
  head.targetStart = start;
  head.pathEnd = at;
  head.targetEnd = end;
  if (at < end && bytes[at] !== QUESTION) return "path";
  while (at < end && (CLASS[bytes[at]!]! & TARGET) !== 0) at++;
  return at < end ? "path" : null;
}

function fieldFault({ fields }: RequestHead): H2Fault | null {
  if ((fields.present & CONNECTION_FIELDS) !== 0) return "connectionField";
  if (fields.has(FIELD.te) && fields.get("te") !== "trailers") return "te";
  return null;
}

/** The stream has ended with its head: there is no body, whatever Content-Length says. */
function completeBodiless(head: RequestHead): H2Fault | null {
  const { framing } = head;
  if (framing.kind === BODY.length && framing.contentLength !== 0) return "contentLengthMismatch";
  framing.kind = BODY.none;
  head.expectContinue = false;
  return null;
}

/** Nearly all are. */
function isGet(bytes: Buffer, start: number, end: number): boolean {
  return end - start === 3 && bytes[start] === 0x47 && bytes[start + 1] === 0x45 && bytes[start + 2] === 0x54;
}

/** A fault as the answer to a request has it. */
export function violationOf(fault: H2Fault): Violation {
  return { code: "request.malformed", rule: ruleOf(fault) };
}

const NOT_SERVED: Violation = { code: "request.method", rule: null };
