/**
 * Time as an argument. Nothing outside `io` and `runtime` reads the machine's clock; tests move a
 * fake one (test/support/fake-clock.ts) and never sleep.
 */
export interface Clock {
  /** Milliseconds of a clock that never goes back; only differences mean anything. */
  nowMs(): number;
  /** Milliseconds since 1970, for dates shown to people and peers. May jump. */
  wallMs(): number;
}

/** What has a deadline. The links belong to the wheel, which keeps its members in intrusive lists. */
export interface Timed {
  /** When `expire` is due, in `Clock.nowMs` terms; `Infinity` means never. */
  deadlineMs: number;
  /** The slot that holds this object, as its due time; `Infinity` when it is in none. */
  slotDueMs: number;
  timerNext: Timed | null;
  timerPrevious: Timed | null;
  /** Called once the deadline has passed; the object has left the wheel. */
  expire(nowMs: number): void;
}

/**
 * Coarse deadlines for many connections. Moving a deadline *later* is just a write to `deadlineMs`:
 * the wheel looks again when the old slot comes round. An *earlier* one needs `arm`.
 */
export interface Timers {
  readonly clock: Clock;
  /** Enters `timed`, or moves it to an earlier slot when its deadline asks for it. */
  arm(timed: Timed): void;
  /** Takes `timed` out, so that the wheel holds no reference to it. */
  disarm(timed: Timed): void;
}
