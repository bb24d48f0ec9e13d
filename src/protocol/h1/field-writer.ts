/**
 * Copies field lines from a received block. When all of them have the common form (`name: value`, nothing
 * behind it), what lies between two dropped ones goes in one copy; else each is written anew.
 */
import type { ByteSink } from "../../base/byte-sink.ts";
import { FIELD_STRIDE, type FieldBlock } from "../http/field-block.ts";
import { COLON, CR, LF, SP } from "../http/grammar.ts";
import type { AddedFields } from "../http/outbound-request.ts";

/**
 * Writes every field whose id is not in `dropped` (a set of bits), each with its CRLF.
 * @param from where the bytes begin that are to be copied too if the lines are copied as they stand (see `isCopyable`)
 */
export function writeKeptFields(sink: ByteSink, block: FieldBlock, dropped: number, from: number): void {
  if (!isCopyable(block)) {
    writeEachField(sink, block, dropped);
    return;
  }
  const { bytes, table } = block;
  let runStart = from;
  if ((block.present & dropped) !== 0) {
    const end = block.count * FIELD_STRIDE;
    for (let at = 0; at < end; at += FIELD_STRIDE) {
      if (((dropped >>> table[at + 4]!) & 1) === 0) continue;
      const lineStart = table[at]!;
      if (lineStart > runStart) sink.range(bytes, runStart, lineStart);
      runStart = at + FIELD_STRIDE < end ? table[at + FIELD_STRIDE]! : block.linesEnd;
    }
  }
  if (runStart < block.linesEnd) sink.range(bytes, runStart, block.linesEnd);
}

/** Whether all lines stand one behind the other in the form in which we write them. */
export function isCopyable(block: FieldBlock): boolean {
  return block.isPlain && block.linesEnd > 0;
}

/** Where the first line of a copyable block begins. */
export function linesStart(block: FieldBlock): number {
  return block.count > 0 ? block.table[0]! : block.linesEnd;
}

function writeEachField(sink: ByteSink, block: FieldBlock, dropped: number): void {
  const { bytes, table } = block;
  const end = block.count * FIELD_STRIDE;
  for (let at = 0; at < end; at += FIELD_STRIDE) {
    if (((dropped >>> table[at + 4]!) & 1) === 1) continue;
    sink.range(bytes, table[at]!, table[at + 1]!);
    sink.all(COLON_SPACE);
    sink.range(bytes, table[at + 2]!, table[at + 3]!);
    sink.all(CRLF);
  }
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

const COLON_SPACE = Buffer.from([COLON, SP]);
export const CRLF: Buffer = Buffer.from([CR, LF]);
