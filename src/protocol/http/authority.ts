/**
 * Host and the authority of an absolute target (RFC 9110 section 7.2, RFC 3986 section 3.2): a registered
 * name, an IPv4 address or an IPv6 literal, and an optional port. No userinfo, no escapes, nothing else.
 */
import { BRACKET_CLOSE, BRACKET_OPEN, CLASS, COLON, DIGIT, DOT, HEX, HOST } from "./grammar.ts";

/**
 * Where the host of `bytes[start, end)` ends (before `:port`), or -1 when it is not an authority.
 * An IPv6 literal keeps its brackets.
 */
export function hostEnd(bytes: Uint8Array, start: number, end: number): number {
  if (start === end) return -1;
  const after = bytes[start] === BRACKET_OPEN ? literalEnd(bytes, start, end) : nameEnd(bytes, start, end);
  if (after <= start || after === end) return after <= start ? -1 : after;
  return bytes[after] === COLON && isPort(bytes, after + 1, end) ? after : -1;
}

/** No empty label (RFC 1035 section 2.3.1); the last one may end with the root's dot. */
function nameEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && (CLASS[bytes[at]!]! & HOST) !== 0) {
    if (bytes[at] === DOT && (at === start || bytes[at - 1] === DOT)) return start;
    at++;
  }
  return at;
}

/** Zones (RFC 6874) and addresses of future versions are refused: neither has a meaning in Host. */
function literalEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = start + 1;
  while (at < end && bytes[at] !== BRACKET_CLOSE) at++;
  return at < end && isIPv6(bytes, start + 1, at) ? at + 1 : -1;
}

/** RFC 3986 section 3.2.2: eight groups of at most four digits, of which one run may be written `::`. */
function isIPv6(bytes: Uint8Array, start: number, end: number): boolean {
  let at = start;
  let groups = 0;
  let elided = false;
  if (bytes[at] === COLON && bytes[at + 1] === COLON) {
    elided = true;
    at += 2;
  }
  while (at < end) {
    const groupEnd = hexEnd(bytes, at, end);
    if (bytes[groupEnd] === DOT) return isIPv4(bytes, at, end) && hasEight(groups + 2, elided);
    if (groupEnd === at || groupEnd - at > 4) return false;
    groups++;
    if (groupEnd === end) break;
    if (bytes[groupEnd] !== COLON || groupEnd + 1 === end) return false;
    at = groupEnd + 1;
    if (bytes[at] !== COLON) continue;
    if (elided) return false;
    elided = true;
    at++;
  }
  return hasEight(groups, elided);
}

function hasEight(groups: number, elided: boolean): boolean {
  return elided ? groups < 8 : groups === 8;
}

function hexEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && (CLASS[bytes[at]!]! & HEX) !== 0) at++;
  return at;
}

/** Four numbers below 256 without leading zeros, which some read as octal. */
function isIPv4(bytes: Uint8Array, start: number, end: number): boolean {
  const text = String.fromCharCode(...bytes.subarray(start, end));
  return /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/.test(text);
}

/** *DIGIT up to 65535; an empty port is legal (RFC 3986 section 3.2.3). */
function isPort(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start > 5) return false;
  let port = 0;
  for (let at = start; at < end; at++) {
    if ((CLASS[bytes[at]!]! & DIGIT) === 0) return false;
    port = port * 10 + (bytes[at]! - 0x30);
  }
  return port <= 65_535;
}
