/**
 * Sizes: `512B`, `64KiB`, `10MiB`, `1GiB`. Only binary units: `10MB` is ten million bytes to one half
 * of the world and 10,485,760 to the other.
 */
import { ok, type Result } from "../../base/result.ts";
import { quoted } from "../diagnostics/wording.ts";
import { fault, type ValueFault } from "./value-fault.ts";

/** Bytes. */
export function parseSize(text: string): Result<number, ValueFault> {
  const [, digits, unit] = SIZE.exec(text) ?? [];
  if (digits === undefined) return fault("value.size", `${quoted(text)} is not a size`, suggestionFor(text));
  const bytes = Number(digits) * UNIT_BYTES.get(unit!)!;
  if (bytes > LARGEST_BYTES) return fault("value.size", `${quoted(text)} is larger than 1024GiB`);
  return ok(bytes);
}

/** What to write for a bare number. */
export function sizeHint(value: number): string {
  return `write the unit: \`${value}KiB\`, \`${value}MiB\` or \`${value}B\``;
}

/** The shortest spelling: `32KiB`. */
export function formatSize(bytes: number): string {
  for (const [unit, unitBytes] of [...UNIT_BYTES].reverse()) {
    if (bytes >= unitBytes && bytes % unitBytes === 0) return `${bytes / unitBytes}${unit}`;
  }
  return `${bytes}B`;
}

function suggestionFor(text: string): string {
  const [, digits, unit] = LOOSE.exec(text) ?? [];
  if (digits === undefined) return SIZE_FORM;
  if (unit === "") return sizeHint(Number(digits));
  const binary = LOOSE_UNIT.get(unit!.toLowerCase());
  if (binary === undefined) return SIZE_FORM;
  return `write \`${formatSize(Math.round(Number(digits) * UNIT_BYTES.get(binary)!))}\``;
}

/** For messages and for the schema's descriptions. */
export const SIZE_FORM = "sizes are whole numbers with a binary unit: `512B`, `64KiB`, `10MiB`, `1GiB`";
export const SIZE = /^([0-9]{1,13})(B|KiB|MiB|GiB)$/;

const UNIT_BYTES = new Map([
  ["B", 1],
  ["KiB", 2 ** 10],
  ["MiB", 2 ** 20],
  ["GiB", 2 ** 30],
]);
const LARGEST_BYTES = 2 ** 40;

/** Spellings of other programs, to say what they are here. */
const LOOSE = /^\s*([0-9]{1,13}(?:\.[0-9]{1,3})?)\s*([a-zA-Z]*)\s*$/;
const LOOSE_UNIT = new Map([
  ["b", "B"],
  ["byte", "B"],
  ["bytes", "B"],
  ...["k", "kb", "ki", "kib"].map((unit) => [unit, "KiB"] as const),
  ...["m", "mb", "mi", "mib"].map((unit) => [unit, "MiB"] as const),
  ...["g", "gb", "gi", "gib"].map((unit) => [unit, "GiB"] as const),
]);
