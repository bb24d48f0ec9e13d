/** Frames as a test writes and reads them: bytes in latin1 strings, none of it shared with the codec. */
import { FLAG, FRAME, PREFACE } from "../../src/protocol/h2/frame.ts";

export const HELLO: string = PREFACE.toString("latin1") + frame(FRAME.settings, 0, 0, "");

export function frame(type: number, flags: number, stream: number, payload: string): string {
  const length = payload.length;
  return (
    String.fromCharCode(length >>> 16, (length >>> 8) & 255, length & 255, type, flags) +
    uint32(stream) +
    payload
  );
}

export function uint32(value: number): string {
  return String.fromCharCode(value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255);
}

/** A block of literals without Huffman and without a table. */
export function block(fields: readonly (readonly [string, string])[]): string {
  return fields.map(([name, value]) => `\x10${string(name)}${string(value)}`).join("");
}

function string(text: string): string {
  if (text.length < 127) return String.fromCharCode(text.length) + text;
  let rest = text.length - 127;
  let prefix = "\x7f";
  for (; rest >= 128; rest >>>= 7) prefix += String.fromCharCode(128 | (rest & 127));
  return prefix + String.fromCharCode(rest) + text;
}

export type Fields = readonly (readonly [string, string])[];

export const GET: Fields = [
  [":method", "GET"],
  [":scheme", "http"],
  [":path", "/"],
  [":authority", "a.example"],
];
export const POST: Fields = [[":method", "POST"], ...GET.slice(1)];

export function headers(
  stream: number,
  fields: Fields = GET,
  { end = true, whole = true }: { end?: boolean; whole?: boolean } = {},
): string {
  const flags = (end ? FLAG.endStream : 0) | (whole ? FLAG.endHeaders : 0);
  return frame(FRAME.headers, flags, stream, block(fields));
}

export function data(stream: number, payload: string, end = false): string {
  return frame(FRAME.data, end ? FLAG.endStream : 0, stream, payload);
}

export function settings(...pairs: readonly (readonly [number, number])[]): string {
  return frame(
    FRAME.settings,
    0,
    0,
    pairs.map(([id, value]) => String.fromCharCode(0, id) + uint32(value)).join(""),
  );
}

export const SETTINGS_ACK: string = frame(FRAME.settings, FLAG.ack, 0, "");

export function windowUpdate(stream: number, bytes: number): string {
  return frame(FRAME.windowUpdate, 0, stream, uint32(bytes));
}

export function reset(stream: number, code = 8): string {
  return frame(FRAME.rstStream, 0, stream, uint32(code));
}

export function ping(payload = "12345678", ack = false): string {
  return frame(FRAME.ping, ack ? FLAG.ack : 0, 0, payload);
}

export interface ReadFrame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: string;
}

/** The whole frames at the start of a string. */
export function readFrames(bytes: string): ReadFrame[] {
  const frames: ReadFrame[] = [];
  for (let at = 0; at + 9 <= bytes.length; ) {
    const length = (bytes.charCodeAt(at) << 16) | (bytes.charCodeAt(at + 1) << 8) | bytes.charCodeAt(at + 2);
    if (at + 9 + length > bytes.length) break;
    frames.push({
      type: bytes.charCodeAt(at + 3),
      flags: bytes.charCodeAt(at + 4),
      stream: readUint32(bytes, at + 5),
      payload: bytes.slice(at + 9, at + 9 + length),
    });
    at += 9 + length;
  }
  return frames;
}

export function readUint32(bytes: string, at: number): number {
  return (
    ((bytes.charCodeAt(at) << 24) |
      (bytes.charCodeAt(at + 1) << 16) |
      (bytes.charCodeAt(at + 2) << 8) |
      bytes.charCodeAt(at + 3)) >>>
    0
  );
}

const NAMES: Readonly<Record<number, string>> = Object.fromEntries(
  Object.entries(FRAME).map(([name, type]) => [type, name]),
);

/** `goaway 1 1`: the last stream and the code; `rstStream 1 8`; `windowUpdate 0 100`; `settings`, `settings ack`. */
export function describeFrame({ type, flags, stream, payload }: ReadFrame): string {
  const name = NAMES[type] ?? `type ${type}`;
  switch (type) {
    case FRAME.goaway:
      return `${name} ${readUint32(payload, 0)} ${readUint32(payload, 4)}`;
    case FRAME.rstStream:
    case FRAME.windowUpdate:
      return `${name} ${stream} ${readUint32(payload, 0)}`;
    case FRAME.settings:
    case FRAME.ping:
      return (flags & FLAG.ack) !== 0 ? `${name} ack` : name;
    case FRAME.data:
      return `${name} ${stream} ${payload.length}${(flags & FLAG.endStream) !== 0 ? " end" : ""}`;
    default:
      return `${name} ${stream}${(flags & FLAG.endStream) !== 0 ? " end" : ""}`;
  }
}
