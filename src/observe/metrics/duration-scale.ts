/**
 * The buckets of every duration histogram, from 10 µs to 10,000 s, each 9 or 10 % wider than the one before. So a
 * quantile that is read from them is within 5 % of the true one, wherever it lies, and histograms of several processes
 * are merged by adding them up. Each stretch between two bounds that Prometheus is shown (1, 2.5 and 5 of a decade) is
 * divided in equal ratios, so that what it is shown is exact too.
 */

/** Of milliseconds: 10 µs, 10,000 s. */
const FIRST_DECADE = -2;
const LAST_DECADE = 7;
/** From, to, and into how many buckets. */
const STRETCHES = [
  [1, 2.5, 10],
  [2.5, 5, 8],
  [5, 10, 8],
] as const;

/** Upper bounds in milliseconds, included; the last bucket has none. */
export const UPPER_BOUNDS_MS: Float64Array = upperBounds();

export const DURATION_BUCKETS: number = UPPER_BOUNDS_MS.length;

/** Of one histogram: its buckets, and the sum of what it was told, in milliseconds. */
export const DURATION_CELLS: number = DURATION_BUCKETS + 1;
export const SUM_CELL: number = DURATION_BUCKETS;

/** In seconds; each is one of the bounds above. */
export const EXPOSED_BOUNDS: readonly number[] = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 100,
];

/** How many there are of them with the one for everything longer. */
export const EXPOSED_BUCKETS: number = EXPOSED_BOUNDS.length + 1;

/** Of a histogram that is only counted as it is shown: its buckets, and the sum in milliseconds. */
export const EXPOSED_CELLS: number = EXPOSED_BUCKETS + 1;

/** By bucket: which exposed one it is in. */
const EXPOSED_OF_BUCKET: Uint8Array = Uint8Array.from(UPPER_BOUNDS_MS, (bound) => {
  const at = EXPOSED_BOUNDS.findIndex((seconds) => bound <= Number((seconds * 1000).toPrecision(6)));
  return at < 0 ? EXPOSED_BOUNDS.length : at;
});

const FLOAT = new Float64Array(1);
const WORDS = new Uint32Array(FLOAT.buffer);
/** Which of the two words holds sign, exponent and the first bits behind the point. */
const HIGH_WORD = highWord();
/** What is left of the high word then: 11 bits of the exponent and 5 behind it. */
const STEP_SHIFT = 15;
const FIRST_BOUND_MS: number = UPPER_BOUNDS_MS[0]!;
const FIRST_STEP = stepOf(FIRST_BOUND_MS);
const BUCKET_OF_STEP: Uint8Array = bucketsOfSteps();

/**
 * Without a search: the exponent of a float and the first five bits behind its point name one of 32 steps of an octave,
 * and no step is wide enough to hold two bounds.
 */
export function bucketOf(ms: number): number {
  if (!(ms > FIRST_BOUND_MS)) return 0;
  FLOAT[0] = ms;
  const step = (WORDS[HIGH_WORD]! >>> STEP_SHIFT) - FIRST_STEP;
  if (step >= BUCKET_OF_STEP.length) return DURATION_BUCKETS - 1;
  const bucket = BUCKET_OF_STEP[step]!;
  return ms > UPPER_BOUNDS_MS[bucket]! ? bucket + 1 : bucket;
}

/** Counts one duration in the histogram that begins at `at`. */
export function countDuration(cells: Float64Array, at: number, ms: number): void {
  cells[at + bucketOf(ms)]! += 1;
  cells[at + SUM_CELL]! += ms;
}

/** Counts one duration in the histogram that begins at `at`, and in one that is counted as it is shown. */
export function countDurationTwice(cells: Float64Array, at: number, exposedAt: number, ms: number): void {
  const bucket = bucketOf(ms);
  cells[at + bucket]! += 1;
  cells[at + SUM_CELL]! += ms;
  cells[exposedAt + EXPOSED_OF_BUCKET[bucket]!]! += 1;
  cells[exposedAt + EXPOSED_BUCKETS]! += ms;
}

/** Adds a histogram of fine buckets to one of those that are shown. */
export function addExposed(to: Float64Array, cells: Float64Array, at: number): void {
  for (let i = 0; i < DURATION_BUCKETS; i++) to[EXPOSED_OF_BUCKET[i]!]! += cells[at + i]!;
}

/**
 * The value that a share `q` of all durations does not exceed, within 5 %; null without any.
 * @param buckets of one histogram, or of several added up
 */
export function quantileMs(buckets: ArrayLike<number>, q: number): number | null {
  let count = 0;
  for (let i = 0; i < DURATION_BUCKETS; i++) count += buckets[i]!;
  if (count === 0) return null;
  let rest = Math.max(1, Math.ceil(q * count));
  let bucket = 0;
  while (rest > buckets[bucket]!) rest -= buckets[bucket++]!;
  return middleMs(bucket);
}

/** As far, in proportion, from one bound as from the other; of the first and the last, the bound that they have. */
function middleMs(bucket: number): number {
  const upper = UPPER_BOUNDS_MS[bucket]!;
  if (bucket === 0) return upper;
  const lower = UPPER_BOUNDS_MS[bucket - 1]!;
  return upper === Number.POSITIVE_INFINITY ? lower : (2 * lower * upper) / (lower + upper);
}

function upperBounds(): Float64Array {
  const bounds = [Number(`1e${FIRST_DECADE}`)];
  for (let decade = FIRST_DECADE; decade < LAST_DECADE; decade++) {
    for (const [from, to, parts] of STRETCHES) {
      for (let part = 1; part < parts; part++)
        bounds.push(from * 10 ** decade * (to / from) ** (part / parts));
      bounds.push(Number(`${to}e${decade}`));
    }
  }
  return Float64Array.from([...bounds, Number.POSITIVE_INFINITY]);
}

function bucketsOfSteps(): Uint8Array {
  const lastStep = stepOf(UPPER_BOUNDS_MS[DURATION_BUCKETS - 2]!);
  return Uint8Array.from({ length: lastStep - FIRST_STEP + 1 }, (_, step) => {
    WORDS[1 - HIGH_WORD] = 0;
    WORDS[HIGH_WORD] = (FIRST_STEP + step) << STEP_SHIFT;
    const least = FLOAT[0]!;
    return UPPER_BOUNDS_MS.findIndex((bound) => least <= bound);
  });
}

function stepOf(ms: number): number {
  FLOAT[0] = ms;
  return WORDS[HIGH_WORD]! >>> STEP_SHIFT;
}

function highWord(): 0 | 1 {
  FLOAT[0] = 1;
  return WORDS[1] !== 0 ? 1 : 0;
}
