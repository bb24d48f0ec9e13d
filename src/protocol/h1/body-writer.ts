/** Writes message bodies in the framing that the head announced. */
import type { ByteSink } from "../../base/byte-sink.ts";
import type { FieldBlock } from "../http/field-block.ts";
import { FIELD, FORGEABLE, HOP_BY_HOP, setOf } from "../http/field-names.ts";
import { CRLF, linesStart, writeKeptFields } from "./field-writer.ts";

/** The line before a chunk of `sizeBytes`; `writeChunkEnd` follows the data. A size of zero would end the body. */
export function writeChunkStart(sink: ByteSink, sizeBytes: number): void {
  if (sizeBytes === 0) throw new Error("a chunk without a byte");
  sink.hex(sizeBytes);
  sink.all(CRLF);
}

export function writeChunkEnd(sink: ByteSink): void {
  sink.all(CRLF);
}

/** The last chunk, trailers if there are any, and the empty line. Trailers vouch for nothing and frame nothing. */
export function writeLastChunk(sink: ByteSink, trailers: FieldBlock | null): void {
  if (trailers === null) {
    sink.all(LAST_CHUNK);
    return;
  }
  sink.all(ZERO_LINE);
  writeKeptFields(sink, trailers, NEVER_KEPT, linesStart(trailers));
  sink.all(CRLF);
}

const NEVER_KEPT = HOP_BY_HOP | FORGEABLE | setOf(FIELD.forgedAlias);
const LAST_CHUNK = Buffer.from("0\r\n\r\n");
const ZERO_LINE = Buffer.from("0\r\n");
