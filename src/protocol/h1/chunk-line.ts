/**
 * The line before a chunk (RFC 9112 section 7.1): `1*HEXDIG *( ";" token [ "=" ( token / quoted-string ) ] ) CRLF`.
 * Extensions are checked and dropped. The bad white space that the RFC tolerates around `;` and `=` is
 * refused: parsers differ on it, which is how chunked bodies are smuggled.
 */
import {
  BACKSLASH,
  CLASS,
  CR,
  DQUOTE,
  EQUALS,
  HEX_VALUE,
  LF,
  QDTEXT,
  SEMICOLON,
  TCHAR,
  VALUE,
} from "../http/grammar.ts";
import type { PeerFault } from "../http/peer-fault.ts";
import type { Window } from "./window.ts";

/** The parsed line; reused. `extensionBytes` counts from the first `;` to before the CR. */
export interface ChunkLine {
  size: number;
  extensionBytes: number;
}

/** `null`: not complete yet. `CHUNK_LINE_END`: read, `window.pos` is behind it. */
export const CHUNK_LINE_END = "chunkLineEnd";
type ChunkLineResult = typeof CHUNK_LINE_END | PeerFault | null;

/** @param extensionLimit how many bytes of extensions this line may have */
export function readChunkLine(window: Window, line: ChunkLine, extensionLimit: number): ChunkLineResult {
  const { bytes, end, pos: start } = window;
  let at = start;
  let size = 0;
  for (; at < end; at++) {
    const digit = HEX_VALUE[bytes[at]!]!;
    if (digit > 15) break;
    size = size * 16 + digit;
    if (size > Number.MAX_SAFE_INTEGER || at - start === MAX_SIZE_DIGITS) return "chunkSizeOverflow";
  }
  if (at === end) return null;
  if (at === start) return bytes[at] === LF ? "bareLf" : "chunkSize";
  line.size = size;
  line.extensionBytes = 0;
  return bytes[at] === SEMICOLON
    ? readExtensions(window, at, line, extensionLimit)
    : readEnd(window, at, "chunkSize");
}

/** Looks no further than one byte behind the limit, so that the answer does not depend on what else has come. */
function readExtensions(window: Window, start: number, line: ChunkLine, limit: number): ChunkLineResult {
  const last = start + limit + 1;
  const at = extensionsEnd(window.bytes, start, Math.min(window.end, last));
  if (at === MALFORMED) return "chunkExtension";
  if (at === INCOMPLETE) return window.end >= last ? "chunkExtensionBytes" : null;
  line.extensionBytes = at - start;
  return readEnd(window, at, "chunkExtension");
}

/** CRLF at `at`, which is there; anything else breaks the rule of what stands before it. */
function readEnd(window: Window, at: number, rule: PeerFault): ChunkLineResult {
  const { bytes, end } = window;
  if (bytes[at] !== CR) return bytes[at] === LF ? "bareLf" : rule;
  if (at + 1 === end) return null;
  if (bytes[at + 1] !== LF) return "bareCr";
  window.pos = at + 2;
  return CHUNK_LINE_END;
}

/** Where the extensions end: at the first byte that is not part of one. */
function extensionsEnd(bytes: Buffer, semicolon: number, end: number): number {
  let at = semicolon;
  while (at < end && bytes[at] === SEMICOLON) {
    const nameStart = ++at;
    at = tokenEnd(bytes, at, end);
    if (at === end) return INCOMPLETE;
    if (at === nameStart) return MALFORMED;
    if (bytes[at] !== EQUALS) continue;
    at = valueEnd(bytes, at + 1, end);
    if (at < 0) return at;
  }
  return at === end ? INCOMPLETE : at;
}

function valueEnd(bytes: Buffer, start: number, end: number): number {
  if (start === end) return INCOMPLETE;
  if (bytes[start] === DQUOTE) return quotedEnd(bytes, start + 1, end);
  const at = tokenEnd(bytes, start, end);
  if (at === end) return INCOMPLETE;
  return at === start ? MALFORMED : at;
}

function quotedEnd(bytes: Buffer, start: number, end: number): number {
  let at = start;
  while (at < end) {
    const byte = bytes[at]!;
    if (byte === DQUOTE) return at + 1 === end ? INCOMPLETE : at + 1;
    if (byte === BACKSLASH) {
      if (at + 1 === end) return INCOMPLETE;
      if ((CLASS[bytes[at + 1]!]! & VALUE) === 0) return MALFORMED;
      at += 2;
    } else if ((CLASS[byte]! & QDTEXT) === 0) return MALFORMED;
    else at++;
  }
  return INCOMPLETE;
}

function tokenEnd(bytes: Buffer, start: number, end: number): number {
  let at = start;
  while (at < end && (CLASS[bytes[at]!]! & TCHAR) !== 0) at++;
  return at;
}

const INCOMPLETE = -1;
const MALFORMED = -2;
/** 2^53 has 14 digits; leading zeros are legal, a field of nothing but zeros is an attack. */
const MAX_SIZE_DIGITS = 16;
