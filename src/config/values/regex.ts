/** Regular expressions in configuration. Routing compiles them; here a mistake gets its code and a way out. */
import { ok, type Result } from "../../base/result.ts";
import { compileRegex, type LinearRegex } from "../../routing/regex.ts";
import { fault, type ValueFault } from "./value-fault.ts";

export function parseRegex(source: string): Result<LinearRegex, ValueFault> {
  if (source === "") return fault("value.regex", "an empty pattern matches everything", "leave it out");
  const compiled = compileRegex(source);
  if (compiled.ok) return ok(compiled.value);
  return fault("value.regex", `the pattern cannot be used: ${compiled.error}`, "patterns are RE2 syntax");
}
