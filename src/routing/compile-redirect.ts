/**
 * The Location of a redirect: `https://{host}{path}`, `/manual/{page}`. It may use what the path captured, and
 * `{host}`, `{path}` and `{query}` of the request; a capture of the same name comes first.
 *
 * A Location is where attackers would like to send people. A relative one keeps a single leading slash, because
 * `//evil.example` is another host, and a backslash, which browsers read as a slash, is encoded.
 */
import { ok, type Result } from "../base/result.ts";
import { type LocationParts, parseLocation } from "./location-parts.ts";
import { capturesOf } from "./parse-rule.ts";
import { type RewriteProblem, refused } from "./rewrite-problem.ts";
import type { PathPattern } from "./route-match.ts";
import type { RouteHit } from "./router.ts";
import { encodeForQuery, fill, keysOf } from "./substitution.ts";

export interface RedirectedRequest {
  readonly host: string;
  /** Normalised. */
  readonly path: string;
  /** Raw, without the `?`. */
  readonly query: string;
}

/**
 * @returns null when the request has no host or a capture that is none, and the Location needs one: refuse the
 *   request (400)
 */
export type CompiledRedirect = (request: RedirectedRequest, hit: RouteHit<unknown>) => string | null;

/**
 * The request's query is kept unless `to` has its own `?`.
 * @param pattern the path of the rule, for the names of its captures
 */
export function compileRedirect(pattern: PathPattern, to: string): Result<CompiledRedirect, RewriteProblem> {
  const captures = capturesOf(pattern);
  if (!captures.ok) return refused("invalidPath", captures.error);
  const parts = parseLocation(to, captures.value);
  if (!parts.ok) return refused("invalidRewrite", parts.error);
  const used = keysOf(Object.values(parts.value).flatMap((part) => (Array.isArray(part) ? part : [])));
  const unknown = used.find((key) => !captures.value.includes(key) && !REQUEST_NAMES.includes(key));
  if (unknown !== undefined) return refused("unknownCapture", `'{${unknown}}' is not captured`);
  return ok((request, hit) => location(parts.value, request, hit.captures));
}

function location(
  { scheme, authority, ...parts }: LocationParts,
  request: RedirectedRequest,
  captures: RouteHit<unknown>["captures"],
): string | null {
  const raw = (key: string): string => captures?.[key] ?? requestValue(request, key);
  const plain = (key: string): string => raw(key).replaceAll("\\", "%5C");
  const inQuery = (key: string): string =>
    key === "query" && captures?.[key] === undefined ? request.query : encodeForQuery(raw(key));
  if (!keysOf(authority).every((key) => isHostText(raw(key)))) return null;
  const path = fill(parts.path, plain);
  const base = scheme === null ? path.replace(/^\/+/, "/") : `${scheme}://${fill(authority, raw)}${path}`;
  const query = parts.query === null ? request.query : fill(parts.query, inQuery);
  const fragment = parts.fragment === null ? "" : `#${fill(parts.fragment, plain)}`;
  return base + (query === "" ? "" : `?${query}`) + fragment;
}

/** A name, an address or leading labels; nothing that ends an authority or begins another part of it. */
function isHostText(text: string): boolean {
  return /^(?:[A-Za-z0-9._-]+|\[[0-9a-fA-F:.]+\])$/.test(text);
}

function requestValue(request: RedirectedRequest, key: string): string {
  if (key === "host") return request.host;
  return key === "path" ? request.path : request.query;
}

const REQUEST_NAMES: readonly string[] = ["host", "path", "query"];
