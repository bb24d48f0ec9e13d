/** Writes message bodies in the framing that the head announced. */
import type { ByteSink } from "../../base/byte-sink.ts";
import type { FieldBlock } from "../http/field-block.ts";
import { FORGEABLE, HOP_BY_HOP } from "../http/field-names.ts";
import { CRLF, writeKeptFields } from "./field-writer.ts";

/** The line before a chunk of `sizeBytes`; CHUNK_END follows the data. */
export function writeChunkStart(sink: ByteSink, sizeBytes: number): void {
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
  writeKeptFields(sink, trailers, HOP_BY_HOP | FORGEABLE);
  sink.all(CRLF);
}

const LAST_CHUNK = Buffer.from("0\r\n\r\n");
const ZERO_LINE = Buffer.from("0\r\n");
