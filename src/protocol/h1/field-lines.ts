/**
 * Field lines (RFC 9112 section 5): `name ":" OWS value OWS CRLF`, until an empty line. Heads and trailers
 * of requests and answers are all read here. Nothing is repaired and no bad line is skipped.
 */
import type { FieldBlock } from "../http/field-block.ts";
import { FIELD, FORGEABLE, FRAMING, fieldId, isIn } from "../http/field-names.ts";
import { CLASS, COLON, CR, HTAB, LF, LOW_LINE, SP, TCHAR, VALUE } from "../http/grammar.ts";
import type { PeerFault } from "../http/peer-fault.ts";
import type { CodecLimits } from "./limits.ts";
import type { Window } from "./window.ts";

/** What `readFieldLines` answers when it neither needs data (`null`) nor met a fault. */
export const SECTION_END = "sectionEnd";
export type SectionResult = typeof SECTION_END | "fieldCount" | PeerFault | null;

/**
 * Reads whole lines into `block` from `window.pos` on, which moves behind each line read. `null`: the
 * next line is not complete yet.
 */
export function readFieldLines(window: Window, block: FieldBlock, limits: CodecLimits): SectionResult {
  const { bytes, end } = window;
  block.bytes = bytes;
  for (;;) {
    const start = window.pos;
    if (start === end) return null;
    const first = bytes[start]!;
    if (first === CR) return readSectionEnd(window);
    if (first === SP || first === HTAB) return "obsFold";
    let at = start;
    let classes = 0;
    let kind = CLASS[first]!;
    while ((kind & TCHAR) !== 0) {
      classes |= kind;
      if (++at === end) return null;
      kind = CLASS[bytes[at]!]!;
    }
    if (bytes[at] !== COLON || at === start) return first === LF ? "bareLf" : "fieldName";
    const nameEnd = at++;
    while (at < end && (bytes[at] === SP || bytes[at] === HTAB)) at++;
    const valueStart = at;
    while (at < end && (CLASS[bytes[at]!]! & VALUE) !== 0) at++;
    if (at + 1 >= end) return at === end || bytes[at] === CR ? null : badByte(bytes[at]!);
    if (bytes[at] !== CR) return badByte(bytes[at]!);
    if (bytes[at + 1] !== LF) return "bareCr";
    window.pos = at + 2;
    while (at > valueStart && (bytes[at - 1] === SP || bytes[at - 1] === HTAB)) at--;
    if (block.count === limits.fieldCount) return "fieldCount";
    const id = fieldId(bytes, start, nameEnd);
    if ((classes & LOW_LINE) !== 0) {
      block.hasLowLine = true;
      if (id < 0 && isIn(FRAMING, -id)) return "fieldAlias";
    }
    block.add(start, nameEnd, valueStart, at, id >= 0 ? id : aliasId(-id));
  }
}

function readSectionEnd(window: Window): SectionResult {
  const { bytes, pos, end } = window;
  if (pos + 1 === end) return null;
  if (bytes[pos + 1] !== LF) return "bareCr";
  window.pos = pos + 2;
  return SECTION_END;
}

function badByte(byte: number): PeerFault {
  return byte === LF ? "bareLf" : "fieldValue";
}

function aliasId(id: number): number {
  return isIn(FORGEABLE, id) ? FIELD.alias : FIELD.other;
}
