/**
 * The path of a rule, read: `/users/{id}/files/{*rest}`. A template is whole segments, each a literal or one
 * capture, and ends in one of three ways: plain (the prefix ends at a segment), with a slash (at least the
 * slash must follow), or with `{*name}`, which is the same and captures what follows it.
 *
 * Literals are brought into the form that `normalisePath` gives to requests, so that `/café`, `/caf%c3%a9`
 * and `/%63af%C3%A9` are one path.
 */
import { err, ok, type Result } from "../base/result.ts";
import { hasDotSegment, normaliseEscapes } from "./normalise-path.ts";

export interface PathTemplate {
  /** Null stands for a capture. */
  readonly segments: readonly (string | null)[];
  /** The template ends with a slash or `{*name}`: a request path must go on with a slash, too. */
  readonly below: boolean;
  /** Names of the captures in order, the remainder's last. */
  readonly names: readonly string[];
  /** The last name stands for the remainder. */
  readonly rest: boolean;
}

/** @returns what is wrong, for people, as the error */
export function parseTemplate(template: string): Result<PathTemplate, string> {
  const canonical = canonicalPath(template);
  if (!canonical.ok) return canonical;
  const parts = canonical.value.slice(1).split("/");
  if (!BRACE.test(canonical.value)) return ok(literalTemplate(parts));
  const last = parts.at(-1)!;
  const rest = REST.exec(last)?.[1];
  const below = last === "" || rest !== undefined;
  const segments: (string | null)[] = [];
  const names: string[] = [];
  for (const part of below ? parts.slice(0, -1) : parts) {
    if (!BRACE.test(part)) {
      segments.push(part);
      continue;
    }
    const name = CAPTURE.exec(part)?.[1];
    if (name === undefined) return err(explainBraces(part));
    names.push(name);
    segments.push(null);
  }
  if (rest !== undefined) names.push(rest);
  const twice = names.length < 2 ? undefined : names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) return err(`'{${twice}}' is captured twice`);
  return ok({ segments, below, names, rest: rest !== undefined });
}

function literalTemplate(parts: readonly string[]): PathTemplate {
  const below = parts.at(-1) === "";
  return { segments: below ? parts.slice(0, -1) : parts, below, names: [], rest: false };
}

/** An exact path in the form that requests have. */
export function parseExactPath(path: string): Result<string, string> {
  if (/[{}]/.test(path)) return err("an exact path captures nothing; a brace is written %7B or %7D");
  return canonicalPath(path);
}

/**
 * Text of the configuration as it would stand in a request's path: what no URI may hold is percent-encoded
 * as UTF-8, escapes get their one form.
 */
export function canonicalPathText(text: string): Result<string, string> {
  if (/[?#]/.test(text)) return err(`'${/[?#]/.exec(text)?.[0]}' cannot be part of a path`);
  const plain = normaliseEscapes(encodeOutsiders(text));
  return plain === null ? err("a '%' is not followed by two hex digits, or the escape is %00") : ok(plain);
}

/** The same for a query: escapes stay as they are written, because `%26` and `&` are not the same there. */
export function canonicalQueryText(text: string): Result<string, string> {
  if (text.includes("#")) return err("'#' begins a fragment, which is never sent");
  if (/%(?![0-9A-Fa-f]{2})/.test(text)) return err("a '%' is not followed by two hex digits");
  return ok(encodeOutsiders(text));
}

/** Percent-encodes, as UTF-8, what may not stand in any part of a URI: controls, space, beyond ASCII. */
function encodeOutsiders(text: string): string {
  return text.replace(/[^\x21-\x7e]+/g, (outsiders) => encodeURIComponent(outsiders.toWellFormed()));
}

function canonicalPath(path: string): Result<string, string> {
  if (PLAIN.test(path)) return ok(path);
  if (!path.startsWith("/")) return err("a path begins with '/'");
  const canonical = canonicalPathText(path);
  if (canonical.ok && hasDotSegment(canonical.value)) {
    return err("'.' and '..' are removed from the paths of requests, so that this could never match");
  }
  return canonical;
}

function explainBraces(segment: string): string {
  if (/^\{\*.*\}$/.test(segment)) {
    return REST.test(segment)
      ? `'${segment}' captures the remainder, so that nothing can follow it`
      : `'${segment}' is not a name: letters, digits and '_', not beginning with a digit`;
  }
  if (/^\{[^{}]*\}$/.test(segment)) {
    return `'${segment}' is not a name: letters, digits and '_', not beginning with a digit`;
  }
  return `'${segment}': a capture is a whole segment; for a part of one use a regex`;
}

const BRACE = /[{}]/;
/** Nothing to encode, to decode or to refuse: nearly every path of a large configuration. */
const PLAIN = /^(?:\/[\w-]+)+$/;
const CAPTURE = /^\{([A-Za-z_][A-Za-z0-9_]*)\}$/;
const REST = /^\{\*([A-Za-z_][A-Za-z0-9_]*)\}$/;
