/**
 * The Connection field (RFC 9110 section 7.6.1): options for this hop, and names of fields that end here.
 * What it names is marked in the block, so that forwarding needs one look at each field's id.
 */
import type { FieldBlock } from "./field-block.ts";
import { FIELD_STRIDE } from "./field-block.ts";
import { FIELD, FORGEABLE, isIn } from "./field-names.ts";
import { CLASS, COMMA, HTAB, LOWER, SP, TCHAR } from "./grammar.ts";

export const OPTION = { close: 1, keepAlive: 2, upgrade: 4, te: 8 } as const;
/** `readConnection`'s answer when the field is not a list of tokens. */
export const BAD_CONNECTION = -1;

/** The options as bits of OPTION, or BAD_CONNECTION. Marks every field that is named. */
export function readConnection(fields: FieldBlock): number {
  if (!fields.has(FIELD.connection)) return 0;
  let options = 0;
  for (let field = 0; field < fields.count; field++) {
    const at = field * FIELD_STRIDE;
    if (fields.table[at + 4] !== FIELD.connection) continue;
    const found = readList(fields, fields.table[at + 2]!, fields.table[at + 3]!);
    if (found === BAD_CONNECTION) return BAD_CONNECTION;
    options |= found;
  }
  return options;
}

/** Empty list members are legal (RFC 9110 section 5.6.1). */
function readList(fields: FieldBlock, start: number, end: number): number {
  const bytes = fields.bytes;
  let options = 0;
  let at = start;
  while (at < end) {
    const byte = bytes[at]!;
    if (byte === COMMA || byte === SP || byte === HTAB) {
      at++;
      continue;
    }
    const tokenStart = at;
    while (at < end && (CLASS[bytes[at]!]! & TCHAR) !== 0) at++;
    if (at === tokenStart) return BAD_CONNECTION;
    options |= readOption(fields, tokenStart, at);
    while (at < end && (bytes[at] === SP || bytes[at] === HTAB)) at++;
    if (at < end && bytes[at] !== COMMA) return BAD_CONNECTION;
  }
  return options;
}

function readOption(fields: FieldBlock, start: number, end: number): number {
  const option = KNOWN[end - start];
  if (option !== undefined && equalsLower(fields.bytes, start, option.name)) return option.bit;
  if (end - start === 2 && equalsLower(fields.bytes, start, "te")) return OPTION.te;
  nominateAll(fields, fields.bytes.toString("latin1", start, end).toLowerCase());
  return 0;
}

/**
 * Fields that frame, route or vouch for the message cannot be made to disappear by naming them
 * (the trick of CVE-2022-31813).
 */
function nominateAll(fields: FieldBlock, lowerName: string): void {
  for (let field = 0; field < fields.count; field++) {
    const id = fields.table[field * FIELD_STRIDE + 4]!;
    if (id === FIELD.host || id === FIELD["content-length"] || isIn(FORGEABLE, id)) continue;
    if (id === FIELD["transfer-encoding"] || id === FIELD.connection) continue;
    if (fields.nameIs(field, lowerName)) fields.nominate(field);
  }
}

/** Whether the bytes from `start` on spell `lower`, letter case aside; the caller knows the length. */
export function equalsLower(bytes: Uint8Array, start: number, lower: string): boolean {
  for (let i = 0; i < lower.length; i++) {
    if (LOWER[bytes[start + i]!] !== lower.charCodeAt(i)) return false;
  }
  return true;
}

const KNOWN: Readonly<Record<number, { readonly name: string; readonly bit: number }>> = {
  5: { name: "close", bit: OPTION.close },
  7: { name: "upgrade", bit: OPTION.upgrade },
  10: { name: "keep-alive", bit: OPTION.keepAlive },
};
