/**
 * Where frames for one connection are gathered until the turn of the event loop ends, or there are many. The buffer
 * is lent: a connection that has nothing to send has none.
 */
import { ByteSink } from "../base/byte-sink.ts";
import type { Connection } from "../io/connection.ts";
import { addPiece, addressOf } from "../io/pieces.ts";
import { type Flushable, flushAtTurnEnd } from "../io/turn-end.ts";

export class FrameOut implements Flushable {
  readonly #connection: Connection;
  #sink: ByteSink | null = null;
  #scheduled = false;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** To be written to at once; what is there is sent by itself. */
  get sink(): ByteSink {
    if (!this.#scheduled) {
      this.#scheduled = true;
      flushAtTurnEnd(this);
    }
    this.#sink ??= idle.pop() ?? new ByteSink(FIRST_BYTES);
    return this.#sink;
  }

  /** Sends what has been gathered, if that is much. */
  relieve(): void {
    if (this.#sink !== null && this.#sink.length > MAX_GATHERED_BYTES) this.#send();
  }

  /** What has been gathered becomes the first of the process's pieces; how much that is. */
  addGathered(): number {
    const sink = this.#sink;
    if (sink === null || sink.length === 0) return 0;
    addPiece(addressOf(sink.bytes), sink.length);
    return sink.length;
  }

  /** Sends the pieces, those of `addGathered` first; how much of them the kernel took. */
  sendPieces(): number {
    const taken = this.#connection.sendPieces();
    const sink = this.#sink;
    if (sink === null) return taken;
    if (taken >= sink.length) sink.length = 0;
    else {
      sink.bytes.copyWithin(0, taken, sink.length);
      sink.length -= taken;
      this.#send();
    }
    return taken;
  }

  /** Sends what has been gathered. */
  flush(): void {
    this.#scheduled = false;
    this.#send();
  }

  /** Before the connection is closed: sends what belongs before its end. */
  flushNow(): void {
    this.#send();
  }

  #send(): void {
    const sink = this.#sink;
    if (sink === null) return;
    this.#sink = null;
    if (sink.length > 0 && !this.#connection.closed) this.#connection.sendGathered(sink.bytes, sink.length);
    sink.length = 0;
    if (idle.length < MAX_IDLE && sink.bytes.length <= MAX_KEPT_BYTES) idle.push(sink);
  }
}

const FIRST_BYTES = 16 * 1024;
const MAX_GATHERED_BYTES = 128 * 1024;
const MAX_KEPT_BYTES = 256 * 1024;
const MAX_IDLE = 64;
const idle: ByteSink[] = [];
