/**
 * A header block out of HEADERS and the CONTINUATION frames behind it (RFC 9113 section 4.3). Usually it is one frame
 * and read where it lies; only a block of several is gathered. Nobody may make us gather for ever.
 */
import type { H2Fault } from "./fault.ts";

export class HeaderFragments {
  /** The stream whose block is not complete; 0: none is. */
  streamId = 0;
  /** The block, once it is whole: `bytes[start, end)`. */
  bytes: Buffer = EMPTY;
  start = 0;
  end = 0;
  endsStream = false;
  readonly #maxBytes: number;
  #frames = 0;
  #emptyFrames = 0;

  /** @param maxBytes of a whole block as it is sent */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** HEADERS has come, with the first fragment. */
  begin(
    streamId: number,
    endsStream: boolean,
    bytes: Buffer,
    start: number,
    end: number,
    isWhole: boolean,
  ): void {
    this.endsStream = endsStream;
    this.#frames = 1;
    this.#emptyFrames = 0;
    this.start = isWhole ? start : 0;
    this.end = isWhole ? end : end - start;
    this.bytes = isWhole ? bytes : copyOf(bytes, start, end, Math.max(end - start, FIRST_BYTES));
    this.streamId = isWhole ? 0 : streamId;
  }

  /** CONTINUATION has come. */
  add(bytes: Buffer, start: number, end: number, isLast: boolean): H2Fault | null {
    if (++this.#frames > MAX_FRAMES) return "continuationFlood";
    if (end === start && ++this.#emptyFrames > MAX_EMPTY_FRAMES) return "continuationFlood";
    const length = this.end + end - start;
    if (length > this.#maxBytes) return "headerBlockBytes";
    if (length > this.bytes.length)
      this.bytes = copyOf(this.bytes, 0, this.end, Math.max(length, this.bytes.length * 2));
    bytes.copy(this.bytes, this.end, start, end);
    this.end = length;
    if (isLast) this.streamId = 0;
    return null;
  }

  release(): void {
    this.bytes = EMPTY;
  }
}

function copyOf(bytes: Buffer, start: number, end: number, capacity: number): Buffer {
  const copy = Buffer.allocUnsafeSlow(capacity);
  bytes.copy(copy, 0, start, end);
  return copy;
}

const EMPTY: Buffer = Buffer.alloc(0);
const FIRST_BYTES = 1_024;
/** A frame holds 16 KiB, so a block that we would decode needs a handful. */
const MAX_FRAMES = 64;
const MAX_EMPTY_FRAMES = 8;
