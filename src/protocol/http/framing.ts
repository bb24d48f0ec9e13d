/**
 * How long a message body is (RFC 9112 section 6.3), decided once from its fields. Whatever could be read
 * in two ways is a fault: the length of a message is the one thing on which all hops must agree.
 */
import type { FieldBlock } from "./field-block.ts";
import { FIELD } from "./field-names.ts";
import { CLASS, CR, DIGIT, LOWER, SP } from "./grammar.ts";
import type { PeerFault } from "./peer-fault.ts";

export const BODY = {
  none: 0,
  /** `contentLength` bytes. */
  length: 1,
  chunked: 2,
  /** An answer that ends when the connection does. */
  untilClose: 3,
} as const;

export type BodyKind = (typeof BODY)[keyof typeof BODY];

/** The parsed framing fields; `fault` wins over everything else. Reused, so that reading makes no garbage. */
export class Framing {
  kind: BodyKind = BODY.none;
  contentLength = 0;
  fault: PeerFault | null = null;

  /** Reads Content-Length and Transfer-Encoding. Without either, `kind` is `BODY.none`. */
  read(fields: FieldBlock, minorVersion: number): void {
    this.kind = BODY.none;
    this.contentLength = 0;
    this.fault = null;
    const hasCoding = fields.has(FIELD["transfer-encoding"]);
    const hasLength = fields.has(FIELD["content-length"]);
    if (hasCoding && hasLength) this.fault = "contentLengthAndTransferEncoding";
    else if (hasCoding) this.#readCoding(fields, minorVersion);
    else if (hasLength) this.#readLength(fields);
  }

  #readCoding(fields: FieldBlock, minorVersion: number): void {
    this.kind = BODY.chunked;
    const at = fields.find(FIELD["transfer-encoding"]);
    if (fields.isRepeated(FIELD["transfer-encoding"])) this.fault = "transferEncodingRepeated";
    else if (!isPlain(fields, at) || !isChunked(fields, at)) this.fault = "transferEncoding";
    else if (minorVersion === 0) this.fault = "transferEncodingVersion";
  }

  #readLength(fields: FieldBlock): void {
    this.kind = BODY.length;
    if (fields.isRepeated(FIELD["content-length"])) {
      this.fault = "contentLengthRepeated";
      return;
    }
    const at = fields.find(FIELD["content-length"]);
    this.contentLength = decimal(fields.bytes, fields.table[at + 2]!, fields.table[at + 3]!);
    if (this.contentLength === -1 || !isPlain(fields, at)) this.fault = "contentLength";
    else if (this.contentLength === OVERFLOW) this.fault = "contentLengthOverflow";
    else dropZeros(fields, at);
  }
}

/** Leading zeros are legal, but there are those who read `010` as eight: what goes on has none. */
function dropZeros(fields: FieldBlock, at: number): void {
  const { bytes, table } = fields;
  const last = table[at + 3]! - 1;
  while (table[at + 2]! < last && bytes[table[at + 2]!] === DIGIT_ZERO) {
    table[at + 2]!++;
    fields.isPlain = false;
  }
}

/** 1*DIGIT as a number; -1 when it is not that, `OVERFLOW` when it is beyond what a number holds exactly. */
export function decimal(bytes: Uint8Array, start: number, end: number): number {
  if (start === end) return -1;
  let value = 0;
  for (let i = start; i < end; i++) {
    const byte = bytes[i]!;
    if ((CLASS[byte]! & DIGIT) === 0) return -1;
    value = value * 10 + (byte - DIGIT_ZERO);
    if (value > Number.MAX_SAFE_INTEGER) value = OVERFLOW;
  }
  return value;
}

/**
 * Nothing or one space between colon and value, nothing behind it. RFC 9112 allows more; for the two fields
 * that decide the framing we do not, because odd white space there is how requests are smuggled.
 */
function isPlain(fields: FieldBlock, at: number): boolean {
  const { bytes, table } = fields;
  const colon = table[at + 1]!;
  const start = table[at + 2]!;
  const before = start === colon + 1 || (start === colon + 2 && bytes[colon + 1] === SP);
  return before && bytes[table[at + 3]!] === CR;
}

function isChunked(fields: FieldBlock, at: number): boolean {
  const start = fields.table[at + 2]!;
  if (fields.table[at + 3]! - start !== CHUNKED.length) return false;
  for (let i = 0; i < CHUNKED.length; i++) {
    if (LOWER[fields.bytes[start + i]!] !== CHUNKED.charCodeAt(i)) return false;
  }
  return true;
}

const DIGIT_ZERO = 0x30;
const CHUNKED = "chunked";
const OVERFLOW = Number.POSITIVE_INFINITY;
