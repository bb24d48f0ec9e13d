/**
 * The end of many exchanges at once, because the connection that they belong to has ended: to give up what each has under way
 * upstream takes a moment, and together that would be a pause for everybody else.
 */
import { inLaterTurn, type Portioned } from "../io/turns.ts";

export interface Parting {
  onReset(cause: string): void;
}

export class H2Parting implements Portioned {
  readonly #streams: readonly Parting[];
  readonly #cause: string;
  readonly #onDone: () => void;
  #next = 0;

  /** @param streams whose records are closed, so that none of them sends anything any more */
  constructor(streams: readonly Parting[], cause: string, onDone: () => void) {
    this.#streams = streams;
    this.#cause = cause;
    this.#onDone = onDone;
  }

  doPortion(): void {
    const end = Math.min(this.#next + STREAMS_AT_ONCE, this.#streams.length);
    while (this.#next < end) this.#streams[this.#next++]!.onReset(this.#cause);
    if (end < this.#streams.length) inLaterTurn(this);
    else this.#onDone();
  }
}

/** Each closes a socket, which takes some 50 µs when more was to come on it. */
const STREAMS_AT_ONCE = 8;
