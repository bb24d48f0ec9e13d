/**
 * How often each of many sources may do something, counted for all processes together, in memory of a fixed size. A source
 * has a place in one of many small sets, by its hash; a place holds who has it and the time at which its allowance will be
 * full again (GCRA, ITU-T I.371). Both are whole numbers of 32 bits, changed by `Atomics`: nothing is locked, and a process
 * that dies in between leaves a source with its whole allowance at worst.
 */
import { hashText } from "./hash.ts";

/** 4,096 places. One is free again two seconds after its source has come last. */
const SETS = 1_024;
const WAYS = 4;

/** How many cells of 64 bits the places take: a cell for each. */
export const SOURCE_RATES_CELLS: number = SETS * WAYS;

export class SourceRates {
  readonly #words: Int32Array;
  readonly #at: number;
  readonly #epochMs: number;

  /**
   * @param words,at the memory, and in which of its words the places begin; all zero at first
   * @param epochMs what to add to `Clock.nowMs` for a time that all who share it agree on
   */
  constructor(words: Int32Array, at: number, epochMs: number) {
    this.#words = words;
    this.#at = at;
    this.#epochMs = epochMs;
  }

  /** For one process, or where there is no room to share. */
  static alone(): SourceRates {
    return new SourceRates(new Int32Array(SOURCE_RATES_CELLS * 2), 0, 0);
  }

  /**
   * Whether the source may once more; if so it is counted. After a rest it may for two seconds' worth at once.
   * @param perSecond up to 32,000
   */
  take(source: string, perSecond: number, nowMs: number): boolean {
    const now = Math.floor((nowMs + this.#epochMs) * TICKS_PER_MS) | 0;
    const cost = Math.max(1, Math.round((1_000 * TICKS_PER_MS) / perSecond));
    const fullAt = this.#placeOf(source, now) + 1;
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const seen = Atomics.load(this.#words, fullAt);
      const ahead = aheadOf(seen, now);
      if (ahead + cost > BURST_TICKS) return false;
      const next = (now + ahead + cost) | 0;
      if (Atomics.compareExchange(this.#words, fullAt, seen, next) === seen) return true;
    }
    // So many others count the same source at this very moment that it cannot have a right to more.
    return false;
  }

  /** Where the source's name stands: where it was, or in the place that is free for the longest time. */
  #placeOf(source: string, now: number): number {
    const words = this.#words;
    const name = hashText(source, NAME_SEED) | 1;
    const first = this.#at + (hashText(source) % SETS) * WAYS * 2;
    let least = first;
    let leastAhead = Number.POSITIVE_INFINITY;
    for (let place = first; place < first + WAYS * 2; place += 2) {
      if (Atomics.load(words, place) === name) return place;
      const ahead = aheadOf(Atomics.load(words, place + 1), now);
      if (ahead >= leastAhead) continue;
      least = place;
      leastAhead = ahead;
    }
    Atomics.store(words, least + 1, now);
    Atomics.store(words, least, name);
    return least;
  }
}

/** In ticks; 0 for a time that is past, or can be none of ours because it is too far ahead: clocks of 32 bits go round. */
function aheadOf(fullAt: number, now: number): number {
  const ahead = (fullAt - now) | 0;
  return ahead > 0 && ahead <= BURST_TICKS + LATE_TICKS ? ahead : 0;
}

/** Of a clock that goes round in 37 hours: who comes again after just that time may be refused, for three seconds at most. */
const TICKS_PER_MS = 32;
const BURST_TICKS = 2_000 * TICKS_PER_MS;
/** One process may have read its clock so long before another that has counted already: a clock is read once an event. */
const LATE_TICKS = 1_000 * TICKS_PER_MS;
const MOST_TRIES = 64;
const NAME_SEED = 0x5bd1_e995;
