/** Shares of a whole: `20%`, `0.5%`. */
import { ok, type Result } from "../../base/result.ts";
import { quoted } from "../diagnostics/wording.ts";
import { fault, type ValueFault } from "./value-fault.ts";

/** From 0 to 1: 0.2 for `20%`. */
export function parseShare(text: string): Result<number, ValueFault> {
  const [, digits] = SHARE.exec(text) ?? [];
  const percent = Number(digits ?? Number.NaN);
  if (percent <= 100) return ok(percent / 100);
  return fault("config.bad_value", `${quoted(text)} is not a share`, "write `20%`: from `0%` to `100%`");
}

/** The shortest spelling. */
export function formatShare(share: number): string {
  return `${Math.round(share * 10_000) / 100}%`;
}

const SHARE = /^(\d{1,3}(?:\.\d{1,2})?)%$/;
