/**
 * The request line (RFC 9112 section 3): `method SP target SP HTTP/1.x CRLF`, single spaces, nothing else.
 * Fills the head's method, version and target ranges.
 */
import { hostEnd } from "../http/authority.ts";
import { equalsLower } from "../http/connection-options.ts";
import {
  ASTERISK,
  AT,
  BACKSLASH,
  CLASS,
  CR,
  LF,
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

/** `null`: not complete yet. `LINE_END`: read. Otherwise why it is refused. */
export const LINE_END = "lineEnd";

export function readRequestLine(window: Window, head: RequestHead): typeof LINE_END | Violation | null {
  const { bytes, end, pos: start } = window;
  let at = start;
  while (at < end && (CLASS[bytes[at]!]! & TCHAR) !== 0) at++;
  if (at === end) return null;
  if (bytes[at] !== SP || at === start)
    return requestFault(lineFault(bytes[at]!, at === start ? "requestLine" : "method"));
  const methodEnd = at;
  const targetStart = ++at;
  while (at < end && (CLASS[bytes[at]!]! & TARGET) !== 0) at++;
  if (at === end) return null;
  if (bytes[at] !== SP || at === targetStart)
    return requestFault(targetFault(bytes[at]!, at === targetStart));
  const targetEnd = at++;
  const violation = readVersion(window, at, head);
  if (violation !== LINE_END) return violation;
  head.fields.bytes = bytes;
  head.method = methodName(bytes, start, methodEnd);
  return readTarget(head, targetStart, targetEnd) ?? LINE_END;
}

function lineFault(byte: number, otherwise: PeerFault): PeerFault {
  if (byte === LF) return "bareLf";
  return byte === CR ? "requestLine" : otherwise;
}

function targetFault(byte: number, isEmpty: boolean): PeerFault {
  if (byte === LF) return "bareLf";
  return isEmpty || byte === CR ? "requestLine" : "target";
}

/** `HTTP/` DIGIT `.` DIGIT CRLF at `at`. Versions other than 1.0 and 1.1 get 505 (RFC 9110 section 15.6.6). */
function readVersion(window: Window, at: number, head: RequestHead): typeof LINE_END | Violation | null {
  const { bytes, end } = window;
  const available = Math.min(end - at, VERSION_LINE.length);
  for (let i = 0; i < available; i++) {
    if (bytes[at + i] !== VERSION_LINE[i] && i !== MAJOR && i !== MINOR)
      return versionFault(bytes, at + i, i);
  }
  if (available < VERSION_LINE.length) return null;
  const major = bytes[at + MAJOR]! - 0x30;
  const minor = bytes[at + MINOR]! - 0x30;
  if (major < 0 || major > 9 || minor < 0 || minor > 9) return requestFault("version");
  if (major !== 1 || minor > 1) return { code: "request.version", rule: null };
  head.minorVersion = minor;
  window.pos = at + VERSION_LINE.length;
  return LINE_END;
}

function versionFault(bytes: Buffer, at: number, index: number): Violation {
  if (bytes[at] === LF) return requestFault("bareLf");
  if (index === VERSION_LINE.length - 1) return requestFault("bareCr");
  return requestFault(index > MINOR || bytes[at] === SP ? "requestLine" : "version");
}

/** Common methods share one string each, so that a request line makes no garbage. */
function methodName(bytes: Buffer, start: number, end: number): string {
  const guess = METHODS[((end - start) * 3 + bytes[start]!) & 31];
  if (guess !== undefined && guess.length === end - start && equals(bytes, start, guess)) return guess;
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
  if (bytes[start] === SLASH) {
    head.targetForm = TARGET_FORM.origin;
    return setPath(head, start, end);
  }
  if (bytes[start] === ASTERISK && end - start === 1) {
    head.targetForm = TARGET_FORM.asterisk;
    return head.method === "OPTIONS" ? null : requestFault("targetForm");
  }
  return readAbsolute(head, start, end);
}

function setPath(head: RequestHead, start: number, end: number): Violation | null {
  const bytes = head.fields.bytes;
  head.targetStart = start;
  head.targetEnd = head.pathEnd = end;
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!;
    if (byte === QUESTION) {
      head.pathEnd = at;
      return null;
    }
    // Some upstreams read `\` as `/`; browsers never send it in a path.
    if (byte === BACKSLASH) return requestFault("target");
  }
  return null;
}

/** `http://authority[/path][?query]`; an OPTIONS without a path is `OPTIONS *` (RFC 9112 section 3.2.4). */
function readAbsolute(head: RequestHead, start: number, end: number): Violation | null {
  const bytes = head.fields.bytes;
  const schemeEnd = end - start > 8 && equalsLower(bytes, start, "https://") ? start + 8 : start + 7;
  if (end - start <= 7 || !(schemeEnd === start + 8 || equalsLower(bytes, start, "http://"))) {
    return requestFault(bytes.toString("latin1", start, end).includes("://") ? "targetScheme" : "targetForm");
  }
  let at = schemeEnd;
  while (at < end && bytes[at] !== SLASH && bytes[at] !== QUESTION) at++;
  head.targetForm = TARGET_FORM.absolute;
  head.isHttps = schemeEnd === start + 8;
  head.authorityStart = schemeEnd;
  head.authorityEnd = at;
  head.hostEnd = hostEnd(bytes, schemeEnd, at);
  if (head.hostEnd < 0) return requestFault(hasUserinfo(bytes, schemeEnd, at) ? "userinfo" : "host");
  return setPath(head, at, end);
}

function hasUserinfo(bytes: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (bytes[at] === AT) return true;
  return false;
}

function buildMethods(): readonly (string | undefined)[] {
  const table: (string | undefined)[] = new Array(32).fill(undefined);
  for (const name of ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"]) {
    table[(name.length * 3 + name.charCodeAt(0)) & 31] = name;
  }
  return table;
}

const VERSION_LINE = Buffer.from("HTTP/1.1\r\n", "latin1");
const MAJOR = 5;
const MINOR = 7;
const METHODS = buildMethods();
