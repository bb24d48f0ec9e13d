/**
 * Field lines (RFC 9112 section 5): `name ":" OWS value OWS CRLF`, until an empty line. Heads and trailers
 * of requests and answers are all read here. Nothing is repaired and no bad line is skipped.
 */
import type { FieldBlock } from "../http/field-block.ts";
import { fieldId } from "../http/field-names.ts";
import { CLASS, COLON, CR, HTAB, LF, NAME, SP, TCHAR, UNDERSCORE, VALUE } from "../http/grammar.ts";
import type { PeerFault } from "../http/peer-fault.ts";
import type { Window } from "./window.ts";

/** What `readFieldLines` answers when it neither needs data (`null`) nor met a fault. */
export const SECTION_END = "sectionEnd";
export type SectionResult = typeof SECTION_END | "fieldCount" | PeerFault | null;

/**
 * Reads whole lines into `block` from `window.pos` on, which moves behind each line read, and looks no
 * further than `end`. `null`: the next line is not complete before `end`.
 */
export function readFieldLines(
  window: Window,
  end: number,
  block: FieldBlock,
  maxFields: number,
): SectionResult {
  const { bytes } = window;
  block.bytes = bytes;
  for (;;) {
    const start = window.pos;
    let at = start;
    while (at < end && (CLASS[bytes[at]!]! & NAME) !== 0) at++;
    if (at < end && bytes[at] === UNDERSCORE) {
      block.hasLowLine = true;
      while (at < end && (CLASS[bytes[at]!]! & TCHAR) !== 0) at++;
    }
    if (at === end) return waitIn(window, TCHAR, end);
    if (bytes[at] !== COLON || at === start)
      return at === start ? readNoName(window, end) : nameFault(bytes[at]!);
    const nameEnd = at++;
    while (at < end && (bytes[at] === SP || bytes[at] === HTAB)) at++;
    const valueStart = at;
    while (at < end && (CLASS[bytes[at]!]! & VALUE) !== 0) at++;
    if (at === end) return waitIn(window, VALUE, end);
    if (bytes[at] !== CR) return bytes[at] === LF ? "bareLf" : "fieldValue";
    if (at + 1 === end) return null;
    if (bytes[at + 1] !== LF) return "bareCr";
    if (block.count === maxFields) return "fieldCount";
    window.pos = at + 2;
    while (at > valueStart && (bytes[at - 1] === SP || bytes[at - 1] === HTAB)) at--;
    block.add(start, nameEnd, valueStart, at, fieldId(bytes, start, nameEnd));
  }
}

/** A line without a name: the empty one that ends the section, or a fault. */
function readNoName(window: Window, end: number): SectionResult {
  const { bytes, pos } = window;
  const first = bytes[pos]!;
  if (first === SP || first === HTAB) return "obsFold";
  if (first !== CR) return nameFault(first);
  if (pos + 1 === end) return null;
  if (bytes[pos + 1] !== LF) return "bareCr";
  window.pos = pos + 2;
  return SECTION_END;
}

function nameFault(byte: number): PeerFault {
  return byte === LF ? "bareLf" : "fieldName";
}

function waitIn(window: Window, inClass: number, end: number): null {
  window.wait(inClass, end);
  return null;
}
