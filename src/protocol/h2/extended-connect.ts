/**
 * A WebSocket over HTTP/2 (RFC 8441) as the rest of the proxy knows it from HTTP/1.1: a GET that asks for an upgrade, and
 * a 101 that grants it. The key, which HTTP/2 has no use for, only has to be well-formed there: it proves that the
 * server read it, to nobody.
 */
import { ByteSink } from "../../base/byte-sink.ts";
import { BODY } from "../http/framing.ts";
import { addLine } from "../http/own-fields.ts";
import type { ResponseHead } from "../http/response-head.ts";
import { WEB_SOCKET_ACCEPT, WEB_SOCKET_KEY } from "../http/web-socket.ts";
import type { HeldHead } from "./stream-record.ts";

/** What a client asks for. */
export function becomeUpgrade({ head, sink }: HeldHead): void {
  head.method = "GET";
  head.lineStart = -1;
  head.framing.kind = BODY.none;
  head.upgrade = true;
  head.upgradeTo = "websocket";
  const { fields } = head;
  addLine(fields, sink, "upgrade", "websocket");
  if (fields.get(WEB_SOCKET_KEY) === null)
    addLine(fields, sink, WEB_SOCKET_KEY, keyOf(sink.bytes, sink.length));
  fields.linesEnd = sink.length;
}

/**
 * What a target has granted with a 2xx; Content-Length means nothing there (RFC 9110 section 9.3.6).
 * @param accept what the client's key proves
 */
export function becomeSwitch(head: ResponseHead, accept: string): void {
  const { fields } = head;
  const sink = new ByteSink(fields.linesEnd + ADDED_BYTES);
  sink.range(fields.bytes, 0, fields.linesEnd);
  fields.endHere(WEB_SOCKET_ACCEPT);
  addLine(fields, sink, "upgrade", "websocket");
  addLine(fields, sink, WEB_SOCKET_ACCEPT, accept);
  fields.linesEnd = sink.length;
  head.status = 101;
  head.lineStart = -1;
  head.reasonStart = head.reasonEnd = 0;
  head.framing.kind = BODY.none;
}

/** Sixteen bytes that differ from request to request. */
function keyOf(bytes: Buffer, length: number): string {
  const key = Buffer.alloc(16);
  let hash = 0x811c9dc5;
  for (let at = 0; at < length; at++) {
    hash = Math.imul(hash ^ bytes[at]!, 0x01000193);
    key[at & 15]! ^= hash >>> 13;
  }
  return key.toString("base64");
}

const ADDED_BYTES = 128;
