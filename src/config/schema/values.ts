/** The schema's building blocks: each says what it takes (for editors and messages) and what it becomes. */
import { z } from "zod";
import { ok, type Result } from "../../base/result.ts";
import { quoted } from "../diagnostics/wording.ts";
import { DURATION, durationHint, formatDuration, parseDuration } from "../values/duration.ts";
import { formatSize, parseSize, SIZE, sizeHint } from "../values/size.ts";
import { fault, type ValueFault } from "../values/value-fault.ts";
import { noted, type SchemaNote } from "./notes.ts";

/** What a custom issue carries beside its message. */
export interface FaultParams {
  readonly code: ValueFault["code"];
  readonly suggestion: string | null;
}

/** A schema whose value is turned into `T`, or into an issue with a code and a suggestion. */
export function converted<S extends z.ZodType, T>(
  schema: S,
  convert: (value: z.output<S>) => Result<T, ValueFault>,
) {
  return schema.transform((value, context): T => {
    const result = convert(value);
    if (result.ok) return result.value;
    const { code, message, suggestion, path } = result.error;
    const params: FaultParams = { code, suggestion };
    context.issues.push({ code: "custom", input: value, message, path: [...path], params: { ...params } });
    return z.NEVER;
  });
}

/** A description with examples, for editors and the reference: `.meta(about("…", "10.0.0.0/8"))`. */
export function about(description: string, ...examples: readonly unknown[]) {
  return { description, examples: [...examples] };
}

/** Text in a fixed form: an address, a method. */
export function textOf<T>(expects: string, parse: (text: string) => Result<T, ValueFault>) {
  return noted(converted(z.string(), parse), { expects });
}

/** Text that may be anything, at least one character long unless said otherwise. */
export function freeText(expects: string, least = 1) {
  return noted(z.string().min(least), { expects, freeText: true });
}

/** A whole number. */
export function count(least: number, most = 1_000_000_000) {
  return noted(z.int().min(least).max(most), { expects: `a whole number from ${least} to ${most}` });
}

/** A share of all. */
export function ratio() {
  return noted(z.number().min(0).max(1), { expects: "a number from 0 to 1" });
}

/** A whole number, or `off`: `Infinity`. */
export function countOrOff(least: number, most: number) {
  return noted(z.union([count(least, most), z.literal("off").transform(() => Number.POSITIVE_INFINITY)]), {
    expects: `a whole number from ${least} to ${most}, or \`off\``,
  });
}

/** `on`, `off`, `true` or `false`. */
export function onOff() {
  const words = z.union([z.boolean(), z.enum(["on", "off"])]);
  return noted(
    words.transform((value) => value === true || value === "on"),
    { expects: "`on` or `off`" },
  );
}

/** Milliseconds, at least `leastMs`. */
export function duration(leastMs = 1) {
  return unitText("a duration such as `250ms`, `5s`, `1m` or `2h`", DURATION, DURATION_UNIT, (text) =>
    atLeast(parseDuration(text), leastMs, text),
  );
}

/** As `duration`, or `off` for no limit: `Infinity`. */
export function durationOrOff() {
  return unitText("a duration such as `5s`, or `off`", orOff(DURATION), DURATION_UNIT, (text) =>
    text === "off" ? ok(Number.POSITIVE_INFINITY) : atLeast(parseDuration(text), 1, text),
  );
}

/** Bytes. */
export function size(leastBytes: number, mostBytes = 2 ** 40) {
  return unitText("a size such as `64KiB` or `10MiB`", SIZE, SIZE_UNIT, (text) =>
    between(parseSize(text), leastBytes, mostBytes, text),
  );
}

/** As `size`, or `off`, which stands for `off`'s value. */
export function sizeOrOff(offValue: number) {
  return unitText("a size such as `10MiB`, or `off`", orOff(SIZE), SIZE_UNIT, (text) =>
    text === "off" ? ok(offValue) : between(parseSize(text), 1, 2 ** 40, text),
  );
}

/** A share as `50%`: 0.5. With `off`, that word stands for `Infinity`. */
export function share(leastPercent: number, mostPercent: number, off?: "off") {
  const expects = off === undefined ? "a share such as `50%`" : "a share such as `125%`, or `off`";
  const pattern = off === undefined ? SHARE : orOff(SHARE);
  return noted(
    converted(z.string().meta({ pattern: pattern.source }), (text): Result<number, ValueFault> => {
      if (text === off) return ok(Number.POSITIVE_INFINITY);
      const percent = SHARE.test(text) ? Number(text.slice(0, -1)) : Number.NaN;
      if (percent >= leastPercent && percent <= mostPercent) return ok(percent / 100);
      return fault(
        "config.bad_value",
        `${quoted(text)} is not a share from \`${leastPercent}%\` to \`${mostPercent}%\``,
      );
    }),
    { expects },
  );
}

/** One of a few words. */
export function choice<const W extends readonly [string, ...string[]]>(words: W) {
  return noted(z.enum(words), {});
}

/** A name that others refer to: it is neither a port nor an address. */
export function name(what: string) {
  return textOf(`the name of ${what}`, (text) => parseName(text, what));
}

export function parseName(text: string, what: string): Result<string, ValueFault> {
  if (NAME.test(text)) return ok(text);
  const hint = "a name starts with a letter, and letters, digits, `_`, `-` and `.` follow";
  return fault("config.bad_value", `${quoted(text)} cannot be the name of ${what}`, hint);
}

/** One value or a list of them, always a list afterwards. */
export function oneOrMore<S extends z.ZodType>(item: S) {
  return z
    .union([item, z.array(item).min(1)])
    .transform((value) => (Array.isArray(value) ? value : [value]) as z.output<S>[]);
}

function unitText(
  expects: string,
  pattern: RegExp,
  unit: NonNullable<SchemaNote["unit"]>,
  parse: (text: string) => Result<number, ValueFault>,
) {
  return noted(converted(z.string().meta({ pattern: pattern.source }), parse), { expects, unit });
}

function orOff(pattern: RegExp): RegExp {
  return new RegExp(`^off$|${pattern.source}`);
}

function atLeast(parsed: Result<number, ValueFault>, leastMs: number, text: string) {
  if (!parsed.ok || parsed.value >= leastMs) return parsed;
  return fault("value.duration", `${quoted(text)} is too short`, `at least \`${formatDuration(leastMs)}\``);
}

function between(
  parsed: Result<number, ValueFault>,
  least: number,
  most: number,
  text: string,
): Result<number, ValueFault> {
  if (!parsed.ok || (parsed.value >= least && parsed.value <= most)) return parsed;
  const range = `between \`${formatSize(least)}\` and \`${formatSize(most)}\``;
  return fault("value.size", `${quoted(text)} is out of range`, range);
}

const DURATION_UNIT = { code: "value.duration", hint: durationHint } as const;
const SIZE_UNIT = { code: "value.size", hint: sizeHint } as const;
const SHARE = /^\d{1,5}(?:\.\d{1,3})?%$/;
const NAME = /^[A-Za-z_][A-Za-z0-9_.-]{0,99}$/;
