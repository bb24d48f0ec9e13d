/**
 * A connection to a target that is of no more use. Our FIN goes behind all that was sent, and then the target's is waited for:
 * whoever closes at once answers what still comes with a RST, which overtakes what the target has not read yet
 * (RFC 9112 section 9.6 tells of the same between clients and servers).
 */
import type { Timed, Timers } from "../base/clock.ts";
import { giveBack } from "../io/chunk-memory.ts";
import type { Connection, ConnectionHandler } from "../io/connection.ts";

/** Ends it in that way. Nobody else hears of it from now on. */
export function part(connection: Connection, timers: Timers): void {
  if (connection.closed) return;
  connection.handler = new PartingConnection(connection, timers);
  connection.finish();
}

class PartingConnection implements ConnectionHandler, Timed {
  deadlineMs = 0;
  slotDueMs: number = Number.POSITIVE_INFINITY;
  timerNext: Timed | null = null;
  timerPrevious: Timed | null = null;
  readonly #connection: Connection;
  readonly #timers: Timers;
  #takenBytes: number;

  constructor(connection: Connection, timers: Timers) {
    this.#connection = connection;
    this.#timers = timers;
    this.#takenBytes = connection.takenBytes;
    this.#wait();
  }

  onData(chunk: Buffer): void {
    giveBack(chunk);
  }

  onEnd(): void {
    this.#connection.close();
  }

  onBlocked(): void {}
  onDrain(): void {}

  onClose(): void {
    this.#timers.disarm(this);
  }

  /** A target that is behind may go on while it takes anything. */
  expire(): void {
    const before = this.#takenBytes;
    this.#takenBytes = this.#connection.takenBytes;
    if (this.#takenBytes > before) this.#wait();
    else if (this.#connection.blocked) this.#connection.abort();
    else this.#connection.close();
  }

  #wait(): void {
    this.deadlineMs = this.#timers.clock.nowMs() + LINGER_MS;
    this.#timers.arm(this);
  }
}

/** As for clients: nginx waits for 5 s (lingering_timeout). */
const LINGER_MS = 2_000;
