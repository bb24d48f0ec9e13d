/** A stream of HTTP/2 that has become a tunnel (RFC 8441), in the form in which tunnels know connections. */
import type { ConnectionHandler } from "../io/connection.ts";
import type { Wire } from "../io/wire.ts";
import type { ChunkQueue } from "./chunk-queue.ts";

/** The stream: of a client's connection or of a target's. */
export interface WiredStream {
  readonly blocked: boolean;
  readonly queuedBytes: number;
  readonly takenBytes: number;
  /** What waits may be handed on. */
  deliver(): void;
  /** So much of what came has been handed on, and may be granted again. */
  taken(bytes: number): void;
  sendData(bytes: Buffer, start: number, end: number): void;
  /** Ends our side of it. */
  sendEnd(trailers: null): void;
  /** Gives it up. Without effect when it is over. */
  cancel(): void;
}

export class StreamWire implements Wire {
  handler: ConnectionHandler = NOBODY;
  closed = false;
  paused = true;
  /** END_STREAM is the peer's own word. */
  readonly endedCleanly = true;
  readonly givesChunks = false;
  readonly #stream: WiredStream;

  constructor(stream: WiredStream) {
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
    this.#stream.deliver();
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

  /**
   * Hands on what waits, while the tunnel takes it.
   * @param ended nothing comes behind it
   */
  handOn(queue: ChunkQueue, ended: boolean): void {
    while (queue.bytes > 0 && this.#takes) {
      const { chunk, start, end } = queue.first(Number.POSITIVE_INFINITY);
      queue.drop(end - start);
      this.#stream.taken(end - start);
      this.handler.onData(chunk.subarray(start, end));
    }
    if (ended && queue.bytes === 0 && this.#takes) this.handler.onEnd();
  }

  /** Nothing follows. */
  close(cause: string | null): void {
    if (this.closed) return;
    this.closed = true;
    this.handler.onClose(cause);
  }

  get #takes(): boolean {
    return !this.paused && !this.closed;
  }
}

const NOBODY: ConnectionHandler = { onData() {}, onEnd() {}, onBlocked() {}, onDrain() {}, onClose() {} };
