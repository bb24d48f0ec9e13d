/**
 * The `to` of a redirect, taken apart as in RFC 3986 section 3, with references to captures and to the
 * request in it. Which reference may stand where is decided here, because text out of a request must not
 * decide where people are sent: in the authority a capture may only stand for leading labels.
 */
import { err, ok, type Result } from "../base/result.ts";
import { canonicalPathText, canonicalQueryText } from "./path-template.ts";
import { BRACES, keysOf, type Piece, parsePieces } from "./substitution.ts";

export interface LocationParts {
  /** `https`, or null for a path on the same host. */
  readonly scheme: string | null;
  readonly authority: readonly Piece[];
  readonly path: readonly Piece[];
  /** Null: the request's is kept. */
  readonly query: readonly Piece[] | null;
  readonly fragment: readonly Piece[] | null;
}

/**
 * @param captures names of the rule's path; one of `host`, `path` or `query` hides what the request has
 * @returns what is wrong, for people, as the error
 */
export function parseLocation(to: string, captures: readonly string[]): Result<LocationParts, string> {
  const split = SPLIT.exec(to);
  const requestPath = !captures.includes("path");
  if (split === null || (split[1] === undefined && !beginsWithSlash(to, requestPath))) {
    return err("a redirect leads to a path or to an http or https URL");
  }
  const [, scheme = null, host = "", pathText = "", queryText = null, fragmentText = null] = split;
  // `https://{host}{path}`: the request's path begins with a slash, so the authority ends before it.
  const end = requestPath && host.includes("{path}") ? host.indexOf("{path}") : host.length;
  const authority = parsePieces(host.slice(0, end), BRACES, canonicalAuthority);
  if (!authority.ok) return authority;
  const path = parsePieces(host.slice(end) + pathText, BRACES, canonicalPathText);
  if (!path.ok) return path;
  const query = queryText === null ? ok(null) : parsePieces(queryText, BRACES, canonicalQueryText);
  if (!query.ok) return query;
  const fragment = fragmentText === null ? ok(null) : parsePieces(fragmentText, BRACES, canonicalQueryText);
  if (!fragment.ok) return fragment;
  const parts = {
    scheme,
    authority: authority.value,
    path: path.value,
    query: query.value,
    fragment: fragment.value,
  };
  const misplaced = misplacedReference(parts, captures);
  return misplaced === null ? ok(parts) : err(misplaced);
}

/** `//host/path` begins with a slash and is another host. */
function beginsWithSlash(to: string, requestPath: boolean): boolean {
  return /^\/(?!\/)/.test(to) || (requestPath && to.startsWith("{path}"));
}

function misplacedReference(parts: LocationParts, captures: readonly string[]): string | null {
  const { authority, path, fragment } = parts;
  if (parts.scheme !== null && authority.length === 0) return "the host is missing";
  const elsewhere = keysOf([...authority, ...path, ...(fragment ?? [])]);
  if (!captures.includes("query") && elsewhere.includes("query")) {
    return "'{query}' stands after a '?'";
  }
  for (const [index, piece] of authority.entries()) {
    if (!("key" in piece) || (piece.key === "host" && !captures.includes("host"))) continue;
    const next = authority[index + 1];
    if (next === undefined || !("text" in next) || !next.text.startsWith(".")) {
      return `'{${piece.key}}' would let the request choose the host; a '.' and a name must follow it`;
    }
  }
  return null;
}

function canonicalAuthority(text: string): Result<string, string> {
  return /^[A-Za-z0-9._~:[\]-]*$/.test(text) ? ok(text) : err(`'${text}' is not part of a host name`);
}

const SPLIT = /^(?:(https?):\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/;
