/**
 * What one HTTP/2 client has asked for and does not take: the streams with bytes that wait, who of them sends next, and
 * when so much waits that nothing further is to be fetched for it.
 */
import type { Connection } from "../io/connection.ts";
import { SendQueue } from "../link/send-queue.ts";
import type { SendWindow } from "../protocol/h2/flow-window.ts";
import type { H2Stream } from "./h2-stream.ts";
import type { HeldClient, SharedBacklog } from "./shared-backlog.ts";

export class H2Backlog implements HeldClient {
  rosterPlace = -1;
  bytes = 0;
  /** Nothing more is fetched for the client. */
  held = false;
  readonly #connection: Connection;
  /** Of all clients of the listener. */
  readonly #shared: SharedBacklog;
  readonly #waiting: SendQueue<H2Stream>;
  readonly #onRelief: () => void;

  /** @param onRelief called when more may wait than before: `judge` may say otherwise now */
  constructor(connection: Connection, window: SendWindow, shared: SharedBacklog, onRelief: () => void) {
    this.#connection = connection;
    this.#waiting = new SendQueue(connection, window);
    this.#shared = shared;
    this.#onRelief = onRelief;
  }

  /** Whether it is more than may wait. */
  get isOver(): boolean {
    return this.bytes > this.#most;
  }

  add(stream: H2Stream, bytes: number): void {
    this.#waiting.add(stream);
    this.bytes += bytes;
    this.#shared.add(bytes);
  }

  taken(bytes: number): void {
    this.bytes -= bytes;
    this.#shared.taken(bytes);
  }

  /** The stream is over; its bytes have been counted out. */
  forget(stream: H2Stream): void {
    this.#waiting.delete(stream);
  }

  /** Sends as far as windows and socket go. */
  flush(): void {
    this.#waiting.flush();
  }

  /** Looks again whether the client is to be held. True: that has changed. */
  judge(): boolean {
    const most = this.held ? this.#most / 2 : this.#most;
    const held = this.#connection.blocked || this.bytes > most;
    if (held === this.held) return false;
    this.held = held;
    if (held) this.#shared.hold(this);
    else this.#shared.letGo(this);
    return true;
  }

  lookAgain(): void {
    this.#onRelief();
  }

  /** The connection is gone. */
  over(): void {
    this.#shared.letGo(this);
  }

  /** Many that do not read share what one alone may leave lying. */
  get #most(): number {
    return this.#shared.isCrowded ? CROWDED_BYTES : MAX_BYTES;
  }
}

/** Held for a client whose windows are closed; beyond this, nothing more is fetched for it. */
const MAX_BYTES = 8 * 1024 * 1024;
/** The same once all clients of the listener together have too much. */
const CROWDED_BYTES = 256 * 1024;
