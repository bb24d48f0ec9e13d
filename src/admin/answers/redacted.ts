/** The second line of defence, as for everything that shows values of a configuration. */
import type { Secrets } from "../../config/references/secrets.ts";

/** @param view plain data; a copy comes back */
export function redacted<T>(view: T, secrets: Secrets): T {
  const text = JSON.stringify(view, (_, value: unknown) =>
    typeof value === "string" ? secrets.redact(value) : value,
  );
  return JSON.parse(text) as T;
}
