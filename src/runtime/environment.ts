/**
 * What a running proxy takes from its machine: time, names and randomness. Tests put their own in place, so that
 * an hour passes at once and a name has the addresses that the case needs.
 */
import type { Timers } from "../base/clock.ts";
import { createRandom, type Random } from "../base/random.ts";
import type { DnsSettings } from "../config/model.ts";
import { realClock } from "../io/real-clock.ts";
import { createResolver, type Resolver } from "../io/resolver.ts";
import { timeoutTimers } from "../io/timeout-timers.ts";
import { intervalTicker, TimerWheel } from "../io/timer-wheel.ts";
import type { ExchangeObserver } from "../observe/exchange-record.ts";

export interface Environment {
  readonly timers: Timers;
  /** For what is due every few seconds or days, and must not wake an idle process more often. */
  readonly slowTimers: Timers;
  readonly resolver: Resolver;
  readonly random: Random;
  /** Hears of every exchange and tunnel beside the logs; null for none. */
  readonly observer: ExchangeObserver | null;
}

/** The machine's own, but for what `given` puts in its place. */
export function environmentFor(dns: DnsSettings, given: Partial<Environment> = {}): Environment {
  return {
    timers: given.timers ?? new TimerWheel(realClock, intervalTicker()),
    slowTimers: given.slowTimers ?? given.timers ?? timeoutTimers(realClock),
    resolver: given.resolver ?? createResolver({ ...dns, clock: realClock }),
    random: given.random ?? createRandom(seed()),
    observer: given.observer ?? null,
  };
}

function seed(): readonly [number, number, number, number] {
  const words = crypto.getRandomValues(new Uint32Array(4));
  return [words[0]! | 1, words[1]!, words[2]!, words[3]!];
}
