/**
 * Copies field lines from a received block. Neighbours that are kept and written in the common form
 * (`name: value`, nothing behind it) go in one copy; others are written anew.
 */
import type { ByteSink } from "../../base/byte-sink.ts";
import { FIELD_STRIDE, type FieldBlock } from "../http/field-block.ts";
import { COLON, CR, LF, SP } from "../http/grammar.ts";
import type { AddedFields } from "../http/outbound-request.ts";

/** Writes every field whose id is not in `dropped` (a set of bits), each with its CRLF. */
export function writeKeptFields(sink: ByteSink, block: FieldBlock, dropped: number): void {
  const { bytes, table } = block;
  const end = block.count * FIELD_STRIDE;
  let runStart = -1;
  let runEnd = -1;
  for (let at = 0; at < end; at += FIELD_STRIDE) {
    if (((dropped >>> table[at + 4]!) & 1) === 1) continue;
    const nameStart = table[at]!;
    const nameEnd = table[at + 1]!;
    const valueStart = table[at + 2]!;
    const lineEnd = table[at + 3]! + 2;
    const isCommon = valueStart === nameEnd + 2 && bytes[nameEnd + 1] === SP && bytes[lineEnd - 1] === LF;
    if (isCommon && nameStart === runEnd) {
      runEnd = lineEnd;
      continue;
    }
    if (runStart >= 0) sink.range(bytes, runStart, runEnd);
    runStart = runEnd = -1;
    if (isCommon) {
      runStart = nameStart;
      runEnd = lineEnd;
    } else writeField(sink, bytes, nameStart, nameEnd, valueStart, lineEnd - 2);
  }
  if (runStart >= 0) sink.range(bytes, runStart, runEnd);
}

export function writeAdded(sink: ByteSink, added: AddedFields): void {
  added.encoded ??= Buffer.from(
    added.fields.map(([name, value]) => `${name}: ${value}\r\n`).join(""),
    "latin1",
  );
  sink.all(added.encoded);
}

/** A value copied from a received block. */
export function writeCopied(sink: ByteSink, name: Buffer, block: FieldBlock, at: number): void {
  sink.all(name);
  sink.range(block.bytes, block.table[at + 2]!, block.table[at + 3]!);
  sink.all(CRLF);
}

function writeField(
  sink: ByteSink,
  bytes: Buffer,
  nameStart: number,
  nameEnd: number,
  valueStart: number,
  valueEnd: number,
): void {
  sink.range(bytes, nameStart, nameEnd);
  sink.all(COLON_SPACE);
  sink.range(bytes, valueStart, valueEnd);
  sink.all(CRLF);
}

const COLON_SPACE = Buffer.from([COLON, SP]);
export const CRLF: Buffer = Buffer.from([CR, LF]);
