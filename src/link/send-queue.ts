/**
 * The streams of one connection with bytes that wait for a window or for the socket: has them send, one after the other, as soon
 * as there is room. An array, for the reason that base/roster.ts gives; there are a hundred of them at most.
 */
import type { SendWindow } from "../protocol/h2/flow-window.ts";
import { nextToSend, type Waiting } from "./send-order.ts";

/** A stream that can wait. */
export interface Sending extends Waiting {
  turn: number;
  /** Sends a part of what waits, as far as it may; true when nothing waits any more. */
  sendSome(): boolean;
  tellDrained(): void;
}

export class SendQueue<T extends Sending> {
  readonly #connection: { readonly blocked: boolean };
  /** The connection's, for all streams. */
  readonly #window: SendWindow;
  readonly #streams: T[] = [];
  #turns = 0;

  constructor(connection: { readonly blocked: boolean }, window: SendWindow) {
    this.#connection = connection;
    this.#window = window;
  }

  add(stream: T): void {
    if (!this.#streams.includes(stream)) this.#streams.push(stream);
  }

  delete(stream: T): void {
    const place = this.#streams.indexOf(stream);
    if (place < 0) return;
    const last = this.#streams.pop()!;
    if (last !== stream) this.#streams[place] = last;
  }

  /** Windows have opened, or the socket takes more. */
  flush(): void {
    while (this.#streams.length > 0 && this.#window.bytes > 0 && !this.#connection.blocked) {
      const stream = nextToSend(this.#streams);
      if (stream === null) return;
      stream.turn = ++this.#turns;
      if (!stream.sendSome()) continue;
      this.delete(stream);
      stream.tellDrained();
    }
  }
}
