/**
 * Fields to header blocks (RFC 7541 section 6). What is sent again is put into the table when it is seen for the second
 * time: a value that comes once (an etag, a request id) never pushes out one that comes with every message.
 * Sensitive fields are never put there, and say so to every hop behind us (section 7.1).
 */
import type { ByteSink } from "../../../base/byte-sink.ts";
import { LOWER } from "../../http/grammar.ts";
import { DynamicTable, ENTRY_OVERHEAD_BYTES } from "./dynamic-table.ts";
import { huffmanBytes, writeHuffman } from "./huffman-encoder.ts";
import { STATIC_LINES, STATIC_NAME_BYTES, STATIC_START, STATIC_VALUE_BYTES } from "./static-lines.ts";
import { STATIC_COUNT } from "./static-table.ts";

export class HpackEncoder {
  readonly #table: DynamicTable;
  /** Number of the entry that had this hash last; verified before use. */
  readonly #slots: Int32Array = new Int32Array(SLOTS).fill(-1);
  /** Hashes of fields that have been sent without being kept. */
  readonly #seen: Int32Array = new Int32Array(SLOTS);
  /** A size that the peer has to be told at the start of the next block; -1: none. */
  #smallestSize = -1;

  /** @param tableBytes the peer's SETTINGS_HEADER_TABLE_SIZE, as far as we want to use it */
  constructor(tableBytes: number = MAX_TABLE_BYTES) {
    this.#table = new DynamicTable(tableBytes);
  }

