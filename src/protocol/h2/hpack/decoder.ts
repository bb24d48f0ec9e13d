/**
 * Header blocks to fields (RFC 7541 section 6). Every field is written to its receiver as a line of HTTP/1.1, which is
 * how an HTTP/1.1 upstream gets it and how the tables keep it. What a block may cost is bounded by its receiver: once
 * that takes no more, fields are only counted, and decoded where the table needs them.
 */
import type { ByteSink } from "../../../base/byte-sink.ts";
import { COLON, CR, LF, SP } from "../../http/grammar.ts";
import { DynamicTable } from "./dynamic-table.ts";
import { BAD_VALUE, nameMark, valueMark } from "./field-mark.ts";
import { decodeHuffman } from "./huffman-decoder.ts";
import {
  STATIC_LINES,
  STATIC_MARK,
  STATIC_NAME_BYTES,
  STATIC_START,
  STATIC_VALUE_BYTES,
} from "./static-lines.ts";
import { STATIC_COUNT } from "./static-table.ts";

/** Takes the fields of one block. */
export interface FieldReceiver {
  /** Where the decoder writes a line that it does not have yet, before `addWritten`. */
  readonly sink: ByteSink;
  /** Nothing more is taken, but for `addDropped`. */
  readonly full: boolean;
  /** The line that begins at `start` of `lines`. */
  addLine(lines: Buffer, start: number, nameBytes: number, valueBytes: number, mark: number): void;
  /** The line that begins at `start` of the sink and is its last. */
  addWritten(start: number, nameBytes: number, valueBytes: number, mark: number, sensitive: boolean): void;
  /** A field that was not decoded. */
  addDropped(bytes: number): void;
}

export class HpackDecoder {
  readonly #table: DynamicTable;
  readonly #maxTableBytes: number;
  #at = 0;

  /** @param maxTableBytes what our SETTINGS_HEADER_TABLE_SIZE says */
  constructor(maxTableBytes: number) {
    this.#maxTableBytes = maxTableBytes;
    this.#table = new DynamicTable(maxTableBytes);
  }

  get tableBytes(): number {
    return this.#table.sizeBytes;
  }

