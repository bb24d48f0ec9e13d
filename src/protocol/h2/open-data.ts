/** The DATA frame whose payload is being read: how much is left of it, and of its padding (RFC 9113 section 6.1). */
import { FLAG } from "./frame.ts";
import type { FrameInput } from "./frame-input.ts";
import type { StreamRecord } from "./stream-record.ts";

export class OpenData<Owner> {
  isOpen = false;
  /** Null: nobody takes it. */
  stream: StreamRecord<Owner> | null = null;
  endsStream = false;
  /** The piece that `take` found, in the input's chunk. */
  start = 0;
  end = 0;
  /** Padding that has come, which counts for the windows and is for nobody. */
  overheadBytes = 0;
  #leftBytes = 0;
  #paddingBytes = 0;
  #awaitsPadLength = false;

  begin(stream: StreamRecord<Owner> | null, length: number, flags: number): void {
    this.isOpen = true;
    this.stream = stream;
    this.endsStream = (flags & FLAG.endStream) !== 0;
    this.#leftBytes = length;
    this.#paddingBytes = 0;
    this.#awaitsPadLength = (flags & FLAG.padded) !== 0;
    this.overheadBytes = 0;
  }

  /** What is left of the frame is for nobody. */
  drop(): void {
    this.stream = null;
  }

  /** Data of this frame that `take` has not found yet. */
  get comingBytes(): number {
    return this.#leftBytes - this.#paddingBytes;
  }

  takeOverhead(): number {
    const bytes = this.overheadBytes;
    this.overheadBytes = 0;
    return bytes;
  }

  /** Takes what has come: how many bytes of data, 0 for none yet or none left; -1 when the padding does not fit. */
  take(input: FrameInput): number {
    if (this.#awaitsPadLength && !this.#takePadLength(input)) return this.#paddingBytes < 0 ? -1 : 0;
    const dataBytes = Math.min(this.#leftBytes - this.#paddingBytes, input.end - input.pos);
    if (dataBytes > 0) {
      this.start = input.pos;
      this.end = input.pos += dataBytes;
      this.#leftBytes -= dataBytes;
      return dataBytes;
    }
    if (this.#leftBytes === this.#paddingBytes) this.#skipPadding(input);
    return 0;
  }

  #takePadLength(input: FrameInput): boolean {
    if (input.pos === input.end) return false;
    this.#awaitsPadLength = false;
    this.#paddingBytes = input.chunk[input.pos++]!;
    this.#leftBytes--;
    this.overheadBytes = 1;
    if (this.#paddingBytes <= this.#leftBytes) return true;
    this.#paddingBytes = -1;
    return false;
  }

  #skipPadding(input: FrameInput): void {
    const count = Math.min(this.#paddingBytes, input.end - input.pos);
    input.pos += count;
    this.overheadBytes += count;
    this.#paddingBytes -= count;
    this.#leftBytes -= count;
    if (this.#leftBytes === 0) this.isOpen = false;
  }
}
