/** From an HTTP/2 codec to its socket: what both sides of the proxy do alike. */
import type { Connection } from "../io/connection.ts";
import type { ConnectionReader } from "../protocol/h2/connection-reader.ts";
import { writeDataHeader } from "../protocol/h2/control-writer.ts";
import { MIN_MAX_FRAME_BYTES } from "../protocol/h2/frame.ts";
import type { StreamRecord } from "../protocol/h2/stream-record.ts";
import type { FrameOut } from "./frame-out.ts";
import { sendUncopied } from "./uncopied-frames.ts";

/** Larger ones, where the peer allows them, hold up the other streams. */
export const MAX_FRAME_BYTES: number = MIN_MAX_FRAME_BYTES;

/** Frames that the reader has written to be sent. */
export function sendControl<T>(out: FrameOut, { control }: ConnectionReader<T>): void {
  if (control.length === 0) return;
  out.sink.range(control.bytes, 0, control.length);
  control.length = 0;
}

/**
 * DATA as far as both windows and the socket go; up to where that was.
 * @param ends the last of the bytes ends the stream
 */
export function sendData<T>(
  connection: Connection,
  out: FrameOut,
  reader: ConnectionReader<T>,
  record: StreamRecord<T>,
  bytes: Buffer,
  start: number,
  end: number,
  ends: boolean,
): number {
  const { send } = reader;
  let at = start;
  while (at < end && !connection.blocked) {
    const most = Math.min(end - at, record.send.bytes, send.bytes);
    if (most <= 0) break;
    const isLarge = most >= UNCOPIED_BYTES && connection.takesPieces;
    const mayEnd = ends && at + most === end;
    const next = isLarge
      ? sendUncopied(out, record.id, bytes, at, at + most, mayEnd)
      : sendCopied(out, record.id, bytes, at, at + most, mayEnd);
    record.send.bytes -= next - at;
    send.bytes -= next - at;
    at = next;
    if (ends && at === end) reader.sentEnd(record);
    out.relieve();
  }
  return at;
}

/** One frame. */
function sendCopied(
  { sink }: FrameOut,
  streamId: number,
  bytes: Buffer,
  start: number,
  end: number,
  ends: boolean,
): number {
  const next = Math.min(end, start + MAX_FRAME_BYTES);
  writeDataHeader(sink, streamId, next - start, ends && next === end);
  sink.range(bytes, start, next);
  return next;
}

/** From here on a system call of its own costs less than the copy that it saves. */
const UNCOPIED_BYTES = 64 * 1024;
