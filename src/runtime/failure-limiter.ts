/**
 * An outage happens to every request: a few lines tell what it is, and further ones are counted. Each kind of failure,
 * at each target, has some lines in ten seconds; at their end the rest is told as a number.
 */
import type { Timed, Timers } from "../base/clock.ts";
import type { ErrorCode } from "../base/proxy-error.ts";

export interface Suppressed {
  readonly error: ErrorCode;
  /** The target, or the listener where there was none; null for all others together. */
  readonly at: string | null;
  readonly count: number;
}

export class FailureLimiter implements Timed {
  deadlineMs: number = Number.POSITIVE_INFINITY;
  slotDueMs: number = Number.POSITIVE_INFINITY;
  timerNext: Timed | null = null;
  timerPrevious: Timed | null = null;
  readonly #timers: Timers;
  readonly #onSuppressed: (suppressed: Suppressed) => void;
  /** Of the ten seconds that began with a failure. */
  #endMs = Number.NEGATIVE_INFINITY;
  readonly #kinds = new Map<
    string,
    { readonly error: ErrorCode; readonly at: string | null; count: number }
  >();

  constructor(timers: Timers, onSuppressed: (suppressed: Suppressed) => void) {
    this.#timers = timers;
    this.#onSuppressed = onSuppressed;
  }

  /** Whether this one has a line of its own. */
  allows(error: ErrorCode, at: string): boolean {
    const nowMs = this.#timers.clock.nowMs();
    if (nowMs >= this.#endMs) {
      this.expire();
      this.#endMs = nowMs + WINDOW_MS;
    }
    const kind = this.#kindOf(error, at);
    kind.count++;
    if (kind.count > LINES) this.#tellAtEnd();
    return kind.count <= LINES;
  }

  /** The ten seconds are over, or it is the end. */
  expire(): void {
    this.#timers.disarm(this);
    this.deadlineMs = Number.POSITIVE_INFINITY;
    this.#endMs = Number.NEGATIVE_INFINITY;
    for (const { error, at, count } of this.#kinds.values()) {
      if (count > LINES) this.#onSuppressed({ error, at, count: count - LINES });
    }
    this.#kinds.clear();
  }

  /** Without anything to tell there is no need to wake up. */
  #tellAtEnd(): void {
    if (this.deadlineMs === this.#endMs) return;
    this.deadlineMs = this.#endMs;
    this.#timers.arm(this);
  }

  /** Thousands of targets that fail at once are an outage of one kind. */
  #kindOf(error: ErrorCode, at: string) {
    const known = this.#kinds.get(`${error} ${at}`);
    if (known !== undefined) return known;
    const own = this.#kinds.size < MOST_KINDS;
    const key = own ? `${error} ${at}` : error;
    const kind = this.#kinds.get(key) ?? { error, at: own ? at : null, count: 0 };
    this.#kinds.set(key, kind);
    return kind;
  }
}

const WINDOW_MS = 10_000;
/** For each kind, within that time. */
const LINES = 10;
const MOST_KINDS = 200;
