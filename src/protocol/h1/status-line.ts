/**
 * The status line (RFC 9112 section 4): `HTTP/1.x SP three digits SP [reason] CRLF`. The space before an
 * absent reason is often left out by servers; that is the one leniency.
 */
import { CLASS, CR, DIGIT, LF, SP, VALUE } from "../http/grammar.ts";
import type { ResponseHead } from "../http/response-head.ts";
import { responseFault, type Violation } from "../http/violation.ts";
import type { Window } from "./window.ts";

/** `null`: not complete yet. `STATUS_END`: read. Otherwise why it is refused. */
export const STATUS_END = "statusEnd";

export function readStatusLine(window: Window, head: ResponseHead): typeof STATUS_END | Violation | null {
  const { bytes, end, pos: start } = window;
  const prefix = Math.min(end - start, PREFIX.length);
  for (let i = 0; i < prefix; i++) {
    if (bytes[start + i] !== PREFIX[i])
      return responseFault(i < PREFIX.length - 1 ? "version" : "statusLine");
  }
  if (end - start < CODE_END) return null;
  const minor = bytes[start + PREFIX.length]! - 0x30;
  if (minor !== 0 && minor !== 1) return responseFault("version");
  if (bytes[start + PREFIX.length + 1] !== SP) return responseFault("statusLine");
  const status = threeDigits(bytes, start + PREFIX.length + 2);
  if (status < 100 || status > 599) return responseFault("statusCode");
  return readReason(window, start + CODE_END, status, minor, head);
}

function readReason(
  window: Window,
  codeEnd: number,
  status: number,
  minor: number,
  head: ResponseHead,
): typeof STATUS_END | Violation | null {
  const { bytes, end } = window;
  if (codeEnd === end) return null;
  if (bytes[codeEnd] !== SP && bytes[codeEnd] !== CR) return responseFault("statusLine");
  const reasonStart = bytes[codeEnd] === SP ? codeEnd + 1 : codeEnd;
  let at = reasonStart;
  while (at < end && (CLASS[bytes[at]!]! & VALUE) !== 0) at++;
  if (at === end) return null;
  if (bytes[at] !== CR) return responseFault(bytes[at] === LF ? "bareLf" : "statusLine");
  if (at + 1 === end) return null;
  if (bytes[at + 1] !== LF) return responseFault("bareCr");
  head.status = status;
  head.minorVersion = minor;
  head.reasonStart = reasonStart;
  head.reasonEnd = at;
  window.pos = at + 2;
  return STATUS_END;
}

function threeDigits(bytes: Buffer, at: number): number {
  let value = 0;
  for (let i = at; i < at + 3; i++) {
    if ((CLASS[bytes[i]!]! & DIGIT) === 0) return -1;
    value = value * 10 + (bytes[i]! - 0x30);
  }
  return value;
}

const PREFIX = Buffer.from("HTTP/1.", "latin1");
/** Offset behind the three digits. */
const CODE_END = PREFIX.length + 5;
