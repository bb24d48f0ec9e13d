/**
 * The request line (RFC 9112 section 3): `method SP target SP HTTP/1.x CRLF`, single spaces, nothing else.
 * Fills the head's method, version and target ranges.
 */
import { hostEnd } from "../http/authority.ts";
import { equalsLower } from "../http/connection-options.ts";
import {
  ASTERISK,
  AT,
  CLASS,
  COLON,
  CR,
  LF,
  PATH,
  QUESTION,
  SLASH,
  SP,
  TARGET,
  TCHAR,
} from "../http/grammar.ts";
import type { PeerFault } from "../http/peer-fault.ts";
import { type RequestHead, TARGET_FORM } from "../http/request-head.ts";
import { requestFault, type Violation } from "../http/violation.ts";
import type { Window } from "./window.ts";

/** `null`: not complete before `end`. `LINE_END`: read. Otherwise why it is refused. */
export const LINE_END = "lineEnd";
type LineResult = typeof LINE_END | Violation | null;

export function readRequestLine(window: Window, end: number, head: RequestHead): LineResult {
  const { bytes, pos: start } = window;
  let at = start;
  while (at < end && (CLASS[bytes[at]!]! & TCHAR) !== 0) at++;
  if (at === end) return waitIn(window, TCHAR, end);
  if (bytes[at] !== SP || at === start) return requestFault(methodFault(bytes[at]!, at === start));
  const methodEnd = at;
  const targetStart = ++at;
  while (at < end && (CLASS[bytes[at]!]! & PATH) !== 0) at++;
  const pathEnd = at;
  if (at < end && bytes[at] === QUESTION) while (at < end && (CLASS[bytes[at]!]! & TARGET) !== 0) at++;
  if (at === end) return waitIn(window, pathEnd === end ? PATH : TARGET, end);
  if (bytes[at] !== SP || at === targetStart)
    return requestFault(targetFault(bytes[at]!, at === targetStart));
  const result = readVersion(window, at + 1, end, head);
  if (result === VERSION_FAULT && isNotHttp(bytes, targetStart, at)) return requestFault("notHttp");
  if (result !== LINE_END) return result;
  head.fields.bytes = bytes;
  head.method = methodName(bytes, start, methodEnd);
  head.lineStart = start;
  head.pathEnd = pathEnd;
  return readTarget(head, targetStart, at) ?? LINE_END;
}

function waitIn(window: Window, inClass: number, end: number): null {
  window.wait(inClass, end);
  return null;
}

function methodFault(byte: number, isFirst: boolean): PeerFault {
  if (byte === LF) return "bareLf";
  return byte === CR || isFirst ? "requestLine" : "method";
}

function targetFault(byte: number, isFirst: boolean): PeerFault {
  if (byte === LF) return "bareLf";
  return byte === CR || (isFirst && byte === SP) ? "requestLine" : "target";
}

/** `HTTP/` DIGIT `.` DIGIT CRLF at `at`. Versions other than 1.0 and 1.1 get 505 (RFC 9110 section 15.6.6). */
function readVersion(window: Window, at: number, end: number, head: RequestHead): LineResult {
  const { bytes } = window;
  const available = Math.min(end - at, VERSION_LINE.length);
  for (let i = 0; i < available; i++) {
    const byte = bytes[at + i]!;
    if (byte === VERSION_LINE[i] || ((i === MAJOR || i === MINOR) && isDigit(byte))) continue;
    const fault = versionFault(byte, i);
    return fault === "version" ? VERSION_FAULT : requestFault(fault);
  }
  if (available < VERSION_LINE.length) return null;
  const minor = bytes[at + MINOR]! - DIGIT_ZERO;
  if (bytes[at + MAJOR] !== DIGIT_ZERO + 1 || minor > 1) return { code: "request.version", rule: null };
  head.minorVersion = minor;
  window.pos = at + VERSION_LINE.length;
  return LINE_END;
}

