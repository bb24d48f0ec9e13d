/**
 * The status line (RFC 9112 section 4): `HTTP/1.x SP three digits SP [reason] CRLF`. The space before an
 * absent reason is often left out by servers; that is the one leniency.
 */
import { CLASS, CR, LF, SP, VALUE } from "../http/grammar.ts";
import type { PeerFault } from "../http/peer-fault.ts";
import type { ResponseHead } from "../http/response-head.ts";
import { responseFault, type Violation } from "../http/violation.ts";
import type { Window } from "./window.ts";

/** `null`: not complete before `end`. `STATUS_END`: read. Otherwise why it is refused. */
export const STATUS_END = "statusEnd";
type LineResult = typeof STATUS_END | Violation | null;

export function readStatusLine(window: Window, end: number, head: ResponseHead): LineResult {
  const { bytes, pos: start } = window;
  const available = Math.min(end - start, CODE_END);
  for (let i = 0; i < available; i++) {
    if (!fits(bytes[start + i]!, i)) return responseFault(faultAt(i));
  }
  if (available < CODE_END) return null;
  const status = statusCode(bytes, start + CODE_AT);
  if (status < 100 || status > 599) return responseFault("statusCode");
  head.status = status;
  head.minorVersion = bytes[start + MINOR]! - DIGIT_ZERO;
  return readReason(window, start, end, head);
}

function readReason(window: Window, start: number, end: number, head: ResponseHead): LineResult {
  const { bytes } = window;
  const codeEnd = start + CODE_END;
  if (codeEnd === end) return null;
  let at = codeEnd;
  if (bytes[at] === SP) {
    at++;
    while (at < end && (CLASS[bytes[at]!]! & VALUE) !== 0) at++;
    if (at === end) {
      window.wait(VALUE, end);
      return null;
    }
  }
  if (bytes[at] !== CR) return responseFault(bytes[at] === LF ? "bareLf" : "statusLine");
  if (at + 1 === end) return null;
  if (bytes[at + 1] !== LF) return responseFault("bareCr");
  head.lineStart = at > codeEnd ? start : -1;
  head.reasonStart = Math.min(codeEnd + 1, at);
  head.reasonEnd = at;
  window.pos = at + 2;
  return STATUS_END;
}

/** Whether `byte` may stand at this place of `HTTP/1.x SP ddd`. */
function fits(byte: number, index: number): boolean {
  if (index === MINOR) return byte === DIGIT_ZERO || byte === DIGIT_ZERO + 1;
  if (index < CODE_AT) return byte === PREFIX[index];
  return byte >= DIGIT_ZERO && byte <= DIGIT_ZERO + 9;
}

function faultAt(index: number): PeerFault {
  if (index >= CODE_AT) return "statusCode";
  return index <= MINOR ? "version" : "statusLine";
}

function statusCode(bytes: Buffer, at: number): number {
  return bytes[at]! * 100 + bytes[at + 1]! * 10 + bytes[at + 2]! - DIGIT_ZERO * 111;
}

const DIGIT_ZERO = 0x30;
const PREFIX = Buffer.from("HTTP/1.1 ", "latin1");
const MINOR = PREFIX.length - 2;
const CODE_AT = PREFIX.length;
const CODE_END = PREFIX.length + 3;
