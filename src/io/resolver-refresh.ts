/** One watched name: asks, publishes the answer, and asks again before it is out of date. */
import type { Timed, Timers } from "../base/clock.ts";
import { type Random, randomBelow } from "../base/random.ts";
import { refreshClock } from "./real-clock.ts";
import type { WatchedName } from "./resolver.ts";
import type { Lookup } from "./resolver-lookup.ts";

/** Read anew for every question, because a reload may change it. */
export interface RefreshSetup {
  refreshMs: number;
  readonly timers: Timers;
  lookup: Lookup;
  readonly random: Random;
}

export class NameRefresh implements WatchedName, Timed {
  readonly name: string;
  addresses: readonly string[] = [];
  failure: string | null = null;
  readonly first: Promise<void>;
  deadlineMs: number = Number.POSITIVE_INFINITY;
  slotDueMs: number = Number.POSITIVE_INFINITY;
  timerNext: Timed | null = null;
  timerPrevious: Timed | null = null;
  readonly #setup: RefreshSetup;
  readonly #settleFirst: () => void;
  #retryMs = FIRST_RETRY_MS;
  #stopped = false;

  constructor(name: string, setup: RefreshSetup) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.name = name;
    this.first = promise;
    this.#settleFirst = resolve;
    this.#setup = setup;
    void this.#ask();
  }

  /** What is known stays; a lookup under way no longer matters. */
  stop(): void {
    this.#stopped = true;
    this.#setup.timers.disarm(this);
    this.#settleFirst();
  }

  expire(): void {
    void this.#ask();
  }

  /** The answer to a question that is under way no longer matters. */
  askNow(): void {
    this.#setup.timers.disarm(this);
    void this.#ask();
  }

  async #ask(): Promise<void> {
    const { lookup } = this.#setup;
    const found = await lookup(this.name);
    refreshClock();
    if (this.#stopped || lookup !== this.#setup.lookup) return;
    if (found.ok) {
      this.addresses = found.value.addresses;
      this.failure = null;
    } else if (this.addresses.length === 0) this.failure = found.error;
    this.#settleFirst();
    const delayMs = found.ok ? await this.#believeMs(found.value.ttlMs) : this.#backOffMs();
    refreshClock();
    if (!this.#stopped && lookup === this.#setup.lookup) this.#askAgain(delayMs);
  }

  async #believeMs(ttlMs: Promise<number | null>): Promise<number> {
    this.#retryMs = FIRST_RETRY_MS;
    const ttl = (await ttlMs) ?? this.#setup.refreshMs;
    return Math.min(Math.max(ttl, MIN_TTL_MS), MAX_TTL_MS);
  }

  #backOffMs(): number {
    const delayMs = this.#retryMs;
    this.#retryMs = Math.min(delayMs * 2, MAX_RETRY_MS);
    return delayMs;
  }

  /** Up to a tenth early, so that many names of one answer are not asked for at one moment. */
  #askAgain(delayMs: number): void {
    const { timers, random } = this.#setup;
    const earlyMs = randomBelow(random, 1024) * (delayMs / 10_240);
    this.deadlineMs = timers.clock.nowMs() + delayMs - earlyMs;
    timers.arm(this);
  }
}

/** Envoy's dns_min_refresh_rate allows no less either: a TTL of 0 must not become a storm of queries. */
const MIN_TTL_MS = 1_000;
/** A TTL set too long by mistake ends by itself; systemd-resolved believes no answer for more than two hours. */
const MAX_TTL_MS = 3_600_000;
const FIRST_RETRY_MS = 1_000;
const MAX_RETRY_MS = 30_000;
