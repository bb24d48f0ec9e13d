/** The right side of `RewriteRule` and `RedirectMatch`: references to groups and to the request. */
import { err, ok, type Result } from "../../../base/result.ts";
import type { HostContext } from "./host-context.ts";

/**
 * A native `redirect.to`, whose query is kept unless it has a `?` of its own, as in httpd.
 * @param groups what `$1`, `$2` … are called in the route's path
 * @returns the reference that has no counterpart, as the error
 */
export function redirectText(
  text: string,
  groups: readonly string[],
  { scheme, port }: Pick<HostContext, "scheme" | "port">,
): Result<string, string> {
  let unknown: string | null = null;
  const textOf = (whole: string, group: string | undefined, variable: string | undefined): string | null => {
    if (whole === "\\$" || whole === "\\%") return whole.slice(1);
    if (group !== undefined) return group in groups ? `{${groups[Number(group)]}}` : null;
    return variable === undefined ? null : variableValue(variable.toUpperCase(), scheme, port);
  };
  const to = text.replace(REFERENCE, (whole, group?: string, variable?: string) => {
    const value = textOf(whole, group === undefined ? undefined : String(Number(group) - 1), variable);
    if (value === null) unknown ??= whole;
    return value ?? "";
  });
  return unknown === null ? ok(to) : err(unknown);
}

function variableValue(name: string, scheme: string | null, port: string | null): string | null {
  switch (name) {
    case "HTTP_HOST":
    case "SERVER_NAME":
    case "HTTP:HOST":
      return "{host}";
    case "REQUEST_URI":
      return "{path}";
    case "QUERY_STRING":
      return "{query}";
    case "REQUEST_SCHEME":
      return scheme;
    case "SERVER_PORT":
      return port;
    default:
      return null;
  }
}

const REFERENCE = /\\[$%]|\$([0-9])|%\{([^}]+)\}|%[1-9]/g;
