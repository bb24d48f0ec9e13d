/** Durations as the API writes them (GEP-2257): `1h30m`, `10s`, `500ms`. */

/** Milliseconds; null when it is none. */
export function parseDuration(text: string): number | null {
  const [, hours, minutes, seconds, ms] =
    /^(?:(\d{1,5})h)?(?:(\d{1,5})m)?(?:(\d{1,5})s)?(?:(\d{1,5})ms)?$/.exec(text) ?? [];
  if ([hours, minutes, seconds, ms].every((part) => part === undefined)) return null;
  return (
    Number(hours ?? 0) * 3_600_000 +
    Number(minutes ?? 0) * 60_000 +
    Number(seconds ?? 0) * 1000 +
    Number(ms ?? 0)
  );
}
