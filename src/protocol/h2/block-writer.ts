/** Header blocks to HEADERS and CONTINUATION frames (RFC 9113 section 4.3), and the fields of a FieldBlock into them. */
import { ByteSink } from "../../base/byte-sink.ts";
import { FIELD_STRIDE, type FieldBlock } from "../http/field-block.ts";
import type { AddedFields } from "../http/outbound-request.ts";
import { blockOf } from "../http/own-fields.ts";
import { putFrameHeader } from "./control-writer.ts";
import { FLAG, FRAME, FRAME_HEADER_BYTES } from "./frame.ts";
import type { HpackEncoder } from "./hpack/encoder.ts";

/** Leaves room for the frame's header, and gives where it belongs. */
export function beginBlock(sink: ByteSink, encoder: HpackEncoder): number {
  const at = sink.reserve(FRAME_HEADER_BYTES);
  sink.length = at + FRAME_HEADER_BYTES;
  encoder.begin(sink);
  return at;
}

/** All fields are written: now the header, and CONTINUATION for what one frame does not hold. */
export function endBlock(
  sink: ByteSink,
  at: number,
  streamId: number,
  endsStream: boolean,
  maxFrameBytes: number,
): void {
  const length = sink.length - at - FRAME_HEADER_BYTES;
  const end = endsStream ? FLAG.endStream : 0;
  if (length <= maxFrameBytes) {
    putFrameHeader(sink.bytes, at, length, FRAME.headers, FLAG.endHeaders | end, streamId);
    return;
  }
  const block = Buffer.from(sink.bytes.subarray(at + FRAME_HEADER_BYTES, sink.length));
  sink.length = at;
  for (let from = 0; from < length; from += maxFrameBytes) {
    const to = Math.min(length, from + maxFrameBytes);
    const flags = (from === 0 ? end : 0) | (to === length ? FLAG.endHeaders : 0);
    const header = sink.reserve(FRAME_HEADER_BYTES);
    const type = from === 0 ? FRAME.headers : FRAME.continuation;
    putFrameHeader(sink.bytes, header, to - from, type, flags, streamId);
    sink.length = header + FRAME_HEADER_BYTES;
    sink.range(block, from, to);
  }
}

/** Every field whose id is not in `dropped` (a set of bits). */
export function writeKeptFields(
  sink: ByteSink,
  encoder: HpackEncoder,
  block: FieldBlock,
  dropped: number,
): void {
  const { bytes, table, sensitive } = block;
  const end = block.count * FIELD_STRIDE;
  for (let at = 0; at < end; at += FIELD_STRIDE) {
    if (((dropped >>> table[at + 4]!) & 1) === 1) continue;
    const isSecret = sensitive.length > 0 && sensitive.includes(at / FIELD_STRIDE);
    encoder.field(sink, bytes, table[at]!, table[at + 1]!, table[at + 2]!, table[at + 3]!, isSecret);
  }
}

export function writeAdded(sink: ByteSink, encoder: HpackEncoder, added: AddedFields): void {
  if (added.fields.length === 0) return;
  added.block ??= blockOf(added.fields);
  writeKeptFields(sink, encoder, added.block, 0);
}

/** A field of our own whose value comes from elsewhere: where that is to be written, before `writeOwn`. */
export function beginOwn(name: Buffer): ByteSink {
  scratch.length = 0;
  scratch.all(name);
  return scratch;
}

/** Writes the field that `beginOwn` has begun. */
export function writeOwn(sink: ByteSink, encoder: HpackEncoder, name: Buffer): void {
  encoder.field(sink, scratch.bytes, 0, name.length, name.length, scratch.length, false);
}

const scratch = new ByteSink(256);
