/** What became of the records of one source: asked about, left aside, or not understood. */
import type { Places } from "./placement.ts";
import type { TrafficTaker } from "./read-traffic.ts";
import type { TrafficRequest } from "./traffic-request.ts";

export interface TrafficReport {
  readonly name: string;
  readonly requests: number;
  readonly others: number;
  readonly unreadable: number;
  /** The first of the unreadable. */
  readonly examples: readonly { readonly where: string; readonly reason: string }[];
  /** Requests to a port on which neither configuration listens. */
  readonly unplaced: number;
  /** Requests that were asked about for several hosts, or at several listeners, since the record does not tell. */
  readonly withoutHost: number;
  readonly withoutListener: number;
}

export class TrafficTally implements TrafficReport, TrafficTaker {
  readonly name: string;
  requests = 0;
  others = 0;
  unreadable = 0;
  unplaced = 0;
  withoutHost = 0;
  withoutListener = 0;
  readonly examples: { where: string; reason: string }[] = [];
  readonly #ask: (request: TrafficRequest) => Places;

  /** @param ask puts the request to both sides at every place where it may have come in */
  constructor(name: string, ask: (request: TrafficRequest) => Places) {
    this.name = name;
    this.#ask = ask;
  }

  onRequest(request: TrafficRequest): void {
    this.requests++;
    const { asked, isHostAssumed, isSocketAssumed } = this.#ask(request);
    if (isHostAssumed) this.withoutHost++;
    if (isSocketAssumed) this.withoutListener++;
    if (asked.length === 0) this.unplaced++;
  }

  onOther(): void {
    this.others++;
  }

  onUnreadable(where: string, reason: string): void {
    this.unreadable++;
    if (this.examples.length < SHOWN) this.examples.push({ where, reason });
  }
}

const SHOWN = 5;