/** Neither a target in some form but that of CONNECT (RFC 9112 section 3.2), nor anything like a version: just words. */
function isNotHttp(bytes: Buffer, targetStart: number, targetEnd: number): boolean {
  const first = bytes[targetStart];
  if (first === SLASH || first === ASTERISK || schemeLength(bytes, targetStart, targetEnd) !== 0)
    return false;
  const next = bytes[targetEnd + 1]!;
  return next >= UPPER_A && next <= UPPER_Z;
}

function versionFault(byte: number, index: number): PeerFault {
  if (byte === LF) return "bareLf";
  if (index === VERSION_LINE.length - 1) return "bareCr";
  return index > MINOR || byte === SP ? "requestLine" : "version";
}

/** Common methods share one string each, so that a request line makes no garbage. */
function methodName(bytes: Buffer, start: number, end: number): string {
  const guess = METHODS[((end - start) * 3 + bytes[start]!) & 31]!;
  if (guess.length === end - start && equals(bytes, start, guess)) return guess;
  return bytes.toString("latin1", start, end);
}

function equals(bytes: Buffer, start: number, text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    if (bytes[start + i] !== text.charCodeAt(i)) return false;
  }
  return true;
}

/** The four forms of RFC 9112 section 3.2. CONNECT, the only user of the authority form, is not served. */
function readTarget(head: RequestHead, start: number, end: number): Violation | null {
  const bytes = head.fields.bytes;
  if (head.method === "CONNECT" || head.method === "TRACE") return { code: "request.method", rule: null };
  head.targetStart = start;
  head.targetEnd = end;
  if (bytes[start] === SLASH) return null;
  if (bytes[start] !== ASTERISK || end - start !== 1) return readAbsolute(head, start);
  head.targetForm = TARGET_FORM.asterisk;
  head.targetStart = head.targetEnd = head.pathEnd = 0;
  return head.method === "OPTIONS" ? null : requestFault("targetForm");
}

/** `http://authority[/path][?query]`; an OPTIONS without a path is `OPTIONS *` (RFC 9112 section 3.2.4). */
function readAbsolute(head: RequestHead, start: number): Violation | null {
  const bytes = head.fields.bytes;
  const schemeEnd = start + schemeLength(bytes, start, head.pathEnd);
  if (schemeEnd <= start) return requestFault(schemeEnd === start ? "targetForm" : "targetScheme");
  let at = schemeEnd;
  while (at < head.pathEnd && bytes[at] !== SLASH) at++;
  head.targetForm = TARGET_FORM.absolute;
  head.isHttps = schemeEnd - start === HTTPS.length;
  head.targetStart = at;
  head.authorityStart = schemeEnd;
  head.authorityEnd = at;
  head.hostEnd = hostEnd(bytes, schemeEnd, at);
  if (head.hostEnd >= 0) return null;
  return requestFault(bytes.subarray(schemeEnd, at).includes(AT) ? "userinfo" : "host");
}

/** Of `http://` or `https://`; 0: there is none, -1: it is another. */
function schemeLength(bytes: Buffer, start: number, end: number): number {
  if (end - start >= HTTP.length && equalsLower(bytes, start, HTTP)) return HTTP.length;
  if (end - start >= HTTPS.length && equalsLower(bytes, start, HTTPS)) return HTTPS.length;
  let at = start;
  while (at < end && bytes[at] !== COLON) at++;
  return at + 2 < end && bytes[at + 1] === SLASH && bytes[at + 2] === SLASH ? -1 : 0;
}

function isDigit(byte: number): boolean {
  return byte >= DIGIT_ZERO && byte <= DIGIT_ZERO + 9;
}

function buildMethods(): readonly string[] {
  const table: string[] = new Array(32).fill("");
  for (const name of ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"]) {
    table[(name.length * 3 + name.charCodeAt(0)) & 31] = name;
  }
  return table;
}

const VERSION_FAULT: Violation = requestFault("version");
const DIGIT_ZERO = 0x30;
const UPPER_A = 0x41;
const UPPER_Z = 0x5a;
const VERSION_LINE = Buffer.from("HTTP/1.1\r\n", "latin1");
const MAJOR = 5;
const MINOR = 7;
const HTTP = "http://";
const HTTPS = "https://";
const METHODS = buildMethods();