  /** Reads a whole block; false when it is none, after which the connection cannot go on. */
  decode(bytes: Buffer, start: number, end: number, to: FieldReceiver): boolean {
    this.#at = start;
    let mayResize = true;
    while (this.#at < end) {
      const byte = bytes[this.#at]!;
      if ((byte & 0xe0) === 0x20) {
        if (!mayResize || !this.#resize(bytes, end)) return false;
        continue;
      }
      mayResize = false;
      const isRead =
        (byte & 0x80) !== 0 ? this.#readIndexed(bytes, end, to) : this.#readLiteral(bytes, end, to);
      if (!isRead) return false;
    }
    return true;
  }

  /** RFC 7541 section 6.3; never beyond what we have allowed. */
  #resize(bytes: Buffer, end: number): boolean {
    const size = this.#readInteger(bytes, end, 0x1f);
    if (size < 0 || size > this.#maxTableBytes) return false;
    this.#table.maxBytes = size;
    return true;
  }

  #readIndexed(bytes: Buffer, end: number, to: FieldReceiver): boolean {
    const index = this.#readInteger(bytes, end, 0x7f);
    if (index <= 0) return false;
    if (index <= STATIC_COUNT) {
      const nameBytes = STATIC_NAME_BYTES[index]!;
      to.addLine(
        STATIC_LINES,
        STATIC_START[index]!,
        nameBytes,
        STATIC_VALUE_BYTES[index]!,
        STATIC_MARK[index]!,
      );
      return true;
    }
    const table = this.#table;
    const number = table.added - (index - STATIC_COUNT);
    if (!table.has(number)) return false;
    to.addLine(
      table.lines,
      table.lineStart(number),
      table.nameBytes(number),
      table.valueBytes(number),
      table.mark(number),
    );
    return true;
  }

  /** With incremental indexing (01), without (0000) or never indexed (0001). */
  #readLiteral(bytes: Buffer, end: number, to: FieldReceiver): boolean {
    const first = bytes[this.#at]!;
    const indexing = (first & 0x40) !== 0;
    const index = this.#readInteger(bytes, end, indexing ? 0x3f : 0x0f);
    if (index < 0) return false;
    if (to.full && !indexing) return this.#skipLiteral(bytes, end, index, to);
    const { sink } = to;
    const start = sink.length;
    const mark = this.#readName(bytes, end, index, sink);
    if (mark < 0) return false;
    const nameBytes = sink.length - start;
    writeTwo(sink, COLON, SP);
    const valueStart = sink.length;
    if (!this.#readString(bytes, end, sink)) return false;
    const valueEnd = sink.length;
    writeTwo(sink, CR, LF);
    const whole = mark | valueMark(sink.bytes, valueStart, valueEnd);
    if (indexing) this.#table.add(sink.bytes, start, nameBytes, valueEnd - valueStart, whole);
    to.addWritten(start, nameBytes, valueEnd - valueStart, whole, (first & 0xf0) === 0x10);
    return true;
  }

  /** Writes the name and gives its mark; -1 when there is none. */
  #readName(bytes: Buffer, end: number, index: number, sink: ByteSink): number {
    const start = sink.length;
    if (index === 0)
      return this.#readString(bytes, end, sink) ? nameMark(sink.bytes, start, sink.length) : -1;
    if (index <= STATIC_COUNT) {
      const from = STATIC_START[index]!;
      sink.range(STATIC_LINES, from, from + STATIC_NAME_BYTES[index]!);
      return STATIC_MARK[index]! & ~BAD_VALUE;
    }
    const table = this.#table;
    const number = table.added - (index - STATIC_COUNT);
    if (!table.has(number)) return -1;
    const from = table.lineStart(number);
    sink.range(table.lines, from, from + table.nameBytes(number));
    return table.mark(number) & ~BAD_VALUE;
  }

  #readString(bytes: Buffer, end: number, sink: ByteSink): boolean {
    const isHuffman = (bytes[this.#at]! & 0x80) !== 0;
    const length = this.#readInteger(bytes, end, 0x7f);
    const start = this.#at;
    if (length < 0 || length > end - start) return false;
    this.#at = start + length;
    if (isHuffman) return decodeHuffman(bytes, start, start + length, sink);
    sink.range(bytes, start, start + length);
    return true;
  }

  #skipLiteral(bytes: Buffer, end: number, index: number, to: FieldReceiver): boolean {
    const start = this.#at;
    if (index === 0 && !this.#skipString(bytes, end)) return false;
    if (!this.#skipString(bytes, end)) return false;
    to.addDropped(this.#at - start);
    return true;
  }

  #skipString(bytes: Buffer, end: number): boolean {
    const length = this.#readInteger(bytes, end, 0x7f);
    if (length < 0 || length > end - this.#at) return false;
    this.#at += length;
    return true;
  }

  /** RFC 7541 section 5.1, from the bits of the byte at hand; -1 when it does not end or is beyond all sense. */
  #readInteger(bytes: Buffer, end: number, prefix: number): number {
    if (this.#at >= end) return -1;
    let value = bytes[this.#at++]! & prefix;
    if (value < prefix) return value;
    for (let shift = 0; shift <= MAX_SHIFT; shift += 7) {
      if (this.#at >= end) return -1;
      const byte = bytes[this.#at++]!;
      value += (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    return -1;
  }
}

function writeTwo(sink: ByteSink, first: number, second: number): void {
  const at = sink.reserve(2);
  sink.bytes[at] = first;
  sink.bytes[at + 1] = second;
  sink.length = at + 2;
}

/** Four bytes behind the first: up to 2^28, far more than any length or index that we take. */
const MAX_SHIFT = 21;
