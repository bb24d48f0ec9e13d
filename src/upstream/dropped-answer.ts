/**
 * Takes what is left of an answer that nobody wants, so that its connection can serve the next request: a little is read
 * quicker than a connection is made. More than a little is not, and the stream is given up.
 */
import type { UpstreamEvents, UpstreamStream } from "./upstream-stream.ts";

export class DroppedAnswer implements UpstreamEvents {
  readonly #stream: UpstreamStream;
  #bytes = 0;

  constructor(stream: UpstreamStream) {
    this.#stream = stream;
  }

  onResponseData(_bytes: Buffer, start: number, end: number): void {
    this.#bytes += end - start;
    if (this.#bytes > MAX_DROPPED_BYTES) this.#stream.abort();
  }

  onInterimHead(): void {}

  onResponseHead(): void {}

  onResponseEnd(): void {}

  onUpgraded(): void {}

  onRequestBlocked(): void {}

  onRequestDrain(): void {}

  onUpstreamFailure(): void {}
}

export const MAX_DROPPED_BYTES: number = 64 * 1024;
/** An answer that has begun and is that short comes at once, or stands still. */
export const MAX_DROPPED_MS = 1_000;
