/** Says that not all of a configuration could be counted by itself: once, and again when it is another number. */
import type { LogEvent } from "./log.ts";

export class FoldedSeries {
  readonly #log: LogEvent;
  #told = 0;

  constructor(log: LogEvent) {
    this.#log = log;
  }

  /** @param count as `SharedMeters.settle` tells */
  tell(count: number): void {
    if (count === this.#told) return;
    this.#told = count;
    if (count === 0) return;
    const message = "no room to count these by themselves; they are shown together as `other`";
    this.#log({ level: "warn", event: "metrics_series_limit", count, message });
  }
}
