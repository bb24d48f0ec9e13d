/** Keeps requests on their way to whoever else hears of them, who is told no more than it wants. */
import type { ExchangeObserver, ExchangeRecord } from "./exchange-record.ts";
import type { RecentRequests } from "./recent-requests.ts";

export class RecentTap implements ExchangeObserver {
  readonly #next: ExchangeObserver;
  readonly #recent: RecentRequests;

  constructor(next: ExchangeObserver, recent: RecentRequests) {
    this.#next = next;
    this.#recent = recent;
  }

  /** Asked once for each request that went well. */
  get wantsAll(): boolean {
    return this.#next.wantsAll || this.#recent.takes();
  }

  record(record: ExchangeRecord): void {
    const { wantsAll } = this.#next;
    const isFault = record.error !== null;
    if (isFault || !wantsAll || this.#recent.takes()) this.#recent.keep(record);
    if (isFault || wantsAll) this.#next.record(record);
  }
}
