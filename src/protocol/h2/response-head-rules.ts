/** What must hold of an answer's header block as a whole (RFC 9113 section 8.3.2), and the ResponseHead that follows from it. */
import { BODY } from "../http/framing.ts";
import { CLASS, DIGIT } from "../http/grammar.ts";
import type { ResponseHead } from "../http/response-head.ts";
import type { H2Fault } from "./fault.ts";
import type { HeadBuilder } from "./head-builder.ts";
import { PSEUDO } from "./hpack/field-mark.ts";
import { CONNECTION_FIELDS } from "./request-head-rules.ts";

/** What an answer's meaning depends on of its request; a StreamRecord will do. */
export interface AskedStream {
  /** The request was HEAD. */
  readonly bodiless: boolean;
  readonly tunnel: "none" | "asked" | "open";
}

/** Completes `head`; the rule that it breaks, or null. */
export function completeResponseHead(
  head: ResponseHead,
  built: HeadBuilder,
  asked: AskedStream,
  endsStream: boolean,
): H2Fault | null {
  const fault = built.fault ?? completeStatus(head, built);
  if (fault !== null) return fault;
  const { fields, framing, status } = head;
  head.majorVersion = 2;
  head.lineStart = built.lineStart;
  head.reasonStart = head.reasonEnd = fields.bytes.length;
  if ((fields.present & CONNECTION_FIELDS) !== 0) return "connectionField";
  if (isGranted(asked, status)) {
    framing.kind = BODY.chunked;
    return null;
  }
  framing.read(fields, 1);
  if (framing.fault !== null) return "contentLength";
  if (status < 200 && endsStream) return "informational";
  const hasNone = asked.bodiless || status < 200 || status === 204 || status === 304;
  if (!hasNone && endsStream && framing.contentLength > 0) return "contentLengthMismatch";
  if (hasNone || (endsStream && framing.kind === BODY.none)) framing.kind = BODY.none;
  else if (framing.kind === BODY.none) framing.kind = BODY.chunked;
  return null;
}

/** Any 2xx makes the stream a tunnel, and has no body whose length could be told (RFC 9110 section 9.3.6). */
export function isGranted({ tunnel }: AskedStream, status: number): boolean {
  return tunnel === "asked" && status >= 200 && status < 300;
}

/** 101 is none of HTTP/2's (RFC 9113 section 8.6). */
function completeStatus(head: ResponseHead, built: HeadBuilder): H2Fault | null {
  if (!built.hasPseudo(PSEUDO.status)) return "pseudoMissing";
  const { bytes } = head.fields;
  const start = built.pseudo[PSEUDO.status * 2]!;
  if (built.pseudo[PSEUDO.status * 2 + 1]! - start !== 3) return "status";
  let status = 0;
  for (let at = start; at < start + 3; at++) {
    if ((CLASS[bytes[at]!]! & DIGIT) === 0) return "status";
    status = status * 10 + bytes[at]! - DIGIT_ZERO;
  }
  head.status = status;
  return status < 100 || status > 599 || status === 101 ? "status" : null;
}

const DIGIT_ZERO = 0x30;
