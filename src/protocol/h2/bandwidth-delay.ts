/**
 * How much is under way between a sender and us: what comes between a PING of ours and its acknowledgement came within one
 * round trip, so it is the bandwidth times the delay, or as much as our windows let through. A window is worth three times
 * that: some of it is on its way back to the sender as grants, and what is under way must fit into the rest with something
 * over, or nothing would show that there could be more. So windows grow from one round trip to the next until they are not
 * what holds the sender up. A larger one that only makes a longer queue on the way shows neither a higher rate nor a shorter
 * round trip than before, and the best of both are what counts.
 */
import { DEFAULT_WINDOW_BYTES } from "./frame.ts";

export class BandwidthDelay {
  /** What a stream's window is worth. */
  windowBytes: number = DEFAULT_WINDOW_BYTES;
  /** A PING is on its way. */
  isAsking = false;
  #askedMs = 0;
  #bytes = 0;
  #bestBytesPerMs = 0;
  #shortestMs = Number.POSITIVE_INFINITY;
  #tries = TRIES;
  #restUntilMs = 0;

  /** Something comes. What comes with what makes us ask counts: often it is a whole window, in one piece. */
  begin(): void {
    if (!this.isAsking) this.#bytes = 0;
  }

  /** DATA has come. */
  received(bytes: number): void {
    this.#bytes += bytes;
  }

  /** Whether it is time for a PING; then it must be sent. */
  asks(nowMs: number): boolean {
    if (this.isAsking || this.windowBytes === MAX_STREAM_WINDOW_BYTES || nowMs < this.#restUntilMs)
      return false;
    this.isAsking = true;
    this.#askedMs = nowMs;
    return true;
  }

  /** The PING has come back. */
  answered(nowMs: number): void {
    this.isAsking = false;
    const worthBytes = this.#worth(Math.max(nowMs - this.#askedMs, CLOCK_MS));
    if (worthBytes > this.windowBytes) {
      this.windowBytes = worthBytes;
      this.#tries = TRIES;
    } else if (--this.#tries <= 0) this.#restUntilMs = nowMs + this.#restMs;
  }

  get #restMs(): number {
    return Math.min(Math.max(this.#shortestMs * RESTED_TRIPS, SHORTEST_REST_MS), LONGEST_REST_MS);
  }

  #worth(roundTripMs: number): number {
    this.#shortestMs = Math.min(this.#shortestMs, roundTripMs);
    this.#bestBytesPerMs = Math.max(this.#bestBytesPerMs, this.#bytes / roundTripMs);
    if (this.#shortestMs < SHORT_MS) return Math.min(this.#bytes * TIMES, SHORT_WAY_BYTES);
    const underWayBytes = Math.round(this.#bestBytesPerMs * this.#shortestMs);
    return Math.min(underWayBytes * TIMES, MAX_STREAM_WINDOW_BYTES);
  }
}

/** Enough for 1 Gbit/s at a round trip of 65 ms. */
export const MAX_STREAM_WINDOW_BYTES: number = 16 * 1024 * 1024;
const TIMES = 3;
/** On ways so short it is our own work that round trips measure, and more than this only waits in some queue. */
const SHORT_MS = 5;
const SHORT_WAY_BYTES = 1024 * 1024;
/** Before it rests. What the last growth brings shows a round trip after it has been granted, and not in the first one. */
const TRIES = 4;
/** Behind measurements that taught nothing. */
const RESTED_TRIPS = 20;
const SHORTEST_REST_MS = 50;
const LONGEST_REST_MS = 1_000;
/** No clock is finer. */
const CLOCK_MS = 0.05;
