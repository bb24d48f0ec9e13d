/**
 * Received bytes to frames (RFC 9113 section 4.1). A frame comes whole, from the chunk it lies in; only one that is
 * split over chunks is gathered first. DATA is the exception: its header comes alone, and its payload is taken from
 * the chunks as they are, so that no body is ever copied here.
 */
import { FRAME, FRAME_HEADER_BYTES, MIN_MAX_FRAME_BYTES } from "./frame.ts";

export class FrameInput {
  type = 0;
  flags = 0;
  streamId = 0;
  /** Of the payload. */
  length = 0;
  /** The payload is `bytes[start, start + length)`, until the next call. Not for DATA. */
  bytes: Buffer = EMPTY;
  start = 0;
  /** What has come and not been taken: `chunk[pos, end)`. */
  chunk: Buffer = EMPTY;
  pos = 0;
  end = 0;
  #gathered: Buffer = EMPTY;
  #gatheredBytes = 0;

  get unread(): number {
    return this.end - this.pos + this.#gatheredBytes;
  }

  push(chunk: Buffer): void {
    if (this.pos < this.end) this.chunk = Buffer.concat([this.chunk.subarray(this.pos, this.end), chunk]);
    else this.chunk = chunk;
    this.pos = 0;
    this.end = this.chunk.length;
  }

  /** Whether another frame is there; `TOO_LARGE` as soon as its header says so. */
  next(): typeof NONE | typeof READY | typeof TOO_LARGE {
    if (this.#gatheredBytes > 0 || this.end - this.pos < FRAME_HEADER_BYTES) return this.#gather();
    this.#readHeader(this.chunk, this.pos);
    if (this.length > MIN_MAX_FRAME_BYTES) return TOO_LARGE;
    const after = this.pos + FRAME_HEADER_BYTES;
    if (this.type === FRAME.data) {
      this.pos = after;
      return READY;
    }
    if (after + this.length > this.end) return this.#gather();
    this.bytes = this.chunk;
    this.start = after;
    this.pos = after + this.length;
    return READY;
  }

  /** Lets go of the chunk once all of it is taken, so that an idle connection holds none. */
  release(): void {
    if (this.pos < this.end) return;
    this.chunk = this.bytes = EMPTY;
    this.pos = this.end = 0;
    if (this.#gatheredBytes === 0) this.#gathered = EMPTY;
  }

  /** Lets go of all of it, taken or not. */
  drop(): void {
    this.chunk = this.bytes = this.#gathered = EMPTY;
    this.pos = this.end = this.#gatheredBytes = 0;
  }

  #gather(): typeof NONE | typeof READY | typeof TOO_LARGE {
    if (!this.#take(FRAME_HEADER_BYTES)) return NONE;
    this.#readHeader(this.#gathered, 0);
    if (this.length > MIN_MAX_FRAME_BYTES) return TOO_LARGE;
    if (this.type !== FRAME.data && !this.#take(FRAME_HEADER_BYTES + this.length)) return NONE;
    this.bytes = this.#gathered;
    this.start = FRAME_HEADER_BYTES;
    this.#gatheredBytes = 0;
    return READY;
  }

  /** Moves bytes over until so many are gathered. */
  #take(bytes: number): boolean {
    if (this.#gathered.length < bytes) {
      const larger = Buffer.allocUnsafeSlow(bytes);
      this.#gathered.copy(larger, 0, 0, this.#gatheredBytes);
      this.#gathered = larger;
    }
    const count = Math.min(Math.max(0, bytes - this.#gatheredBytes), this.end - this.pos);
    this.chunk.copy(this.#gathered, this.#gatheredBytes, this.pos, this.pos + count);
    this.pos += count;
    this.#gatheredBytes += count;
    return this.#gatheredBytes >= bytes;
  }

  #readHeader(bytes: Buffer, at: number): void {
    this.length = (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!;
    this.type = bytes[at + 3]!;
    this.flags = bytes[at + 4]!;
    this.streamId = readUint31(bytes, at + 5);
  }
}

/** The first bit is reserved and ignored (RFC 9113 section 4.1). */
export function readUint31(bytes: Buffer, at: number): number {
  return ((bytes[at]! & 0x7f) << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
}

export function readUint32(bytes: Buffer, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}

export const NONE = 0;
export const READY = 1;
export const TOO_LARGE = 2;
const EMPTY: Buffer = Buffer.alloc(0);
