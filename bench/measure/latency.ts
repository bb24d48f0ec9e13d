/**
 * A histogram of durations that costs one array write per sample and no memory: the load generators
 * record every single answer in it, also at 100,000 a second. Buckets grow with the value (as in
 * HdrHistogram), so that each is within 1/64 (1.6 %) of what it stands for.
 */

export interface Quantiles {
  readonly p50Us: number;
  readonly p99Us: number;
  readonly p999Us: number;
}

export class LatencyHistogram {
  readonly #counts = new Uint32Array((MAX_BITS - SUB_BITS + 1) * SUB_BUCKETS);
  #total = 0;
  #max = 0;

  get count(): number {
    return this.#total;
  }

  get maxNs(): number {
    return this.#max;
  }

  record(ns: number): void {
    this.#counts[bucketOf(ns)]!++;
    this.#total++;
    if (ns > this.#max) this.#max = ns;
  }

  /** The value that `share` (0.999 for p99.9) of all samples do not exceed, in nanoseconds. */
  quantileNs(share: number): number {
    const wanted = Math.max(1, Math.ceil(this.#total * share));
    let seen = 0;
    for (let bucket = 0; bucket < this.#counts.length; bucket++) {
      seen += this.#counts[bucket]!;
      if (seen >= wanted) return Math.min(this.#max, upperEndOf(bucket));
    }
    return this.#max;
  }

  quantiles(): Quantiles {
    const us = (share: number) => this.quantileNs(share) / 1_000;
    return { p50Us: us(0.5), p99Us: us(0.99), p999Us: us(0.999) };
  }

  clear(): void {
    this.#counts.fill(0);
    this.#total = 0;
    this.#max = 0;
  }
}

/**
 * The first 64 buckets hold one value each, every further 64 one power of two. Values beyond 2^31 lose
 * their bits in integer operations, hence the division.
 */
function bucketOf(ns: number): number {
  if (ns < SUB_BUCKETS) return ns <= 0 ? 0 : Math.floor(ns);
  const exponent = Math.min(MAX_BITS - 1, Math.floor(Math.log2(ns)));
  const scaled = Math.floor(ns / 2 ** (exponent - SUB_BITS));
  const within = Math.min(scaled - SUB_BUCKETS, SUB_BUCKETS - 1);
  return (exponent - SUB_BITS + 1) * SUB_BUCKETS + within;
}

function upperEndOf(bucket: number): number {
  if (bucket < SUB_BUCKETS) return bucket;
  const shift = Math.floor(bucket / SUB_BUCKETS) - 1;
  const within = bucket % SUB_BUCKETS;
  return (SUB_BUCKETS + within + 1) * 2 ** shift - 1;
}

const SUB_BUCKETS = 64;
const SUB_BITS = 6;
/** The largest value: 2^36 ns, 69 seconds. Anything longer is counted there. */
const MAX_BITS = 36;
