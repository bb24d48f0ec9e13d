/**
 * Looks at one target again and again, and says when it has changed: down after so many failures in a row, up after so
 * many successes. The first look decides alone, since nothing else is known.
 */
import type { Timed, Timers } from "../../base/clock.ts";
import { type Random, randomBelow } from "../../base/random.ts";
import type { ConnectAddress } from "../../io/connect.ts";
import { type CheckSpec, type Probe, startProbe } from "./check.ts";

export interface CheckTiming {
  readonly everyMs: number;
  readonly timeoutMs: number;
  /** Successes in a row until a target that is down is up. */
  readonly rise: number;
  /** Failures in a row until one that is up is down. */
  readonly fall: number;
}

/** How a target is, by its checks. */
export interface CheckState {
  /** Null: it has not been looked at yet. */
  readonly up: boolean | null;
  /** When that was first so; `Clock.wallMs` terms. */
  readonly sinceMs: number;
  /** What was wrong when it was looked at last, or null. */
  readonly fault: string | null;
}

export interface CheckerOptions {
  /** `host:port`, for the Host of its requests. */
  readonly name: string;
  readonly spec: CheckSpec;
  readonly timing: CheckTiming;
  /** Where the target is now; the first that there is, is looked at. */
  readonly addresses: () => readonly ConnectAddress[];
  readonly timers: Timers;
  readonly random: Random;
  readonly onChange: (state: CheckState) => void;
}

export class TargetChecker implements Timed {
  deadlineMs: number = Number.POSITIVE_INFINITY;
  slotDueMs: number = Number.POSITIVE_INFINITY;
  timerNext: Timed | null = null;
  timerPrevious: Timed | null = null;
  state: CheckState;
  readonly #options: CheckerOptions;
  #probe: Probe | null = null;
  /** Looks in a row that spoke against `state.up`. */
  #against = 0;

  /** @param state as another checker of the same target left it */
  constructor(options: CheckerOptions, state: CheckState | null = null) {
    this.#options = options;
    this.state = state ?? { up: null, sinceMs: options.timers.clock.wallMs(), fault: null };
  }

  /** No look is under way. */
  get settled(): boolean {
    return this.#probe === null;
  }

  /** Those of many targets are spread over the interval, so that no machine is asked for everything at once. */
  start(): void {
    const { timing, random } = this.#options;
    this.#setDeadline(randomBelow(random, Math.min(timing.everyMs, FIRST_WITHIN_MS)));
  }

  stop(): void {
    this.#options.timers.disarm(this);
    this.#probe?.cancel();
    this.#probe = null;
  }

  /** It is time to look, or a look takes too long. */
  expire(): void {
    if (this.#probe === null) return this.#look();
    this.#probe.cancel();
    this.#conclude("timeout");
  }

  #look(): void {
    const { name, spec, timing } = this.#options;
    const [address] = this.#options.addresses();
    if (address === undefined) return this.#conclude("unresolved");
    this.#setDeadline(timing.timeoutMs);
    this.#probe = startProbe(spec, address, name, (fault) => this.#conclude(fault));
  }

  #conclude(fault: string | null): void {
    this.#probe = null;
    this.#note(fault);
    this.#options.timers.disarm(this);
    this.#setDeadline(this.#jittered());
  }

  #note(fault: string | null): void {
    const { up } = this.state;
    const isUp = fault === null;
    this.state = { ...this.state, fault };
    this.#against = up === isUp ? 0 : this.#against + 1;
    const { rise, fall } = this.#options.timing;
    if (up === isUp || (up !== null && this.#against < (isUp ? rise : fall))) return;
    this.#against = 0;
    this.state = { up: isUp, sinceMs: this.#options.timers.clock.wallMs(), fault };
    this.#options.onChange(this.state);
  }

  /** A tenth more or less, so that checks do not fall into step with each other, nor with what they disturb. */
  #jittered(): number {
    const { timing, random } = this.#options;
    return timing.everyMs * (0.9 + randomBelow(random, 201) / 1_000);
  }

  #setDeadline(afterMs: number): void {
    const { timers } = this.#options;
    this.deadlineMs = timers.clock.nowMs() + afterMs;
    timers.arm(this);
  }
}

const FIRST_WITHIN_MS = 500;
