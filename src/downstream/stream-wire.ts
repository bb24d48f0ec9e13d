/** A stream of HTTP/2 that has become a tunnel (RFC 8441), in the form in which tunnels know connections. */
import type { ConnectionHandler } from "../io/connection.ts";
import type { Wire } from "../io/wire.ts";
import type { H2Stream } from "./h2-stream.ts";

export class StreamWire implements Wire {
  handler: ConnectionHandler = NOBODY;
  closed = false;
  paused = true;
  /** END_STREAM is the peer's own word. */
  readonly endedCleanly = true;
  readonly #stream: H2Stream;

  constructor(stream: H2Stream) {
    this.#stream = stream;
  }

  get blocked(): boolean {
    return this.#stream.blocked;
  }

  get unsentBytes(): number {
    return this.#stream.queuedBytes;
  }

  get takenBytes(): number {
    return this.#stream.takenBytes;
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
    this.#stream.continueRequest();
  }

  send(chunk: Buffer): void {
    this.#stream.sendData(chunk, 0, chunk.length);
  }

  finish(): void {
    this.#stream.sendEnd(null);
  }

  abort(): void {
    this.#stream.cancel();
  }

  /** Nothing follows. */
  close(cause: string | null): void {
    if (this.closed) return;
    this.closed = true;
    this.handler.onClose(cause);
  }
}

const NOBODY: ConnectionHandler = { onData() {}, onEnd() {}, onBlocked() {}, onDrain() {}, onClose() {} };
