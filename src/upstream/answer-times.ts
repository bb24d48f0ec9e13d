/**
 * How long an upstream takes to begin its answers: shares of the recent past, for whoever has to know what is slow.
 * Logarithmic buckets, 19 % wide; the past counts half as much after some thousand answers.
 */
export class AnswerTimes {
  readonly #counts = new Float64Array(BUCKETS);
  #total = 0;

  record(ms: number): void {
    const bucket =
      ms <= LEAST_MS ? 0 : Math.min(BUCKETS - 1, Math.ceil(Math.log2(ms / LEAST_MS) * PER_OCTAVE));
    this.#counts[bucket]!++;
    if (++this.#total >= FADE_AT) this.#fade();
  }

  /** The time within which this share of the answers began; `Infinity` while too few are known to say. */
  quantileMs(share: number): number {
    if (this.#total < FEWEST) return Number.POSITIVE_INFINITY;
    let left = share * this.#total;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      left -= this.#counts[bucket]!;
      if (left <= 0) return LEAST_MS * 2 ** (bucket / PER_OCTAVE);
    }
    return LONGEST_MS;
  }

  #fade(): void {
    for (let bucket = 0; bucket < BUCKETS; bucket++) this.#counts[bucket]! /= 2;
    this.#total /= 2;
  }
}

const LEAST_MS = 0.1;
const PER_OCTAVE = 4;
/** 0.1 ms to 100 s. */
const BUCKETS = 81;
const LONGEST_MS = LEAST_MS * 2 ** ((BUCKETS - 1) / PER_OCTAVE);
const FADE_AT = 4_096;
const FEWEST = 50;
