/**
 * How long an exchange may be kept waiting, and by whom. It has one deadline; each step moves it, never beyond the time
 * that the whole exchange has. Times are `Clock.nowMs`.
 */
import type { Clock } from "../base/clock.ts";
import type { DownstreamStream } from "./downstream-stream.ts";
import type { RouteBounds } from "./snapshot.ts";

export class Patience {
  /** The route's, once there is one. */
  bounds: RouteBounds;
  /** When all has to be over. */
  endMs = Number.POSITIVE_INFINITY;
  /** The client has sent its FIN behind a complete request: it may be listening still, or have left. */
  halfClosed = false;
  readonly #clock: Clock;
  readonly #downstream: DownstreamStream;
  /** What both sides had taken when one of them was behind and was looked at last. */
  #takenBytes = 0;

  constructor(bounds: RouteBounds, clock: Clock, downstream: DownstreamStream) {
    this.bounds = bounds;
    this.#clock = clock;
    this.#downstream = downstream;
  }

  get leftMs(): number {
    return this.endMs - this.#clock.nowMs();
  }

  /** The deadline is so far away from now. */
  wait(ms: number): void {
    this.#downstream.setDeadline(Math.min(this.#clock.nowMs() + ms, this.endMs));
  }

  /** @param isCall of gRPC: it may be a conversation, and silent for as long as one may */
  waitForBody(isCall: boolean): void {
    this.wait(isCall ? this.bounds.idleMs : this.bounds.bodyMs);
  }

  /** @param perTryMs how long one attempt may take to its answer */
  waitForAnswer(perTryMs: number): void {
    this.#waitForTarget(Math.min(this.bounds.responseMs, perTryMs));
  }

  waitForPiece(): void {
    this.#waitForTarget(this.bounds.idleMs);
  }

  waitForReader(): void {
    this.wait(this.bounds.idleMs);
  }

  /** Somebody is behind from now on, who has taken so much. */
  noteTaken(bytes: number): void {
    this.#takenBytes = bytes;
  }

  /** Whether who is behind takes what it got, too little yet for there to be room for more. */
  isSlowlyTaken(bytes: number): boolean {
    const before = this.#takenBytes;
    this.#takenBytes = bytes;
    return bytes > before;
  }

  #waitForTarget(ms: number): void {
    this.wait(this.halfClosed ? Math.min(ms, HALF_CLOSED_MS) : ms);
  }
}

/** A client that closed its sending side and gets nothing within this time has most likely left. */
const HALF_CLOSED_MS = 1_000;
