/**
 * DATA of a large chunk as many frames that leave in one system call: their headers lie side by side here, their payloads
 * stay where they are. Of what the kernel does not take, the frame that it has begun is copied and waits with the
 * connection; frames behind it have not been sent, and their bytes stay with the stream.
 */
import { addPiece, addressOf, MOST_PIECES } from "../io/pieces.ts";
import { putFrameHeader } from "../protocol/h2/control-writer.ts";
import { FLAG, FRAME, FRAME_HEADER_BYTES, MIN_MAX_FRAME_BYTES } from "../protocol/h2/frame.ts";
import type { FrameOut } from "./frame-out.ts";

/**
 * Up to where of the chunk frames have been sent, or wait with the connection.
 * @param ends the last of the bytes ends the stream
 */
export function sendUncopied(
  out: FrameOut,
  streamId: number,
  bytes: Buffer,
  start: number,
  end: number,
  ends: boolean,
): number {
  const most = Math.min(end, start + MOST_FRAMES * MIN_MAX_FRAME_BYTES);
  const gathered = out.addGathered();
  const headersFrom = addressOf(HEADERS);
  const payloadFrom = addressOf(bytes);
  let frames = 0;
  for (let at = start; at < most; frames++) {
    const next = Math.min(at + MIN_MAX_FRAME_BYTES, most);
    const headerAt = frames * FRAME_HEADER_BYTES;
    putFrameHeader(
      HEADERS,
      headerAt,
      next - at,
      FRAME.data,
      ends && next === end ? FLAG.endStream : 0,
      streamId,
    );
    addPiece(headersFrom + headerAt, FRAME_HEADER_BYTES);
    addPiece(payloadFrom + at, next - at);
    at = next;
  }
  const taken = out.sendPieces();
  if (taken < gathered) return start;
  const whole = frames * FRAME_HEADER_BYTES + most - start;
  return taken - gathered === whole ? most : finishFrame(out, bytes, start, most, taken - gathered);
}

/** The frame that the kernel has begun, or not even that, goes the way on which the connection waits for room. */
function finishFrame(out: FrameOut, bytes: Buffer, start: number, end: number, taken: number): number {
  const frame = Math.floor(taken / WHOLE_FRAME_BYTES);
  const done = taken % WHOLE_FRAME_BYTES;
  const from = start + frame * MIN_MAX_FRAME_BYTES;
  const to = Math.min(from + MIN_MAX_FRAME_BYTES, end);
  const { sink } = out;
  const headerAt = frame * FRAME_HEADER_BYTES;
  if (done < FRAME_HEADER_BYTES) sink.range(HEADERS, headerAt + done, headerAt + FRAME_HEADER_BYTES);
  sink.range(bytes, from + Math.max(0, done - FRAME_HEADER_BYTES), to);
  out.flushNow();
  return to;
}

const WHOLE_FRAME_BYTES = FRAME_HEADER_BYTES + MIN_MAX_FRAME_BYTES;
/** With what has been gathered before. */
const MOST_FRAMES = (MOST_PIECES - 2) / 2;
const HEADERS = Buffer.from(new ArrayBuffer(MOST_FRAMES * FRAME_HEADER_BYTES));
