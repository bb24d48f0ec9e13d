/** Writes an answer's heads and trailers for an HTTP/2 client, whatever version they came in. */
import type { ByteSink } from "../../base/byte-sink.ts";
import type { FieldBlock } from "../http/field-block.ts";
import { FIELD, FORGEABLE, HOP_BY_HOP, setOf } from "../http/field-names.ts";
import type { AddedFields } from "../http/outbound-request.ts";
import type { ResponseHead } from "../http/response-head.ts";
import { beginBlock, endBlock, writeAdded, writeKeptFields } from "./block-writer.ts";
import type { HpackEncoder } from "./hpack/encoder.ts";

export function writeResponseHead(
  sink: ByteSink,
  encoder: HpackEncoder,
  streamId: number,
  head: ResponseHead,
  endsStream: boolean,
  maxFrameBytes: number,
  added: AddedFields,
): void {
  const at = beginBlock(sink, encoder);
  writeStatus(sink, encoder, head.status);
  writeKeptFields(sink, encoder, head.fields, droppedFrom(head.status));
  writeAdded(sink, encoder, added);
  endBlock(sink, at, streamId, endsStream, maxFrameBytes);
}

/** The 101 of an upgrade, as an extended CONNECT is told of it (RFC 8441 section 5): 200, and the stream stays open. */
export function writeTunnelHead(
  sink: ByteSink,
  encoder: HpackEncoder,
  streamId: number,
  { fields }: ResponseHead,
  maxFrameBytes: number,
): void {
  const at = beginBlock(sink, encoder);
  writeStatus(sink, encoder, 200);
  const kept = fields.copy();
  for (let field = 0; field < kept.count; field++) {
    if (kept.nameIs(field, "sec-websocket-accept")) kept.nominate(field);
  }
  writeKeptFields(sink, encoder, kept, HOP_BY_HOP | CONTENT_LENGTH);
  endBlock(sink, at, streamId, false, maxFrameBytes);
}

/** Trailers vouch for nothing and frame nothing; they end the stream. */
export function writeTrailers(
  sink: ByteSink,
  encoder: HpackEncoder,
  streamId: number,
  trailers: FieldBlock,
  maxFrameBytes: number,
): void {
  const at = beginBlock(sink, encoder);
  writeKeptFields(sink, encoder, trailers, NEVER_IN_TRAILERS);
  endBlock(sink, at, streamId, true, maxFrameBytes);
}

function writeStatus(sink: ByteSink, encoder: HpackEncoder, status: number): void {
  const index = STATUS_INDEX[status];
  if (index !== undefined) encoder.indexed(sink, index);
  else encoder.named(sink, STATUS_NAME, DIGITS, status * 3, status * 3 + 3);
}

/** RFC 9110 section 8.6: no Content-Length in 1xx and 204. */
function droppedFrom(status: number): number {
  return status < 200 || status === 204 ? HOP_BY_HOP | CONTENT_LENGTH : HOP_BY_HOP;
}

const CONTENT_LENGTH = 1 << FIELD["content-length"];
const NEVER_IN_TRAILERS = HOP_BY_HOP | FORGEABLE | setOf(FIELD.forgedAlias);
/** Numbers of the static table. */
const STATUS_INDEX: Readonly<Record<number, number>> = {
  200: 8,
  204: 9,
  206: 10,
  304: 11,
  400: 12,
  404: 13,
  500: 14,
};
const STATUS_NAME = 8;
/** Three digits for every status. */
const DIGITS = Buffer.from(
  Array.from({ length: 600 }, (_, status) => String(status).padStart(3, "0")).join(""),
);
