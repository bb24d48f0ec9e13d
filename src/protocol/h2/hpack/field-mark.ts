/**
 * What is worth knowing of a field, in one number that is worked out once and kept in the tables: its id (field-names.ts)
 * or which pseudo-field it is, and whether its name or its value breaks the grammar. A field that comes by
 * its index again costs no further look.
 */
import { FIELD, fieldId } from "../../http/field-names.ts";
import { CLASS, COLON, HTAB, NAME, SP, UNDERSCORE, VALUE } from "../../http/grammar.ts";

export const PSEUDO = { method: 0, scheme: 1, authority: 2, path: 3, status: 4, protocol: 5 } as const;
export const PSEUDO_COUNT = 6;

/** Set for a pseudo-field; which one is in the bits of `ID_BITS`. */
export const IS_PSEUDO = 0x40;
export const ID_BITS = 0x3f;
/** The name is no lower-case token, or begins with a colon and is no pseudo-field (RFC 9113 section 8.2). */
export const BAD_NAME = 0x100;
/** A control byte in the value, or white space around it (RFC 9113 section 8.2.1). */
export const BAD_VALUE = 0x200;
export const HAS_LOW_LINE = 0x400;

/** The mark of a name. */
export function nameMark(bytes: Buffer, start: number, end: number): number {
  if (bytes[start] === COLON) return pseudoMark(bytes, start, end);
  let mark = start === end ? BAD_NAME : 0;
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!;
    if ((LOWER_NAME[byte]! & NAME) !== 0) continue;
    mark |= byte === UNDERSCORE ? HAS_LOW_LINE : BAD_NAME;
  }
  return (mark & BAD_NAME) !== 0 ? mark : mark | fieldId(bytes, start, end);
}

/** What the value adds to it. An authority, a path and the like have rules of their own, looked at later. */
export function valueMark(bytes: Buffer, start: number, end: number): number {
  for (let at = start; at < end; at++) {
    if ((CLASS[bytes[at]!]! & VALUE) === 0) return BAD_VALUE;
  }
  return start < end && (isSpace(bytes[start]!) || isSpace(bytes[end - 1]!)) ? BAD_VALUE : 0;
}

function pseudoMark(bytes: Buffer, start: number, end: number): number {
  const which = PSEUDO_NAMES.indexOf(bytes.toString("latin1", start + 1, end));
  return which < 0 ? BAD_NAME | FIELD.other : IS_PSEUDO | which;
}

function isSpace(byte: number): boolean {
  return byte === SP || byte === HTAB;
}

const PSEUDO_NAMES: readonly string[] = Object.keys(PSEUDO);
/** RFC 9113 section 8.2.1: no upper-case letter stands in a name. */
const LOWER_NAME: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= 0x41 && byte <= 0x5a ? 0 : CLASS[byte]! & NAME,
);
