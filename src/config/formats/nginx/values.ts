/** nginx's times and sizes. A bare number is seconds or bytes; units may be put together: `1h 30m`, `1m30s`. */

/** Milliseconds; null when it is none. */
export function parseTime(text: string): number | null {
  if (/^[0-9]+$/.test(text)) return Number(text) * SECOND_MS;
  const parts = [...text.matchAll(TIME_PART)];
  const whole = parts.map(([part]) => part).join("") === text && parts.length > 0;
  if (!whole) return null;
  return parts.reduce((sum, [, digits, unit]) => sum + Number(digits) * UNIT_MS.get(unit!)!, 0);
}

/** Bytes; null when it is none. */
export function parseSize(text: string): number | null {
  const [, digits, unit] = /^([0-9]{1,15})([kKmMgG]?)$/.exec(text) ?? [];
  return digits === undefined ? null : Number(digits) * UNIT_BYTES.get(unit!.toLowerCase())!;
}

const SECOND_MS = 1000;
const DAY_MS = 24 * 60 * 60 * SECOND_MS;
const UNIT_MS = new Map([
  ["ms", 1],
  ["s", SECOND_MS],
  ["m", 60 * SECOND_MS],
  ["h", 60 * 60 * SECOND_MS],
  ["d", DAY_MS],
  ["w", 7 * DAY_MS],
  ["M", 30 * DAY_MS],
  ["y", 365 * DAY_MS],
]);
const TIME_PART = /([0-9]{1,12})(ms|[smhdwMy])[ ]*/g;
const UNIT_BYTES = new Map([
  ["", 1],
  ["k", 2 ** 10],
  ["m", 2 ** 20],
  ["g", 2 ** 30],
]);
