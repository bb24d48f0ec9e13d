/** Which answers a log is for: `404`, `5xx`, `400-499`. */
import { ok, type Result } from "../../base/result.ts";
import { quoted } from "../diagnostics/wording.ts";
import { fault, type ValueFault } from "./value-fault.ts";

export type StatusRange = readonly [first: number, last: number];

export function parseStatusRange(text: string): Result<StatusRange, ValueFault> {
  const [, group] = /^([1-5])xx$/i.exec(text) ?? [];
  if (group !== undefined) return ok([Number(group) * 100, Number(group) * 100 + 99]);
  const [, first, last] = /^(\d{3})(?:-(\d{3}))?$/.exec(text) ?? [];
  if (first === undefined) return fault("config.bad_value", `${quoted(text)} is no status`, FORMS);
  const range: StatusRange = [Number(first), Number(last ?? first)];
  if (range[0] >= 100 && range[1] <= 599 && range[0] <= range[1]) return ok(range);
  return fault("config.bad_value", `${quoted(text)} is out of range`, "statuses go from 100 to 599");
}

const FORMS = "write `404`, `5xx` or `400-499`";
