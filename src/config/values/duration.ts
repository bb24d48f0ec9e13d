/**
 * Durations: `250ms`, `5s`, `1m`, `2h`. A unit is always written, because `timeout: 30` has meant seconds
 * in one proxy and milliseconds in the next.
 */
import { ok, type Result } from "../../base/result.ts";
import { quoted } from "../diagnostics/wording.ts";
import { fault, type ValueFault } from "./value-fault.ts";

/** Milliseconds. */
export function parseDuration(text: string): Result<number, ValueFault> {
  const [, digits, unit] = DURATION.exec(text) ?? [];
  if (digits === undefined) {
    return fault("value.duration", `${quoted(text)} is not a duration`, suggestionFor(text));
  }
  const ms = Number(digits) * UNIT_MS.get(unit!)!;
  if (ms > LONGEST_MS) return fault("value.duration", `${quoted(text)} is longer than a year`);
  return ok(ms);
}

/** What to write for a bare number. */
export function durationHint(value: number): string {
  return `write the unit: \`${value}s\` or \`${value}ms\``;
}

function suggestionFor(text: string): string {
  const [, digits, unit] = LOOSE.exec(text) ?? [];
  if (digits === undefined) return DURATION_FORM;
  if (unit === "") return durationHint(Number(digits));
  const unitMs = LOOSE_UNIT_MS.get(unit!.toLowerCase());
  if (unitMs === undefined) return DURATION_FORM;
  return `write \`${formatDuration(Math.round(Number(digits) * unitMs))}\``;
}

/** The shortest spelling: `90s`, `2h`. */
export function formatDuration(ms: number): string {
  for (const [unit, unitMs] of [...UNIT_MS].reverse()) {
    if (ms >= unitMs && ms % unitMs === 0) return `${ms / unitMs}${unit}`;
  }
  return `${ms}ms`;
}

/** For messages and for the schema's descriptions. */
export const DURATION_FORM = "durations are whole numbers with a unit: `250ms`, `5s`, `1m`, `2h`";
export const DURATION = /^([0-9]{1,12})(ms|s|m|h)$/;

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const LONGEST_MS = 366 * DAY_MS;

const UNIT_MS = new Map([
  ["ms", 1],
  ["s", SECOND_MS],
  ["m", MINUTE_MS],
  ["h", HOUR_MS],
]);

/** Spellings of other programs, to say what they are here. */
const LOOSE = /^\s*([0-9]{1,12}(?:\.[0-9]{1,3})?)\s*([a-zA-Z]*)\s*$/;
const LOOSE_UNIT_MS = new Map([
  ...UNIT_MS,
  ...["msec", "msecs", "millis", "millisecond", "milliseconds"].map((unit) => [unit, 1] as const),
  ...["sec", "secs", "second", "seconds"].map((unit) => [unit, SECOND_MS] as const),
  ...["min", "mins", "minute", "minutes"].map((unit) => [unit, MINUTE_MS] as const),
  ...["hr", "hrs", "hour", "hours"].map((unit) => [unit, HOUR_MS] as const),
  ...["d", "day", "days"].map((unit) => [unit, DAY_MS] as const),
]);
