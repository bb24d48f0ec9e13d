/**
 * Host and the authority of an absolute target (RFC 9110 section 7.2, RFC 3986 section 3.2): a registered
 * name, an IPv4 address or an IPv6 literal, and an optional port. No userinfo, no escapes, nothing else.
 */
import { BRACKET_CLOSE, BRACKET_OPEN, CLASS, COLON, DIGIT, HEX, HOST } from "./grammar.ts";

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

function nameEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && (CLASS[bytes[at]!]! & HOST) !== 0) at++;
  return at;
}

/** Brackets around hexadecimal digits, colons and dots; zones and IPvFuture are refused. */
function literalEnd(bytes: Uint8Array, start: number, end: number): number {
  let colons = 0;
  for (let at = start + 1; at < end; at++) {
    const byte = bytes[at]!;
    if (byte === BRACKET_CLOSE) return colons >= 2 ? at + 1 : -1;
    if (byte === COLON) colons++;
    else if ((CLASS[byte]! & HEX) === 0 && byte !== 0x2e) return -1;
  }
  return -1;
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
