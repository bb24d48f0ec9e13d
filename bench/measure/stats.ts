/**
 * The few numbers the report is made of. Medians, because one disturbed round must not move a figure;
 * ratios are formed round by round before the median is taken, because neighbouring rounds share
 * whatever the machine was doing at the time.
 */

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** `null` for no values: a contestant whose every round failed has no figure. */
export function spreadOf(values: readonly number[]): Spread | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  return { median: middleOf(sorted), min: sorted[0]!, max: sorted.at(-1)! };
}

/**
 * The spread of `values[i] / reference[i]`. `undefined` stands for a failed round and takes its pair along.
 */
export function pairedRatios(
  values: readonly (number | undefined)[],
  reference: readonly (number | undefined)[],
): Spread | null {
  const ratios: number[] = [];
  for (const [round, value] of values.entries()) {
    const base = reference[round];
    if (value !== undefined && base !== undefined && base > 0) ratios.push(value / base);
  }
  return spreadOf(ratios);
}

function middleOf(sorted: readonly number[]): number {
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}
