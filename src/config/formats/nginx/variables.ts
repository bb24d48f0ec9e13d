/**
 * Text with variables, for redirects: nginx's `$host$request_uri` as `{host}{path}`. Native redirects keep the query
 * unless they have a `?` of their own, so the query's variables decide whether one is added.
 */
import { err, ok, type Result } from "../../../base/result.ts";

export interface RedirectSurroundings {
  /** `http` or `https`; null when the server speaks both. */
  readonly scheme: string | null;
  readonly serverName: string | null;
  readonly port: string | null;
  /** What `$1`, `$2` … are called in the route's path. */
  readonly groups: readonly string[];
}

/** @returns a native `redirect.to`, or the variable that has no counterpart */
export function redirectTarget(text: string, around: RedirectSurroundings): Result<string, string> {
  let keepsQuery = false;
  let rest = text;
  for (const tail of QUERY_TAILS) {
    if (!rest.endsWith(tail)) continue;
    rest = tail === "$request_uri" ? `${rest.slice(0, -tail.length)}$uri` : rest.slice(0, -tail.length);
    keepsQuery = true;
    break;
  }
  let unknown: string | null = null;
  const literal = (part: string) => part.replace(/[{}]/g, (brace) => (brace === "{" ? "%7B" : "%7D"));
  let to = "";
  let done = 0;
  for (const match of rest.matchAll(VARIABLE)) {
    const value = textOf(match[1] ?? match[2] ?? match[3]!, around);
    if (value === null) unknown ??= match[0];
    to += literal(rest.slice(done, match.index)) + (value ?? "");
    done = match.index + match[0].length;
  }
  to += literal(rest.slice(done));
  if (unknown !== null) return err(unknown);
  return ok(keepsQuery || to.includes("?") ? to : `${to}?`);
}

function textOf(name: string, around: RedirectSurroundings): string | null {
  if (/^[1-9]$/.test(name)) {
    const group = around.groups[Number(name) - 1];
    return group === undefined ? null : `{${group}}`;
  }
  switch (name) {
    case "host":
    case "http_host":
      return "{host}";
    case "uri":
    case "document_uri":
      return "{path}";
    case "args":
    case "query_string":
      return "{query}";
    case "scheme":
      return around.scheme;
    case "server_name":
      return around.serverName;
    case "server_port":
      return around.port;
    default:
      return null;
  }
}

const VARIABLE = /\$(?:([1-9])|\{([a-z0-9_]+)\}|([a-z_][a-z0-9_]*))/gi;
const QUERY_TAILS = ["$request_uri", "$is_args$args", "?$args", "$is_args$query_string", "?$query_string"];
