/**
 * Bytes both ways between two connections, for TCP routes and after an HTTP upgrade. What one side sends is
 * written to the other at once; what that one does not take stays in its Connection, and the sender is
 * paused until it is taken. A FIN is passed on behind the last byte and leaves the other direction open; a RST is
 * passed on as a RST, so that nobody takes what has come for complete.
 */
import type { Timed, Timers } from "../base/clock.ts";
import { type ErrorCode, type ProxyError, proxyError } from "../base/proxy-error.ts";
import type { Wire } from "../io/wire.ts";
import { type EndOwner, TunnelEnd, type TunnelSide } from "./tunnel-end.ts";

export interface TunnelOptions {
  readonly downstream: Wire;
  readonly upstream: Wire;
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

export interface RunningTunnel {
  /** Cuts both sides with a RST; `onEnd` is called with this word. */
  cut(code: ErrorCode): void;
}

/** Takes both connections over, paused or not. */
export function startTunnel(options: TunnelOptions): RunningTunnel {
  return new Tunnel(options);
}

class Tunnel implements RunningTunnel, EndOwner, Timed {
  deadlineMs: number;
  slotDueMs: number = Number.POSITIVE_INFINITY;
  timerNext: Timed | null = null;
  timerPrevious: Timed | null = null;
  readonly #timers: Timers;
  readonly #idleMs: number;
  readonly #onEnd: (summary: TunnelSummary) => void;
  readonly #downstream: TunnelEnd;
  readonly #upstream: TunnelEnd;
  #firstToClose: TunnelSide | null = null;
  #over = false;
  /** A side was lost after its FIN; the other one may still take what came before it. */
  #loss: ProxyError | null = null;
  /** What both sides had taken when one of them became blocked, to tell a slow reader from one that stands still. */
  #takenBytes = 0;

  constructor(options: TunnelOptions) {
    const { downstream, upstream, timers, idleMs } = options;
    this.#timers = timers;
    this.#idleMs = idleMs;
    this.#onEnd = options.onEnd;
    this.deadlineMs = timers.clock.nowMs() + idleMs;
    this.#downstream = new TunnelEnd(this, timers.clock, "downstream", downstream);
    this.#upstream = new TunnelEnd(this, timers.clock, "upstream", upstream);
    this.#downstream.faceTo(this.#upstream);
    timers.arm(this);
    this.#begin(this.#downstream, options.downstreamLeftover, options.downstreamEnded === true);
    this.#begin(this.#upstream, options.upstreamLeftover, false);
  }

  onBlocked(): void {
    this.#takenBytes = this.#taken();
  }

  onFin(end: TunnelEnd): void {
    this.#firstToClose ??= end.side;
    end.peer.finish();
  }

  onGone(end: TunnelEnd, cause: string | null): void {
    if (this.#over) return;
    if (end.closedCleanly(cause)) {
      // Behind our own FIN there is one event for the peer's FIN and the close.
      end.onEnd();
      // Unless that was not its own word, which has ended all by now.
      if (this.#over) return;
      if (end.peer.gone) this.#end(null);
      // Nobody will say any more that it may go on; what is left of it is its end.
      else end.peer.readOn();
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

  /** Idle at last, or only looked at: a byte that moves does not move the deadline. */
  expire(nowMs: number): void {
    const idleSinceMs = Math.max(this.#downstream.movedMs, this.#upstream.movedMs);
    if (nowMs - idleSinceMs < this.#idleMs) this.#lookAgain(idleSinceMs + this.#idleMs);
    else if (this.#trickles()) this.#lookAgain(nowMs + this.#idleMs);
    else this.cut(this.#downstream.blocked ? "answer.idle" : "upstream.idle_timeout");
  }

  #lookAgain(atMs: number): void {
    this.deadlineMs = atMs;
    this.#timers.arm(this);
  }

  /** Nothing new was read, but a side that holds us up has taken some of what waits for it. */
  #trickles(): boolean {
    const takenBytes = this.#taken();
    const trickles = takenBytes !== this.#takenBytes && this.#isHeldUp();
    this.#takenBytes = takenBytes;
    return trickles;
  }

  #begin(end: TunnelEnd, leftover: Buffer | null, ended: boolean): void {
    if (this.#over) return;
    if (leftover !== null && leftover.length > 0) end.onData(leftover);
    if (ended) end.onEnd();
    end.start();
  }

  /** Who answers, closes and is then sent more says so with a RST. Its answer came whole, and may be taken whole. */
  #loseBehindFin(end: TunnelEnd, loss: ProxyError): void {
    this.#loss = loss;
    end.peer.discard();
  }

  #isHeldUp(): boolean {
    return this.#downstream.unsentBytes + this.#upstream.unsentBytes > 0;
  }

  /** As acknowledged: the kernel's own buffers may take nothing for a minute while their reader does well. */
  #taken(): number {
    return this.#downstream.takenBytes + this.#upstream.takenBytes;
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
