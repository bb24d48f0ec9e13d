/**
 * Field lines (RFC 9112 section 5): `name ":" OWS value OWS CRLF`, until an empty line. Heads and trailers
 * of requests and answers are all read here. Nothing is repaired and no bad line is skipped.
 *
 * Lines that have their LF are read first: that LF is in no class of bytes, so the loops over names and values
 * need not ask whether they are at the end, which is a fifth of the time that a head takes.
 */
import { FIELD_STRIDE, type FieldBlock } from "../http/field-block.ts";
import { FIELD, fieldId } from "../http/field-names.ts";
import { CLASS, COLON, CR, HTAB, LF, NAME, SP, TCHAR, UNDERSCORE, VALUE } from "../http/grammar.ts";
import type { PeerFault } from "../http/peer-fault.ts";
import type { Window } from "./window.ts";

/** What `readFieldLines` answers when it neither needs data (`null`) nor met a fault. */
export const SECTION_END = "sectionEnd";
export type SectionResult = typeof SECTION_END | "fieldCount" | PeerFault | null;

/**
 * Reads whole lines into `block` from `window.pos` on, which moves behind each line read, and looks no
 * further than `end`. `null`: the next line is not complete before `end`. In one piece, table included: it is
 * where the time of a head goes, and a call for each field made it a tenth slower.
 */
export function readFieldLines(
  window: Window,
  end: number,
  block: FieldBlock,
  maxFields: number,
): SectionResult {
  const { bytes } = window;
  const stop = bytes[end - 1] === LF ? end : bytes.lastIndexOf(LF, end - 1) + 1;
  let { table, count } = block;
  let start = window.pos;
  block.bytes = bytes;
  while (start < stop) {
    let at = start;
    while ((CLASS[bytes[at]!]! & NAME) !== 0) at++;
    if (bytes[at] === UNDERSCORE) {
      block.hasLowLine = true;
      while ((CLASS[bytes[at]!]! & TCHAR) !== 0) at++;
    }
    if (bytes[at] !== COLON || at === start) return readNoField(window, block, start, at);
    const nameEnd = at++;
    if (bytes[at] === SP) at++;
    else block.isPlain = false;
    if (bytes[at] === SP || bytes[at] === HTAB) at = behindSpace(block, at);
    const valueStart = at;
    while ((CLASS[bytes[at]!]! & VALUE) !== 0) at++;
    const next = at + 2;
    if (bytes[at] !== CR || bytes[at + 1] !== LF) return valueFault(bytes[at]!);
    if (bytes[at - 1] === SP || bytes[at - 1] === HTAB) at = beforeSpace(block, valueStart, at);
    if (count === maxFields) return "fieldCount";
    const id = fieldId(bytes, start, nameEnd);
    if (id !== FIELD.other) block.note(id);
    const offset = count * FIELD_STRIDE;
    if (offset === table.length) table = block.grow();
    table[offset] = start;
    table[offset + 1] = nameEnd;
    table[offset + 2] = valueStart;
    table[offset + 3] = at;
    table[offset + 4] = id;
    block.count = ++count;
    start = next;
  }
  window.pos = start;
  return start < end ? checkUnfinished(window, start, end) : null;
}

/** The first byte at or behind `at` that is no white space. */
function behindSpace(block: FieldBlock, at: number): number {
  const { bytes } = block;
  let next = at;
  while (bytes[next] === SP || bytes[next] === HTAB) next++;
  block.isPlain = false;
  return next;
}

/** Where the value ends before the white space that ends at `end`; an empty one ends where it starts. */
function beforeSpace(block: FieldBlock, valueStart: number, end: number): number {
  const { bytes } = block;
  let at = end;
  while (at > valueStart && (bytes[at - 1] === SP || bytes[at - 1] === HTAB)) at--;
  if (at < end) block.isPlain = false;
  return at;
}

/** A line whose name ends at `at` without a colon: the empty one that ends the section, or a fault. */
function readNoField(window: Window, block: FieldBlock, start: number, at: number): SectionResult {
  const { bytes } = window;
  const fault = nameFault(bytes[at]!, at === start);
  if (fault !== null) return fault;
  if (bytes[at + 1] !== LF) return "bareCr";
  block.linesEnd = start;
  window.pos = start + 2;
  return SECTION_END;
}

/** Null when `byte`, which is no part of a name, may begin the empty line. */
function nameFault(byte: number, isFirst: boolean): PeerFault | null {
  if (byte === LF) return "bareLf";
  if (!isFirst) return "fieldName";
  if (byte === SP || byte === HTAB) return "obsFold";
  return byte === CR ? null : "fieldName";
}

/** `byte`, which is no part of a value, is not the CR of a CRLF. */
function valueFault(byte: number): PeerFault {
  if (byte === LF) return "bareLf";
  return byte === CR ? "bareCr" : "fieldValue";
}

/** A line that has no LF yet must already be right as far as it goes. */
function checkUnfinished(window: Window, start: number, end: number): PeerFault | null {
  const { bytes } = window;
  let at = start;
  while (at < end && (CLASS[bytes[at]!]! & TCHAR) !== 0) at++;
  if (at === end) return waitIn(window, TCHAR, end);
  if (bytes[at] === COLON && at > start) {
    at++;
    while (at < end && (CLASS[bytes[at]!]! & VALUE) !== 0) at++;
    if (at === end) return waitIn(window, VALUE, end);
    if (bytes[at] !== CR) return "fieldValue";
  } else {
    const fault = nameFault(bytes[at]!, at === start);
    if (fault !== null) return fault;
  }
  return at + 1 === end ? null : "bareCr";
}

function waitIn(window: Window, inClass: number, end: number): null {
  window.wait(inClass, end);
  return null;
}
