/** What has been sent of a request's body, kept so that it can be sent to another target; up to a bound. */
import type { FieldBlock } from "../protocol/http/field-block.ts";
import type { UpstreamStream } from "../upstream/upstream-stream.ts";

export class KeptBody {
  /** Of the request, when it is complete. */
  trailers: FieldBlock | null = null;
  readonly #limitBytes: number;
  #pieces: Buffer[] = [];
  #bytes = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /** Whether nothing of it had to be let go. */
  get whole(): boolean {
    return this.#bytes <= this.#limitBytes;
  }

  keep(bytes: Buffer, start: number, end: number): void {
    if (!this.whole) return;
    this.#bytes += end - start;
    if (this.whole) this.#pieces.push(Buffer.from(bytes.subarray(start, end)));
    else this.#pieces = [];
  }

  replay(stream: UpstreamStream): void {
    for (const piece of this.#pieces) stream.sendData(piece, 0, piece.length);
  }
}
