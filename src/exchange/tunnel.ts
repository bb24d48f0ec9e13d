/**
 * Bytes both ways between two connections, for TCP routes and after an HTTP upgrade. What one side sends is
 * written to the other at once; what that one does not take stays in its Connection, and the sender is
 * paused until it is taken. A FIN is passed on behind the last byte and leaves the other direction open; a RST is
 * passed on as a RST, so that nobody takes what has come for complete.
 */
import type { Clock, Timed, Timers } from "../base/clock.ts";
import { type ErrorCode, type ProxyError, proxyError } from "../base/proxy-error.ts";
import type { Connection, ConnectionHandler } from "../io/connection.ts";

export interface TunnelOptions {
  readonly downstream: Connection;
  readonly upstream: Connection;
  /** What has been read of a side before the tunnel began, and was not for us. */
  readonly downstreamLeftover: Buffer | null;
  readonly upstreamLeftover: Buffer | null;
  /** The client's FIN came before the tunnel began. */
  readonly downstreamEnded?: boolean;
  /** Without a byte in either direction; `Infinity`: no limit. */
  readonly idleMs: number;
  readonly timers: Timers;
  /** Called once, when both connections are gone or cut. */
  readonly onEnd: (summary: TunnelSummary) => void;
}

export interface TunnelSummary {
  /** Null when both sides ended with a FIN. */
  readonly error: ProxyError | null;
  /** Whose FIN or RST came first; the proxy's own timeout or stop counts as its own. */
  readonly firstToClose: TunnelSide | "proxy";
  /** Received from each side, leftovers included. */
  readonly downstreamBytes: number;
  readonly upstreamBytes: number;
}

export type TunnelSide = "downstream" | "upstream";

export interface RunningTunnel {
  /** Cuts both sides with a RST; `onEnd` is called with this word. */
  cut(code: ErrorCode): void;
}

/** Takes both connections over, paused or not. */
export function startTunnel(options: TunnelOptions): RunningTunnel {
  return new Tunnel(options);
}

class Tunnel implements RunningTunnel, Timed {
  deadlineMs: number;
  slotDueMs: number = Number.POSITIVE_INFINITY;
  timerNext: Timed | null = null;
  timerPrevious: Timed | null = null;
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #idleMs: number;
  readonly #onEnd: (summary: TunnelSummary) => void;
  readonly #downstream: End;
  readonly #upstream: End;
  #firstToClose: TunnelSide | null = null;
  #over = false;
  /** A side was lost after its FIN; the other one may still take what came before it. */
  #loss: ProxyError | null = null;
  /** Unsent bytes of both sides when one of them became blocked, to tell a slow reader from one that stands still. */
  #unsentBytes = 0;

  constructor(options: TunnelOptions) {
    const { downstream, upstream, timers, idleMs } = options;
    this.#timers = timers;
    this.#clock = timers.clock;
    this.#idleMs = idleMs;
    this.#onEnd = options.onEnd;
    this.deadlineMs = this.#clock.nowMs() + idleMs;
    this.#downstream = new End(this, "downstream", downstream);
    this.#upstream = new End(this, "upstream", upstream);
    this.#downstream.faceTo(this.#upstream);
    timers.arm(this);
    this.#begin(this.#downstream, options.downstreamLeftover, options.downstreamEnded === true);
    this.#begin(this.#upstream, options.upstreamLeftover, false);
  }

  /** A byte has moved: one field is written, no list is touched. */
  touch(): void {
    this.deadlineMs = this.#clock.nowMs() + this.#idleMs;
  }

  onBlocked(): void {
    this.#unsentBytes = this.#unsent();
  }

  onFin(end: End): void {
    this.#firstToClose ??= end.side;
    end.peer.finish();
  }

