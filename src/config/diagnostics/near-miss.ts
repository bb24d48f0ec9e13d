/**
 * "Did you mean …?": the known word nearest to an unknown one, when it is near enough to be a slip
 * of the keyboard. Distance is optimal string alignment: one insertion, deletion, change or swap of
 * neighbours costs 1.
 */

/** The nearest of `known`, or null. Case and `-`/`_` do not count as a difference. */
export function nearMiss(unknown: string, known: Iterable<string>): string | null {
  if (unknown.length > WORD_LIMIT) return null;
  const wanted = fold(unknown);
  let best: string | null = null;
  let bestDistance = Math.max(1, Math.floor(unknown.length / 3)) + 1;
  for (const candidate of known) {
    if (Math.abs(candidate.length - wanted.length) >= bestDistance) continue;
    const distance = editDistance(wanted, fold(candidate));
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** `did you mean …?`, or null. */
export function didYouMean(unknown: string, known: Iterable<string>): string | null {
  const near = nearMiss(unknown, known);
  return near === null ? null : `did you mean \`${near}\`?`;
}

export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = last[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      row[j] = Math.min(change, last[j]! + 1, row[j - 1]! + 1);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) row[j] = Math.min(row[j]!, beforeLast[j - 2]! + 1);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length]!;
}

function fold(word: string): string {
  return word.toLowerCase().replaceAll("-", "_");
}

/** No key or name is longer; the table below grows with the square of it. */
const WORD_LIMIT = 64;
