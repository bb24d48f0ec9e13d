/**
 * A connection that speaks HTTP/2 and comes from where others had to be ended: nothing of it is read until it is due
 * (unruly-sources.ts). What had to be read to know what it speaks waits here.
 */
import type { Connection, ConnectionHandler } from "../io/connection.ts";
import { inTurnAfter, type Portioned } from "../io/turns.ts";
import type { SecureClient } from "../pipeline/secure-client.ts";
import type { SessionCensus } from "./connection-report.ts";
import type { HttpListener } from "./http-listener.ts";
import type { HttpSession } from "./http-session.ts";

export class H2Waiting implements ConnectionHandler, HttpSession, Portioned {
  rosterPlace = -1;
  readonly connection: Connection;
  readonly secure: SecureClient | null;
  /** What has come. */
  bytes: Buffer;
  ended = false;
  readonly #host: HttpListener;
  readonly #dueMs: number;
  #isOver = false;

  constructor(
    connection: Connection,
    host: HttpListener,
    secure: SecureClient | null,
    firstBytes: Buffer,
    dueMs: number,
  ) {
    this.connection = connection;
    this.secure = secure;
    this.bytes = firstBytes;
    this.#host = host;
    this.#dueMs = dueMs;
    connection.pause();
    inTurnAfter(this, this.#leftMs);
  }

  get #leftMs(): number {
    return Math.ceil(this.#dueMs - this.#host.services.timers.clock.nowMs());
  }

  get unsentBytes(): number {
    return 0;
  }

  get census(): SessionCensus {
    return { connection: this.connection, protocol: "h2", state: "waiting", requests: 0 };
  }

  doPortion(): void {
    if (this.#isOver) return;
    if (this.#leftMs > 0) inTurnAfter(this, this.#leftMs);
    else this.#begin();
  }

  /** What comes over TLS may have been read already. */
  onData(chunk: Buffer): void {
    this.#host.waitingBytes += chunk.length;
    this.bytes = Buffer.concat([this.bytes, chunk]);
  }

  onEnd(): void {
    this.ended = true;
  }

  onBlocked(): void {}
  onDrain(): void {}

  onBroken(): void {
    this.connection.fail("ECONNRESET");
  }

  onClose(): void {
    if (this.#isOver) return;
    this.#leave();
    this.#host.onSessionEnd(this);
  }

  /** There is no time to wait. */
  drain(): void {
    if (!this.#isOver) this.#begin();
  }

  cut(): void {
    this.connection.abort();
  }

  #begin(): void {
    this.#leave();
    this.connection.resume();
    this.#host.beginH2(this);
  }

  #leave(): void {
    this.#isOver = true;
    this.#host.waitingBytes -= this.bytes.length;
  }
}
