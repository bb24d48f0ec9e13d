/** How an answer looks on an HTTP/1.x client's wire: which framing, what is said in Connection, and the bytes. */
import type { Connection } from "../io/connection.ts";
import { writeChunkEnd, writeChunkStart, writeLastChunk } from "../protocol/h1/body-writer.ts";
import { writeResponseHead } from "../protocol/h1/response-writer.ts";
import type { FieldBlock } from "../protocol/http/field-block.ts";
import { FIELD } from "../protocol/http/field-names.ts";
import { BODY, type BodyKind } from "../protocol/http/framing.ts";
import { type AddedFields, NO_ADDED_FIELDS } from "../protocol/http/outbound-request.ts";
import type { OutboundResponse } from "../protocol/http/outbound-response.ts";
import type { RequestHead } from "../protocol/http/request-head.ts";
import type { ResponseHead } from "../protocol/http/response-head.ts";

/** A body of unknown length is chunked for those who understand it (RFC 9112 section 7), else ends with the connection. */
export function framingFor(head: ResponseHead, { method, minorVersion }: RequestHead): BodyKind {
  const { kind } = head.framing;
  if (kind === BODY.length || (kind === BODY.none && !isSilentlyEmpty(head, method))) return kind;
  return minorVersion === 1 ? BODY.chunked : BODY.untilClose;
}

/** HTTP/2 says by the end of a stream that a body is empty; here no word about it means that it lasts until the close. */
function isSilentlyEmpty({ status, fields }: ResponseHead, method: string): boolean {
  if (method === "HEAD" || status < 200 || status === 204 || status === 304) return false;
  return !fields.has(FIELD["content-length"]);
}

export function writeAnswerHead(
  to: Connection,
  head: ResponseHead,
  framing: BodyKind,
  connection: OutboundResponse["connection"],
  added: AddedFields = NO_ADDED_FIELDS,
): void {
  writeResponseHead(to.outbox(), { head, framing, connection, added });
}

export function writeAnswerData(
  to: Connection,
  framing: BodyKind,
  bytes: Buffer,
  start: number,
  end: number,
): void {
  if (framing !== BODY.chunked) {
    to.write(bytes, start, end);
    return;
  }
  writeChunkStart(to.outbox(), end - start);
  to.write(bytes, start, end);
  writeChunkEnd(to.outbox());
}

export function writeAnswerEnd(to: Connection, framing: BodyKind, trailers: FieldBlock | null): void {
  if (framing === BODY.chunked) writeLastChunk(to.outbox(), trailers);
}
