/**
 * One of the two sides of a tunnel: what it sends goes to its peer at once. `onData` runs for every chunk of every
 * tunnel, so it touches as little memory as can be: this object, and the connection it writes to.
 */
import type { Clock } from "../base/clock.ts";
import { type ProxyError, proxyError } from "../base/proxy-error.ts";
import { giveBack } from "../io/chunk-memory.ts";
import type { ConnectionHandler } from "../io/connection.ts";
import { HELD } from "../io/held-shedding.ts";
import type { Wire } from "../io/wire.ts";

export type TunnelSide = "downstream" | "upstream";

/** Who decides for both sides. */
export interface EndOwner {
  /** The end's connection has not taken all that its peer sent. */
  onBlocked(): void;
  onFin(end: TunnelEnd): void;
  onGone(end: TunnelEnd, cause: string | null): void;
}

export class TunnelEnd implements ConnectionHandler {
  readonly side: TunnelSide;
  receivedBytes = 0;
  /** When a byte was received or the last waiting one was taken; `Clock.nowMs` terms. */
  movedMs: number;
  /** Its FIN has come, so that nothing follows. */
  ended = false;
  /** Its connection is closed. */
  gone = false;
  peer!: TunnelEnd;
  readonly #owner: EndOwner;
  readonly #clock: Clock;
  readonly #connection: Wire;
  #out!: Wire;
  #discarding = false;
  #discardedBytes = 0;

  constructor(owner: EndOwner, clock: Clock, side: TunnelSide, connection: Wire) {
    this.#owner = owner;
    this.#clock = clock;
    this.side = side;
    this.#connection = connection;
    this.movedMs = clock.nowMs();
  }

  get blocked(): boolean {
    return this.#connection.blocked;
  }

  get unsentBytes(): number {
    return this.#connection.unsentBytes;
  }

  /** What this side has acknowledged. Costs a system call. */
  get takenBytes(): number {
    return this.#connection.takenBytes;
  }

  /** Joins two ends; from now on the connections tell them. */
  faceTo(peer: TunnelEnd): void {
    this.peer = peer;
    peer.peer = this;
    this.#out = peer.#connection;
    peer.#out = this.#connection;
    this.#connection.handler = this;
    peer.#connection.handler = peer;
  }

  /** Reads from now on, unless the peer has not taken what came before the tunnel. */
  start(): void {
    if (this.#connection.closed) this.onClose(null);
    else if (this.peer.blocked) this.#connection.pause();
    else this.#connection.resume();
  }

  onData(chunk: Buffer): void {
    if (this.#discarding) {
      this.#discard(chunk);
      return;
    }
    this.receivedBytes += chunk.length;
    this.movedMs = this.#clock.nowMs();
    this.#out.send(chunk);
    if (this.#connection.givesChunks) giveBack(chunk);
  }

  onEnd(): void {
    if (this.ended) return;
    if (!this.#connection.endedCleanly) return this.#cutOff();
    this.ended = true;
    this.#owner.onFin(this);
  }

  onBlocked(): void {
    this.#out.pause();
    this.#owner.onBlocked();
  }

  /** Whoever has ended is read, too: with TLS its FIN comes behind the word for it, and nobody else tells of the close. */
  onDrain(): void {
    this.movedMs = this.#clock.nowMs();
    this.#out.resume();
  }

  onClose(cause: string | null): void {
    this.gone = true;
    this.#owner.onGone(this, cause);
  }

  /** Reads whatever held it up. */
  readOn(): void {
    this.#connection.resume();
  }

  /** Passes the peer's FIN on. */
  finish(): void {
    this.#connection.finish();
  }

  abort(): void {
    this.#connection.abort();
  }

  /**
   * The peer is gone and nobody takes what comes. Some of it is read all the same: our RST could overtake what was
   * sent to this side before (RFC 9112 section 9.6 tells of the same for HTTP).
   */
  discard(): void {
    this.#discarding = true;
    this.readOn();
  }

  /** Once we have sent our FIN, a close without a cause is the other side's. */
  closedCleanly(cause: string | null): boolean {
    return cause === null && this.peer.ended;
  }

  lossError(cause: string | null): ProxyError {
    // Neither a FIN nor a RST came: the owner of the listener has closed the connection.
    if (cause === null) return proxyError("proxy.draining");
    if (cause === HELD) return proxyError("limit.held");
    if (this.side === "downstream") return proxyError("request.aborted", { cause });
    const code = this.receivedBytes === 0 ? "upstream.reset_before_head" : "upstream.reset_after_head";
    return proxyError(code, { cause });
  }

  /** TLS that ends without a word: whether anything is missing cannot be known, so the peer is told with a RST. */
  #cutOff(): void {
    this.onClose("TLS_TRUNCATED");
    this.#connection.abort();
  }

  #discard(chunk: Buffer): void {
    this.#discardedBytes += chunk.length;
    if (this.#discardedBytes > MAX_DISCARDED_BYTES) this.#connection.abort();
  }
}

/** Of what a side sends although its peer is gone, so much is read before it is told with a RST. */
const MAX_DISCARDED_BYTES = 256 * 1024;