  /** The peer has changed its mind. The smallest size since the last block counts too (RFC 7541 section 4.2). */
  resize(peerBytes: number): void {
    const bytes = Math.min(peerBytes, MAX_TABLE_BYTES);
    if (bytes === this.#table.maxBytes && this.#smallestSize < 0) return;
    this.#smallestSize = this.#smallestSize < 0 ? bytes : Math.min(bytes, this.#smallestSize);
    this.#table.maxBytes = bytes;
  }

  /** Before the first field of a block. */
  begin(sink: ByteSink): void {
    if (this.#smallestSize < 0) return;
    if (this.#smallestSize < this.#table.maxBytes) writeInteger(sink, 0x20, 0x1f, this.#smallestSize);
    writeInteger(sink, 0x20, 0x1f, this.#table.maxBytes);
    this.#smallestSize = -1;
  }

  /** A field of the static table, by its number. */
  indexed(sink: ByteSink, index: number): void {
    sink.byte(0x80 | index);
  }

  /** A field whose name is that of an entry of the static table, and whose value is written out. */
  named(sink: ByteSink, index: number, bytes: Buffer, start: number, end: number): void {
    writeInteger(sink, 0, 0x0f, index);
    writeString(sink, bytes, start, end);
  }

  /** Any field; the name may have upper-case letters, which the wire does not. */
  field(
    sink: ByteSink,
    bytes: Buffer,
    nameStart: number,
    nameEnd: number,
    valueStart: number,
    valueEnd: number,
    sensitive: boolean,
  ): void {
    if (sensitive || isSensitive(bytes, nameStart, nameEnd)) {
      this.#literal(sink, 0x10, 0x0f, bytes, nameStart, nameEnd, valueStart, valueEnd);
      return;
    }
    const hash = hashOf(bytes, nameStart, nameEnd, valueStart, valueEnd);
    const slot = hash & (SLOTS - 1);
    const number = this.#slots[slot]!;
    if (this.#isEntry(number, bytes, nameStart, nameEnd, valueStart, valueEnd)) {
      writeInteger(sink, 0x80, 0x7f, STATIC_COUNT + this.#table.added - number);
    } else if (this.#seen[slot] !== hash) {
      this.#seen[slot] = hash;
      this.#literal(sink, 0, 0x0f, bytes, nameStart, nameEnd, valueStart, valueEnd);
    } else this.#keep(sink, slot, bytes, nameStart, nameEnd, valueStart, valueEnd);
  }

  #isEntry(
    number: number,
    bytes: Buffer,
    nameStart: number,
    nameEnd: number,
    valueStart: number,
    valueEnd: number,
  ): boolean {
    const table = this.#table;
    if (!table.has(number)) return false;
    const nameBytes = nameEnd - nameStart;
    if (table.nameBytes(number) !== nameBytes || table.valueBytes(number) !== valueEnd - valueStart)
      return false;
    const start = table.lineStart(number);
    const { lines } = table;
    for (let i = 0; i < nameBytes; i++) if (LOWER[bytes[nameStart + i]!] !== lines[start + i]) return false;
    return areSame(bytes, valueStart, valueEnd, lines, start + nameBytes + 2);
  }

  /** Sent now, known from now on. Written with Huffman, since it is written once. */
  #keep(
    sink: ByteSink,
    slot: number,
    bytes: Buffer,
    nameStart: number,
    nameEnd: number,
    valueStart: number,
    valueEnd: number,
  ): void {
    const table = this.#table;
    const nameBytes = nameEnd - nameStart;
    const valueBytes = valueEnd - valueStart;
    const fits = (nameBytes + valueBytes + ENTRY_OVERHEAD_BYTES) * 4 <= table.maxBytes;
    this.#literal(sink, fits ? 0x40 : 0, fits ? 0x3f : 0x0f, bytes, nameStart, nameEnd, valueStart, valueEnd);
    if (!fits) return;
    const line = lineOf(bytes, nameStart, nameEnd, valueStart, valueEnd);
    table.add(line, 0, nameBytes, valueBytes, 0);
    this.#slots[slot] = table.added - 1;
  }

  #literal(
    sink: ByteSink,
    pattern: number,
    prefix: number,
    bytes: Buffer,
    nameStart: number,
    nameEnd: number,
    valueStart: number,
    valueEnd: number,
  ): void {
    const index = staticName(bytes, nameStart, nameEnd);
    writeInteger(sink, pattern, prefix, index);
    if (index === 0) writeName(sink, bytes, nameStart, nameEnd);
    writeString(sink, bytes, valueStart, valueEnd);
  }
}

/** Four at a time: half the time of one after the other, and of a call into the runtime up to a hundred bytes. */
function areSame(some: Buffer, start: number, end: number, others: Buffer, from: number): boolean {
  let at = start;
  let to = from;
  for (; at + 3 < end; at += 4, to += 4) {
    const first = (some[at]! ^ others[to]!) | (some[at + 1]! ^ others[to + 1]!);
    const second = (some[at + 2]! ^ others[to + 2]!) | (some[at + 3]! ^ others[to + 3]!);
    if ((first | second) !== 0) return false;
  }
  for (; at < end; at++, to++) if (some[at] !== others[to]) return false;
  return true;
}

/** RFC 7541 section 5.1. */
function writeInteger(sink: ByteSink, pattern: number, prefix: number, value: number): void {
  if (value < prefix) {
    sink.byte(pattern | value);
    return;
  }
  sink.byte(pattern | prefix);
  let rest = value - prefix;
  for (; rest >= 0x80; rest >>>= 7) sink.byte(0x80 | (rest & 0x7f));
  sink.byte(rest);
}

/**
 * With Huffman where that is worth its time: it takes a fifth off, at two nanoseconds a byte, and of long strings there
 * are few.
 */
function writeString(sink: ByteSink, bytes: Buffer, start: number, end: number): void {
  const length = end - start;
  const coded =
    length < MIN_HUFFMAN_BYTES || length > MAX_HUFFMAN_BYTES ? length : huffmanBytes(bytes, start, end);
  if (coded < length) {
    writeInteger(sink, 0x80, 0x7f, coded);
    writeHuffman(sink, bytes, start, end);
  } else {
    writeInteger(sink, 0, 0x7f, length);
    sink.range(bytes, start, end);
  }
}

function writeName(sink: ByteSink, bytes: Buffer, start: number, end: number): void {
  writeInteger(sink, 0, 0x7f, end - start);
  const to = sink.reserve(end - start);
  for (let at = start; at < end; at++) sink.bytes[to + at - start] = LOWER[bytes[at]!]!;
  sink.length = to + end - start;
}

function lineOf(
  bytes: Buffer,
  nameStart: number,
  nameEnd: number,
  valueStart: number,
  valueEnd: number,
): Buffer {
  const nameBytes = nameEnd - nameStart;
  const line = Buffer.allocUnsafe(nameBytes + valueEnd - valueStart + 4);
  for (let i = 0; i < nameBytes; i++) line[i] = LOWER[bytes[nameStart + i]!]!;
  bytes.copy(line, nameBytes + 2, valueStart, valueEnd);
  return line;
}

/** Over lengths and a few places: what is found by it is compared byte for byte. */
function hashOf(
  bytes: Buffer,
  nameStart: number,
  nameEnd: number,
  valueStart: number,
  valueEnd: number,
): number {
  const length = valueEnd - valueStart;
  let hash = Math.imul((nameEnd - nameStart) | (length << 8), 0x9e3779b1);
  hash = Math.imul(hash ^ LOWER[bytes[nameStart]!]! ^ (LOWER[bytes[nameEnd - 1]!]! << 8), 0x85ebca6b);
  hash ^= LOWER[bytes[(nameStart + nameEnd) >>> 1]!]! << 16;
  const step = length < 2 * SAMPLES ? 1 : (length / SAMPLES) | 0;
  for (let at = valueEnd - 1; at >= valueStart; at -= step) hash = Math.imul(hash ^ bytes[at]!, 0x01000193);
  return hash ^ (hash >>> 15);
}

/** The first entry of the static table with this name, or 0. */
function staticName(bytes: Buffer, start: number, end: number): number {
  const length = end - start;
  for (
    let at = nameSlot(length, LOWER[bytes[start]!]!, LOWER[bytes[end - 2]!]!);
    NAME_SLOTS[at] !== 0;
    at++
  ) {
    const index = NAME_SLOTS[at]!;
    if (STATIC_NAME_BYTES[index] === length && isStaticName(index, bytes, start, length)) return index;
  }
  return 0;
}

function isStaticName(index: number, bytes: Buffer, start: number, length: number): boolean {
  const from = STATIC_START[index]!;
  for (let i = 0; i < length; i++) if (LOWER[bytes[start + i]!] !== STATIC_LINES[from + i]) return false;
  return true;
}

function isSensitive(bytes: Buffer, start: number, end: number): boolean {
  const length = end - start;
  if (length !== 6 && length !== 10 && length !== 13 && length !== 19) return false;
  const index = staticName(bytes, start, end);
  return SENSITIVE.has(index);
}

function nameSlot(length: number, first: number, lastButOne: number): number {
  return (length * 5 + first * 3 + lastButOne * 7) & (NAME_SLOT_COUNT - 1);
}

/** How much of the peer's table we use. */
export const MAX_TABLE_BYTES = 4096;
const SLOTS = 256;
const SAMPLES = 12;
const MIN_HUFFMAN_BYTES = 4;
const MAX_HUFFMAN_BYTES = 256;
const NAME_SLOT_COUNT = 128;
/** Open addressing, with room behind the last slot for those that did not find theirs. */
const NAME_SLOTS: Uint8Array = buildNameSlots();
const SENSITIVE: ReadonlySet<number> = new Set(
  ["cookie", "set-cookie", "authorization", "proxy-authorization"].map((name) => {
    const bytes = Buffer.from(name);
    return staticName(bytes, 0, bytes.length);
  }),
);

function buildNameSlots(): Uint8Array {
  const slots = new Uint8Array(NAME_SLOT_COUNT + STATIC_COUNT);
  for (let index = STATIC_COUNT; index > 0; index--) {
    const start = STATIC_START[index]!;
    const length = STATIC_NAME_BYTES[index]!;
    if (STATIC_VALUE_BYTES[index] !== 0 && isRepeatedName(index)) continue;
    let at = nameSlot(length, STATIC_LINES[start]!, STATIC_LINES[start + length - 2]!);
    while (slots[at] !== 0) at++;
    slots[at] = index;
  }
  return slots;
}

/** Of a name with several values, the first entry stands for it. */
function isRepeatedName(index: number): boolean {
  const start = STATIC_START[index]!;
  const length = STATIC_NAME_BYTES[index]!;
  return (
    index > 1 &&
    STATIC_NAME_BYTES[index - 1] === length &&
    isStaticName(index - 1, STATIC_LINES, start, length)
  );
}
