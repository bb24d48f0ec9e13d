/** Writes a request head for an HTTP/1.1 upstream (RFC 9112). */
import type { ByteSink } from "../../base/byte-sink.ts";
import { FIELD, HOP_BY_HOP, setOf } from "../http/field-names.ts";
import { BODY } from "../http/framing.ts";
import { ASTERISK, SLASH, SP } from "../http/grammar.ts";
import type { ForwardedClient, OutboundRequest } from "../http/outbound-request.ts";
import { type RequestHead, TARGET_FORM } from "../http/request-head.ts";
import { CRLF, isCopyable, linesStart, writeAdded, writeCopied, writeKeptFields } from "./field-writer.ts";

export function writeRequestHead(sink: ByteSink, request: OutboundRequest): void {
  const { head } = request;
  const { fields } = head;
  const copiesLine = isLineCopyable(request);
  if (!copiesLine) writeLine(sink, request);
  writeKeptFields(sink, fields, droppedFrom(request), copiesLine ? head.lineStart : linesStart(fields));
  if (head.targetForm === TARGET_FORM.absolute || !head.fields.has(FIELD.host)) writeHost(sink, request);
  writeConnection(sink, head);
  if (head.framing.kind === BODY.chunked) sink.all(CHUNKED);
  writeForwarded(sink, request);
  writeAdded(sink, request.added);
  sink.all(CRLF);
}

/** Whether the request line goes on as it came, in one copy with the fields behind it. */
function isLineCopyable(request: OutboundRequest): boolean {
  const { head } = request;
  if (request.target !== null || head.targetForm !== TARGET_FORM.origin) return false;
  return head.minorVersion === 1 && head.lineStart >= 0 && isCopyable(head.fields);
}

function writeLine(sink: ByteSink, request: OutboundRequest): void {
  sink.latin1(request.head.method);
  sink.byte(SP);
  writeTarget(sink, request);
  sink.all(VERSION_LINE);
}

/** RFC 9112 section 3.2.2: with an absolute target, Host is written anew from it. */
function droppedFrom(request: OutboundRequest): number {
  const { head } = request;
  const host = head.targetForm === TARGET_FORM.absolute ? HOST_FIELD : 0;
  return NEVER_KEPT | request.dropped | host | (head.expectContinue ? 0 : EXPECT);
}

function writeTarget(sink: ByteSink, request: OutboundRequest): void {
  const { head } = request;
  if (request.target !== null) sink.latin1(request.target);
  else if (head.targetForm === TARGET_FORM.asterisk || isAsteriskLater(head)) sink.byte(ASTERISK);
  else {
    if (head.targetStart === head.pathEnd) sink.byte(SLASH);
    sink.range(head.fields.bytes, head.targetStart, head.targetEnd);
  }
}

/** `OPTIONS http://host` asks of the server as a whole (RFC 9112 section 3.2.4). */
function isAsteriskLater(head: RequestHead): boolean {
  return head.method === "OPTIONS" && head.targetStart === head.targetEnd;
}

function writeHost(sink: ByteSink, request: OutboundRequest): void {
  const { head } = request;
  sink.all(HOST);
  if (head.authorityStart === head.authorityEnd) sink.latin1(request.fallbackAuthority);
  else sink.range(head.fields.bytes, head.authorityStart, head.authorityEnd);
  sink.all(CRLF);
}

function writeConnection(sink: ByteSink, head: RequestHead): void {
  if (head.upgrade) {
    sink.all(CONNECTION_UPGRADE);
    writeCopied(sink, UPGRADE, head.fields, head.fields.find(FIELD.upgrade));
  } else if (head.acceptsTrailers) sink.all(TE_TRAILERS);
}

function writeForwarded(sink: ByteSink, request: OutboundRequest): void {
  const { head } = request;
  writeClient(sink, request.forwarded);
  if (request.forwardedHost !== null) {
    sink.all(FORWARDED_HOST);
    sink.latin1(request.forwardedHost);
  } else if (head.authorityStart < head.authorityEnd) {
    sink.all(FORWARDED_HOST);
    sink.range(head.fields.bytes, head.authorityStart, head.authorityEnd);
  }
  sink.all(REQUEST_ID);
  request.requestId.writeTo(sink);
  sink.all(CRLF);
}

/** Kept as bytes from the second request on: a client with only one would pay more for the buffer. */
function writeClient(sink: ByteSink, client: ForwardedClient): void {
  if (client.encoded !== null) {
    sink.all(client.encoded);
    return;
  }
  const start = sink.length;
  sink.all(FORWARDED_FOR);
  sink.latin1(client.address);
  sink.all(FORWARDED_PROTO);
  sink.latin1(client.proto);
  if (client.seen) client.encoded = Buffer.from(sink.bytes.subarray(start, sink.length));
  client.seen = true;
}

const NEVER_KEPT = HOP_BY_HOP | setOf(FIELD.forgedAlias);
const HOST_FIELD = 1 << FIELD.host;
const EXPECT = 1 << FIELD.expect;
const VERSION_LINE = Buffer.from(" HTTP/1.1\r\n");
const HOST = Buffer.from("Host: ");
const CONNECTION_UPGRADE = Buffer.from("Connection: upgrade\r\n");
const UPGRADE = Buffer.from("Upgrade: ");
const TE_TRAILERS = Buffer.from("Connection: TE\r\nTE: trailers\r\n");
const CHUNKED = Buffer.from("Transfer-Encoding: chunked\r\n");
const FORWARDED_FOR = Buffer.from("X-Forwarded-For: ");
const FORWARDED_PROTO = Buffer.from("\r\nX-Forwarded-Proto: ");
const FORWARDED_HOST = Buffer.from("\r\nX-Forwarded-Host: ");
const REQUEST_ID = Buffer.from("\r\nX-Request-Id: ");
