/** Writes a request's head and trailers for an HTTP/2 upstream, whatever version they came in (RFC 9113 section 8.3.1). */
import type { ByteSink } from "../../base/byte-sink.ts";
import type { FieldBlock } from "../http/field-block.ts";
import { FIELD, HOP_BY_HOP, setOf } from "../http/field-names.ts";
import type { ForwardedClient, OutboundRequest } from "../http/outbound-request.ts";
import { blockOf } from "../http/own-fields.ts";
import { type RequestHead, TARGET_FORM } from "../http/request-head.ts";
import { asksWebSocket, WEB_SOCKET_KEY } from "../http/web-socket.ts";
import { beginBlock, beginOwn, endBlock, writeAdded, writeKeptFields, writeOwn } from "./block-writer.ts";
import type { HpackEncoder } from "./hpack/encoder.ts";

export function writeRequestHead(
  sink: ByteSink,
  encoder: HpackEncoder,
  streamId: number,
  request: OutboundRequest,
  scheme: "http" | "https",
  endsStream: boolean,
  maxFrameBytes: number,
): void {
  const { head } = request;
  const opensTunnel = asksWebSocket(head);
  const at = beginBlock(sink, encoder);
  writeMethod(sink, encoder, opensTunnel ? "CONNECT" : head.method);
  encoder.indexed(sink, scheme === "http" ? SCHEME_HTTP : SCHEME_HTTPS);
  writePath(sink, encoder, request);
  writeAuthority(sink, encoder, request);
  if (opensTunnel) writeProtocol(sink, encoder);
  const expect = head.expectContinue ? 0 : EXPECT;
  const fields = opensTunnel ? withoutKey(head.fields) : head.fields;
  writeKeptFields(sink, encoder, fields, NEVER_KEPT | request.dropped | expect);
  if (head.acceptsTrailers) writeKeptFields(sink, encoder, TE_TRAILERS, 0);
  writeForwarded(sink, encoder, request);
  writeAdded(sink, encoder, request.added);
  endBlock(sink, at, streamId, endsStream, maxFrameBytes);
}

function writeMethod(sink: ByteSink, encoder: HpackEncoder, method: string): void {
  if (method === "GET") encoder.indexed(sink, METHOD_GET);
  else if (method === "POST") encoder.indexed(sink, METHOD_POST);
  else {
    const bytes = Buffer.from(method, "latin1");
    encoder.named(sink, METHOD_GET, bytes, 0, bytes.length);
  }
}

/** The path is not put into the table: few are asked for twice, and they would push out what is. */
function writePath(sink: ByteSink, encoder: HpackEncoder, request: OutboundRequest): void {
  const { head } = request;
  if (request.target !== null) {
    const bytes = Buffer.from(request.target, "latin1");
    encoder.named(sink, PATH, bytes, 0, bytes.length);
  } else if (head.targetForm === TARGET_FORM.asterisk || isAsteriskLater(head)) {
    encoder.named(sink, PATH, ASTERISK, 0, 1);
  } else if (head.targetStart === head.pathEnd) {
    const rest = head.fields.bytes.toString("latin1", head.pathEnd, head.targetEnd);
    const bytes = Buffer.from(`/${rest}`, "latin1");
    encoder.named(sink, PATH, bytes, 0, bytes.length);
  } else encoder.named(sink, PATH, head.fields.bytes, head.targetStart, head.targetEnd);
}

/** RFC 8441 section 5: it proves nothing here. */
function withoutKey(fields: FieldBlock): FieldBlock {
  const kept = fields.copy();
  kept.endHere(WEB_SOCKET_KEY);
  return kept;
}

/** `OPTIONS http://host` asks of the server as a whole (RFC 9112 section 3.2.4). */
function isAsteriskLater(head: RequestHead): boolean {
  return head.method === "OPTIONS" && head.targetStart === head.targetEnd;
}

function writeAuthority(sink: ByteSink, encoder: HpackEncoder, request: OutboundRequest): void {
  const { head } = request;
  const value = beginOwn(AUTHORITY);
  if (head.authorityStart === head.authorityEnd) value.latin1(request.fallbackAuthority);
  else value.range(head.fields.bytes, head.authorityStart, head.authorityEnd);
  writeOwn(sink, encoder, AUTHORITY);
}

function writeProtocol(sink: ByteSink, encoder: HpackEncoder): void {
  beginOwn(PROTOCOL).latin1("websocket");
  writeOwn(sink, encoder, PROTOCOL);
}

function writeForwarded(sink: ByteSink, encoder: HpackEncoder, request: OutboundRequest): void {
  const { head } = request;
  writeClient(sink, encoder, request.forwarded);
  if (request.forwardedHost !== null || head.authorityStart < head.authorityEnd) {
    const value = beginOwn(FORWARDED_HOST);
    if (request.forwardedHost !== null) value.latin1(request.forwardedHost);
    else value.range(head.fields.bytes, head.authorityStart, head.authorityEnd);
    writeOwn(sink, encoder, FORWARDED_HOST);
  }
  request.requestId.writeTo(beginOwn(REQUEST_ID));
  writeOwn(sink, encoder, REQUEST_ID);
}

function writeClient(sink: ByteSink, encoder: HpackEncoder, client: ForwardedClient): void {
  client.block ??= blockOf([
    ["x-forwarded-for", client.address],
    ["x-forwarded-proto", client.proto],
  ]);
  writeKeptFields(sink, encoder, client.block, 0);
}

const NEVER_KEPT = HOP_BY_HOP | setOf(FIELD.forgedAlias, FIELD.host);
const EXPECT = 1 << FIELD.expect;
/** Numbers of the static table. */
const METHOD_GET = 2;
const METHOD_POST = 3;
const PATH = 4;
const SCHEME_HTTP = 6;
const SCHEME_HTTPS = 7;
const ASTERISK = Buffer.from("*");
const AUTHORITY = Buffer.from(":authority");
const PROTOCOL = Buffer.from(":protocol");
const FORWARDED_HOST = Buffer.from("x-forwarded-host");
const REQUEST_ID = Buffer.from("x-request-id");
const TE_TRAILERS = blockOf([["te", "trailers"]]);
