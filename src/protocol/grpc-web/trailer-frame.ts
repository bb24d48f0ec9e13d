/**
 * The trailers of a call as the last frame of its body, which is all that a browser can read of them (PROTOCOL-WEB of
 * gRPC): a byte with its highest bit set, four of length, and lines as in HTTP/1.1 with names in lower case.
 */
import { ByteSink } from "../../base/byte-sink.ts";
import { FIELD_STRIDE, type FieldBlock } from "../http/field-block.ts";
import { HOP_BY_HOP } from "../http/field-names.ts";
import { CR, LF, LOWER } from "../http/grammar.ts";

export function trailerFrame({ bytes, table, count }: FieldBlock): Buffer {
  const sink = new ByteSink(FIRST_BYTES);
  sink.length = sink.reserve(PREFIX_BYTES) + PREFIX_BYTES;
  for (let at = 0; at < count * FIELD_STRIDE; at += FIELD_STRIDE) {
    if (((HOP_BY_HOP >>> table[at + 4]!) & 1) === 1) continue;
    for (let i = table[at]!; i < table[at + 1]!; i++) sink.byte(LOWER[bytes[i]!]!);
    sink.latin1(": ");
    sink.range(bytes, table[at + 2]!, table[at + 3]!);
    sink.byte(CR);
    sink.byte(LF);
  }
  sink.bytes[0] = TRAILERS;
  sink.bytes.writeUInt32BE(sink.length - PREFIX_BYTES, 1);
  return sink.bytes.subarray(0, sink.length);
}

const TRAILERS = 0x80;
const PREFIX_BYTES = 5;
const FIRST_BYTES = 256;
