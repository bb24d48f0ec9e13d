/** Writes an answer's head for an HTTP/1.x client (RFC 9112). The version is ours, the rest the upstream's. */
import type { ByteSink } from "../../base/byte-sink.ts";
import { FIELD, HOP_BY_HOP } from "../http/field-names.ts";
import { BODY } from "../http/framing.ts";
import type { OutboundResponse } from "../http/outbound-response.ts";
import type { ResponseHead } from "../http/response-head.ts";
import { CRLF, isCopyable, linesStart, writeAdded, writeCopied, writeKeptFields } from "./field-writer.ts";

export function writeResponseHead(sink: ByteSink, response: OutboundResponse): void {
  const { head } = response;
  writeStart(sink, head, droppedFrom(response));
  writeConnection(sink, response);
  if (response.framing === BODY.chunked) sink.all(CHUNKED);
  writeAdded(sink, response.added);
  sink.all(CRLF);
}

/** The status line and the kept fields, in one copy where they may go on as they came. */
function writeStart(sink: ByteSink, head: ResponseHead, dropped: number): void {
  const copiesLine = head.minorVersion === 1 && head.lineStart >= 0 && isCopyable(head.fields);
  if (!copiesLine) writeStatusLine(sink, head);
  writeKeptFields(sink, head.fields, dropped, copiesLine ? head.lineStart : linesStart(head.fields));
}

function writeStatusLine(sink: ByteSink, head: ResponseHead): void {
  sink.all(STATUS_LINES[head.status]!);
  sink.range(head.fields.bytes, head.reasonStart, head.reasonEnd);
  sink.all(CRLF);
}

/** An interim answer has neither body nor a say on the connection. */
export function writeInterimHead(sink: ByteSink, head: ResponseHead): void {
  writeStart(sink, head, HOP_BY_HOP | CONTENT_LENGTH);
  sink.all(CRLF);
}

/** RFC 9110 section 8.6: no Content-Length in 1xx and 204; nor where we chunk. */
function droppedFrom(response: OutboundResponse): number {
  const { status } = response.head;
  const dropsLength = status < 200 || status === 204 || response.framing === BODY.chunked;
  const dropsTrailer = response.framing !== BODY.chunked && response.head.framing.kind === BODY.chunked;
  return HOP_BY_HOP | (dropsLength ? CONTENT_LENGTH : 0) | (dropsTrailer ? TRAILER : 0);
}

function writeConnection(sink: ByteSink, response: OutboundResponse): void {
  const { head, connection } = response;
  const upgrade = connection === "upgrade" || needsUpgrade(head);
  if (connection === "close") sink.all(upgrade ? CONNECTION_CLOSE_UPGRADE : CONNECTION_CLOSE);
  else if (upgrade) sink.all(CONNECTION_UPGRADE);
  else if (connection === "keep-alive") sink.all(CONNECTION_KEEP_ALIVE);
  if (upgrade) writeCopied(sink, UPGRADE, head.fields, head.fields.find(FIELD.upgrade));
}

/** RFC 9110 section 15.5.22: 426 says to what the client must upgrade. */
function needsUpgrade(head: ResponseHead): boolean {
  return head.status === 426 && head.fields.has(FIELD.upgrade);
}

const CONTENT_LENGTH = 1 << FIELD["content-length"];
const TRAILER = 1 << FIELD.trailer;
/** `HTTP/1.1 200 ` and so on, for every status that is accepted. */
const STATUS_LINES: readonly Buffer[] = Array.from({ length: 600 }, (_, status) =>
  Buffer.from(`HTTP/1.1 ${status} `),
);
const CHUNKED = Buffer.from("Transfer-Encoding: chunked\r\n");
const CONNECTION_CLOSE = Buffer.from("Connection: close\r\n");
const CONNECTION_KEEP_ALIVE = Buffer.from("Connection: keep-alive\r\n");
const CONNECTION_UPGRADE = Buffer.from("Connection: upgrade\r\n");
const CONNECTION_CLOSE_UPGRADE = Buffer.from("Connection: close, upgrade\r\n");
const UPGRADE = Buffer.from("Upgrade: ");
