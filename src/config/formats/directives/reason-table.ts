/** Tables that give a reason for each of many names, written as one text per reason. */

export function table(
  rows: readonly (readonly [reason: string, names: string])[],
): ReadonlyMap<string, string> {
  return new Map(rows.flatMap(([reason, names]) => words(names).map((name) => [name, reason] as const)));
}

export function words(text: string): string[] {
  return text.trim().split(/\s+/);
}
