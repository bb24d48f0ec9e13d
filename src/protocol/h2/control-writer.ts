/** Writes every frame that is neither a header block nor its DATA (RFC 9113 section 6). */
import type { ByteSink } from "../../base/byte-sink.ts";
import { FLAG, FRAME, FRAME_HEADER_BYTES } from "./frame.ts";

/** Writes a frame's header; its payload follows. */
export function writeFrameHeader(
  sink: ByteSink,
  length: number,
  type: number,
  flags: number,
  streamId: number,
): void {
  const at = sink.reserve(FRAME_HEADER_BYTES);
  putFrameHeader(sink.bytes, at, length, type, flags, streamId);
  sink.length = at + FRAME_HEADER_BYTES;
}

export function putFrameHeader(
  bytes: Buffer,
  at: number,
  length: number,
  type: number,
  flags: number,
  streamId: number,
): void {
  bytes[at] = length >>> 16;
  bytes[at + 1] = length >>> 8;
  bytes[at + 2] = length;
  bytes[at + 3] = type;
  bytes[at + 4] = flags;
  putUint32(bytes, at + 5, streamId);
}

export type Settings = readonly (readonly [id: number, value: number])[];

export function writeSettings(sink: ByteSink, settings: Settings): void {
  writeFrameHeader(sink, settings.length * 6, FRAME.settings, 0, 0);
  for (const [id, value] of settings) {
    sink.byte(id >>> 8);
    sink.byte(id);
    writeUint32(sink, value);
  }
}

export function writeSettingsAck(sink: ByteSink): void {
  writeFrameHeader(sink, 0, FRAME.settings, FLAG.ack, 0);
}

/** @param at where the eight bytes begin */
export function writePing(sink: ByteSink, bytes: Buffer, at: number, isAck: boolean): void {
  writeFrameHeader(sink, 8, FRAME.ping, isAck ? FLAG.ack : 0, 0);
  sink.range(bytes, at, at + 8);
}

export function writeReset(sink: ByteSink, streamId: number, code: number): void {
  writeFrameHeader(sink, 4, FRAME.rstStream, 0, streamId);
  writeUint32(sink, code);
}

/** @param streamId 0 for the connection */
export function writeWindowUpdate(sink: ByteSink, streamId: number, bytes: number): void {
  writeFrameHeader(sink, 4, FRAME.windowUpdate, 0, streamId);
  writeUint32(sink, bytes);
}

/** @param debug for whoever reads the peer's log */
export function writeGoaway(sink: ByteSink, lastStreamId: number, code: number, debug: string): void {
  writeFrameHeader(sink, 8 + debug.length, FRAME.goaway, 0, 0);
  writeUint32(sink, lastStreamId);
  writeUint32(sink, code);
  sink.latin1(debug);
}

export function writeDataHeader(sink: ByteSink, streamId: number, length: number, ends: boolean): void {
  writeFrameHeader(sink, length, FRAME.data, ends ? FLAG.endStream : 0, streamId);
}

function writeUint32(sink: ByteSink, value: number): void {
  const at = sink.reserve(4);
  putUint32(sink.bytes, at, value);
  sink.length = at + 4;
}

function putUint32(bytes: Buffer, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}
