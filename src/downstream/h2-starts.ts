/**
 * The requests of one HTTP/2 connection that have come and wait for their turn to begin. A client may ask for a hundred things
 * in one packet, and each may need a connection to a target: so of a connection that nothing is known of yet eight begin at
 * once, and then four a millisecond. Whoever takes answers to their end may have as many begin at once.
 */
import { inAMoment, inLaterTurn, type Portioned } from "../io/turns.ts";

export interface Starting {
  readonly record: { readonly state: string };
  start(): void;
}

export class H2Starts implements Portioned {
  /** Oldest first, from `#next` on. */
  #waiting: Starting[] = [];
  #next = 0;
  /** So many may begin at once. */
  #allowed = ALLOWED_AT_FIRST;
  #isDue = false;
  readonly #mayStart: () => boolean;

  /** @param mayStart whether any may begin at all now; when that changes, `begin` is to be called */
  constructor(mayStart: () => boolean) {
    this.#mayStart = mayStart;
  }

  add(stream: Starting): void {
    this.#waiting.push(stream);
  }

  /** A stream has come to its end as it should. */
  answered(): void {
    if (this.#allowed < MOST_ALLOWED) this.#allowed++;
  }

  /** Has as many begin as may. */
  begin(): void {
    if (!this.#isDue && this.#next < this.#waiting.length) this.#beginSome();
  }

  doPortion(): void {
    this.#isDue = false;
    this.#beginSome();
  }

  #beginSome(): void {
    let begun = 0;
    while (this.#next < this.#waiting.length && this.#mayStart()) {
      const stream = this.#waiting[this.#next]!;
      const isOver = stream.record.state === "closed";
      if (!isOver && (this.#allowed === 0 || begun === STARTS_AT_ONCE)) return this.#goOnLater();
      // To start one may call `begin` again: when its answer is ours and ends at once.
      this.#next++;
      if (isOver) continue;
      this.#allowed--;
      begun++;
      stream.start();
    }
    if (this.#next < this.#waiting.length) return;
    this.#waiting = [];
    this.#next = 0;
  }

  #goOnLater(): void {
    this.#isDue = true;
    if (this.#allowed > 0) return inLaterTurn(this);
    this.#allowed = ALLOWED_EACH_MOMENT;
    inAMoment(this);
  }
}

const ALLOWED_AT_FIRST = 8;
const ALLOWED_EACH_MOMENT = 4;
/** As many as there may be streams. */
const MOST_ALLOWED = 100;
const STARTS_AT_ONCE = 16;
