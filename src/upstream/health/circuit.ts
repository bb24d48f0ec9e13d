/**
 * A breaker on a share of errors. Closed, it counts; when too many of enough requests have failed it opens, and nothing
 * is sent. After a while it is half open: a few requests at a time, and only when so many in a row have succeeded does
 * it close. One that fails opens it again.
 */
export interface CircuitSettings {
  /** From 0 to 1. */
  readonly errorShare: number;
  /** Of fewer requests in a window nothing is concluded. */
  readonly minRequests: number;
  readonly windowMs: number;
  readonly openMs: number;
  /** At once while half open, and successes until it closes. */
  readonly probes: number;
  /** Of answers that are failures. */
  readonly statuses: readonly number[];
}

export type CircuitState = "closed" | "open" | "half open";

export class Circuit {
  state: CircuitState = "closed";
  /** When something is to be done about it; `Infinity`: never. */
  deadlineMs: number = Number.POSITIVE_INFINITY;
  readonly settings: CircuitSettings;
  #good = 0;
  #bad = 0;
  #windowEndsMs = 0;
  #probesGood = 0;

  constructor(settings: CircuitSettings) {
    this.settings = settings;
  }

  /** A request has ended. @returns whether that changed the state */
  note(isGood: boolean, nowMs: number): boolean {
    switch (this.state) {
      case "closed":
        this.#count(isGood, nowMs);
        return this.#isTooBad() && this.#open(nowMs);
      case "half open":
        if (!isGood) return this.#open(nowMs);
        return ++this.#probesGood >= this.settings.probes && this.#enter("closed");
      case "open":
        // Begun before it opened.
        return false;
    }
  }

  /** The deadline has passed. @returns whether that changed the state */
  tick(nowMs: number): boolean {
    return this.state === "open" && nowMs >= this.deadlineMs && this.#enter("half open");
  }

  #count(isGood: boolean, nowMs: number): void {
    if (nowMs >= this.#windowEndsMs) {
      this.#windowEndsMs = nowMs + this.settings.windowMs;
      this.#good = this.#bad = 0;
    }
    if (isGood) this.#good++;
    else this.#bad++;
  }

  #isTooBad(): boolean {
    const { minRequests, errorShare } = this.settings;
    const all = this.#good + this.#bad;
    return all >= minRequests && this.#bad >= all * errorShare;
  }

  #open(nowMs: number): boolean {
    this.#enter("open");
    this.deadlineMs = nowMs + this.settings.openMs;
    return true;
  }

  #enter(state: CircuitState): boolean {
    this.state = state;
    this.deadlineMs = Number.POSITIVE_INFINITY;
    this.#good = this.#bad = this.#probesGood = 0;
    this.#windowEndsMs = 0;
    return true;
  }
}