  onGone(end: End, cause: string | null): void {
    if (this.#over) return;
    if (end.closedCleanly(cause)) {
      // Behind our own FIN there is one event for the peer's FIN and the close.
      end.onEnd();
      if (end.peer.gone) this.#end(null);
      return;
    }
    if (cause !== null) this.#firstToClose ??= end.side;
    const loss = end.lossError(cause);
    if (end.ended && !end.peer.gone) this.#loseBehindFin(end, loss);
    else this.#end(loss);
  }

  cut(code: ErrorCode): void {
    if (!this.#over) this.#end(proxyError(code));
  }

  expire(nowMs: number): void {
    const unsent = this.#unsent();
    if (unsent === this.#unsentBytes || unsent === 0) {
      this.cut(this.#downstream.blocked ? "answer.idle" : "upstream.idle_timeout");
      return;
    }
    // Nothing new was read, but the side that holds us up has taken some of what waits for it.
    this.#unsentBytes = unsent;
    this.deadlineMs = nowMs + this.#idleMs;
    this.#timers.arm(this);
  }

  #begin(end: End, leftover: Buffer | null, ended: boolean): void {
    if (this.#over) return;
    if (leftover !== null && leftover.length > 0) end.onData(leftover);
    if (ended) end.onEnd();
    end.start();
  }

  /**
   * A peer that answers, closes and is then sent more says so with a RST. Its answer is complete all the same:
   * a RST of ours could overtake it (RFC 9112 section 9.6), so the other side may take it whole first.
   */
  #loseBehindFin(end: End, loss: ProxyError): void {
    this.#loss = loss;
    end.peer.start();
  }

  #unsent(): number {
    return this.#downstream.unsentBytes + this.#upstream.unsentBytes;
  }

  #end(error: ProxyError | null): void {
    this.#over = true;
    this.#timers.disarm(this);
    this.#downstream.abort();
    this.#upstream.abort();
    this.#onEnd({
      error: this.#loss ?? error,
      firstToClose: this.#firstToClose ?? "proxy",
      downstreamBytes: this.#downstream.receivedBytes,
      upstreamBytes: this.#upstream.receivedBytes,
    });
  }
}

/** One of the two sides: what it sends goes to its peer. */
class End implements ConnectionHandler {
  readonly side: TunnelSide;
  receivedBytes = 0;
  gone = false;
  /** Its FIN has come, so that nothing follows. */
  ended = false;
  peer!: End;
  readonly #tunnel: Tunnel;
  readonly #connection: Connection;
  #discardedBytes = 0;

  constructor(tunnel: Tunnel, side: TunnelSide, connection: Connection) {
    this.#tunnel = tunnel;
    this.side = side;
    this.#connection = connection;
  }

  get blocked(): boolean {
    return this.#connection.blocked;
  }

  get unsentBytes(): number {
    return this.#connection.unsentBytes;
  }

  faceTo(peer: End): void {
    this.peer = peer;
    peer.peer = this;
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
    if (this.peer.gone) {
      this.#discard(chunk);
      return;
    }
    this.receivedBytes += chunk.length;
    this.#tunnel.touch();
    this.peer.#connection.send(chunk);
  }

  onEnd(): void {
    if (this.ended) return;
    this.ended = true;
    this.#tunnel.onFin(this);
  }

  onBlocked(): void {
    this.peer.#connection.pause();
    this.#tunnel.onBlocked();
  }

  onDrain(): void {
    this.#tunnel.touch();
    if (!this.peer.ended) this.peer.#connection.resume();
  }

  onClose(cause: string | null): void {
    this.gone = true;
    this.#tunnel.onGone(this, cause);
  }

  finish(): void {
    this.#connection.finish();
  }

  abort(): void {
    this.#connection.abort();
  }

  /** Once we have sent our FIN, a close without a cause is the other side's. */
  closedCleanly(cause: string | null): boolean {
    return cause === null && this.peer.ended;
  }

  #discard(chunk: Buffer): void {
    this.#discardedBytes += chunk.length;
    if (this.#discardedBytes > MAX_DISCARDED_BYTES) this.#connection.abort();
  }

  lossError(cause: string | null): ProxyError {
    // Neither a FIN nor a RST came: the owner of the listener has closed the connection.
    if (cause === null) return proxyError("proxy.draining");
    if (this.side === "downstream") return proxyError("request.aborted", { cause });
    const code = this.receivedBytes === 0 ? "upstream.reset_before_head" : "upstream.reset_after_head";
    return proxyError(code, { cause });
  }
}

/** Of what a side sends although its peer is gone, so much is read before it is told with a RST. */
const MAX_DISCARDED_BYTES = 256 * 1024;
