/**
 * Whether somebody has set the machine's clock. Deadlines do not care, they run on a clock that never goes back; but
 * whoever reads a log whose times jump should find the reason in it.
 */
import type { Clock } from "../base/clock.ts";
import { realClock, refreshClock } from "../io/real-clock.ts";
import type { LogEvent } from "./log.ts";

export class ClockWatch {
  readonly #clock: Clock;
  readonly #log: LogEvent;
  #offsetMs: number;

  constructor(clock: Clock, log: LogEvent) {
    this.#clock = clock;
    this.#log = log;
    this.#offsetMs = clock.wallMs() - clock.nowMs();
  }

  look(): void {
    const offsetMs = this.#clock.wallMs() - this.#clock.nowMs();
    const jumpedMs = Math.round(offsetMs - this.#offsetMs);
    this.#offsetMs = offsetMs;
    if (Math.abs(jumpedMs) < NOTICED_MS) return;
    this.#log({ level: "warn", event: "clock_set", by_ms: jumpedMs });
  }
}

/** Looks every few seconds until the returned function is called. Does not keep the process alive. */
export function watchClock(log: LogEvent): () => void {
  const watch = new ClockWatch(realClock, log);
  const timer = setInterval(() => {
    refreshClock();
    watch.look();
  }, LOOK_MS);
  timer.unref();
  return () => clearInterval(timer);
}

/** NTP slews half a second away without a jump; a suspended machine may lose more, and that is worth a line, too. */
const NOTICED_MS = 1_000;
const LOOK_MS = 5_000;
