/**
 * The Connection field (RFC 9110 section 7.6.1): options for this hop, and names of fields that end here.
 * What it names is marked in the block, so that forwarding needs one look at each field's id.
 */
import { FIELD_STRIDE, type FieldBlock } from "./field-block.ts";
import { FIELD, FORGEABLE, isIn, setOf } from "./field-names.ts";
import { CLASS, COMMA, HTAB, LOWER, SP, TCHAR } from "./grammar.ts";

export const OPTION = { close: 1, keepAlive: 2, upgrade: 4, te: 8 } as const;
/** `readConnection`'s answer when the field is not a list of tokens, or an unreasonably long one. */
export const BAD_CONNECTION = -1;

/** The options of a head as bits of OPTION, or BAD_CONNECTION. Marks every field that is named. */
export function readConnection(fields: FieldBlock): number {
  return fields.has(FIELD.connection) ? readOptions(fields, fields) : 0;
}

/** Marks the trailers that the head's Connection names; they end here like header fields. */
export function nominateTrailers(head: FieldBlock, trailers: FieldBlock): void {
  if (head.has(FIELD.connection)) readOptions(head, trailers);
}

/** Whether the bytes from `start` on spell `lower`, letter case aside; the caller knows the length. */
export function equalsLower(bytes: Uint8Array, start: number, lower: string): boolean {
  for (let i = 0; i < lower.length; i++) {
    if (LOWER[bytes[start + i]!] !== lower.charCodeAt(i)) return false;
  }
  return true;
}

function readOptions(fields: FieldBlock, marked: FieldBlock): number {
  const { table } = fields;
  const end = fields.count * FIELD_STRIDE;
  let options = 0;
  let read = 0;
  for (let at = fields.find(FIELD.connection); at < end; at += FIELD_STRIDE) {
    if (table[at + 4] !== FIELD.connection) continue;
    const found = readList(fields, table[at + 2]!, table[at + 3]!, marked);
    if (found === BAD_CONNECTION) return BAD_CONNECTION;
    options |= found & OPTION_BITS;
    read += found >>> COUNT_SHIFT;
    if (read > MAX_OPTIONS) return BAD_CONNECTION;
    if (!fields.isRepeated(FIELD.connection)) break;
  }
  return options;
}

/** Bits of OPTION, and how many members there were above them. Empty ones are legal (RFC 9110 section 5.6.1). */
function readList(fields: FieldBlock, start: number, end: number, marked: FieldBlock): number {
  const { bytes } = fields;
  let options = 0;
  let count = 0;
  let at = start;
  while (at < end) {
    const byte = bytes[at]!;
    if (byte === COMMA || byte === SP || byte === HTAB) {
      at++;
      continue;
    }
    const tokenStart = at;
    while (at < end && (CLASS[bytes[at]!]! & TCHAR) !== 0) at++;
    if (at === tokenStart || ++count > MAX_OPTIONS) return BAD_CONNECTION;
    options |= readOption(bytes, tokenStart, at, marked);
    while (at < end && (bytes[at] === SP || bytes[at] === HTAB)) at++;
    if (at < end && bytes[at] !== COMMA) return BAD_CONNECTION;
  }
  return options | (count << COUNT_SHIFT);
}

/** `close` is an option and, for whoever sends a field of that name, a name. The other options name hop-by-hop fields. */
function readOption(bytes: Buffer, start: number, end: number, marked: FieldBlock): number {
  const length = end - start;
  if (length === 10 && equalsLower(bytes, start, "keep-alive")) return OPTION.keepAlive;
  if (length === 7 && equalsLower(bytes, start, "upgrade")) return OPTION.upgrade;
  if (length === 2 && equalsLower(bytes, start, "te")) return OPTION.te;
  nominateAll(marked, bytes, start, end);
  return length === 5 && equalsLower(bytes, start, "close") ? OPTION.close : 0;
}

/**
 * Fields that frame, route or vouch for the message cannot be made to disappear by naming them
 * (the trick of CVE-2022-31813).
 */
function nominateAll(fields: FieldBlock, bytes: Buffer, start: number, end: number): void {
  const { table, count } = fields;
  for (let field = 0; field < count; field++) {
    const at = field * FIELD_STRIDE;
    if (table[at + 1]! - table[at]! !== end - start || isIn(NEVER_NOMINATED, table[at + 4]!)) continue;
    if (sameToken(fields.bytes, table[at]!, bytes, start, end)) fields.nominate(field);
  }
}

function sameToken(bytes: Buffer, at: number, others: Buffer, start: number, end: number): boolean {
  for (let i = 0; i < end - start; i++) {
    if (LOWER[bytes[at + i]!] !== LOWER[others[start + i]!]) return false;
  }
  return true;
}

const NEVER_NOMINATED =
  FORGEABLE |
  setOf(
    FIELD.host,
    FIELD["content-length"],
    FIELD["transfer-encoding"],
    FIELD.connection,
    FIELD.forgedAlias,
    FIELD.framingAlias,
  );
const OPTION_BITS = 15;
const COUNT_SHIFT = 4;
/** A request has a handful. Each costs a look at all fields, so thousands would be an attack. */
const MAX_OPTIONS = 32;
