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

/** What a wheel calls back. One object may hold one place in the wheel at a time. */
export interface Timed {
  /** When `expire` is due, in `Clock.nowMs` terms; `Infinity` means never. May be moved at any time. */
  deadlineMs: number;
  /** Where the wheel keeps this object; only the wheel writes it. `-1` when it is not in the wheel. */
  wheelSlot: number;
  /** Called once the deadline has passed; the object has left the wheel. */
  expire(nowMs: number): void;
}

/**
 * Coarse deadlines for many connections. Moving a deadline *later* is just a write to `deadlineMs`;
 * the wheel looks again when the old slot comes round. Only an *earlier* deadline must be told.
 */
export interface Timers {
  readonly clock: Clock;
  /** Enters `timed`, or moves it to an earlier slot. Cheap when nothing has to move. */
  arm(timed: Timed): void;
  /** Takes `timed` out. Optional: a deadline of `Infinity` has the same effect, later. */
  disarm(timed: Timed): void;
}
