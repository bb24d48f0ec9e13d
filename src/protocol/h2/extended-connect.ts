/**
 * A WebSocket over HTTP/2 (RFC 8441) as the rest of the proxy knows it from HTTP/1.1: a GET that asks for an upgrade. The
 * key, which HTTP/2 has no use for, only has to be well-formed there: it proves that the server read it, to nobody.
 */
import { FIELD, fieldId } from "../http/field-names.ts";
import { BODY } from "../http/framing.ts";
import type { HeldHead } from "./stream-record.ts";

export function becomeUpgrade({ head, sink }: HeldHead): void {
  head.method = "GET";
  head.lineStart = -1;
  head.framing.kind = BODY.none;
  head.upgrade = true;
  head.upgradeTo = "websocket";
  const { fields } = head;
  addLine("upgrade", "websocket");
  if (fields.get(KEY) === null) addLine(KEY, keyOf(sink.bytes, sink.length));
  fields.bytes = sink.bytes;
  fields.linesEnd = sink.length;

  function addLine(name: string, value: string): void {
    const start = sink.length;
    const valueStart = start + name.length + 2;
    sink.latin1(`${name}: ${value}\r\n`);
    const id = name === KEY ? FIELD.other : fieldId(sink.bytes, start, start + name.length);
    fields.add(start, start + name.length, valueStart, valueStart + value.length, id);
    fields.bytes = sink.bytes;
  }
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

const KEY = "sec-websocket-key";
