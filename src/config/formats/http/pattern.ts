/**
 * Foreign regular expressions (PCRE) as native ones (RE2). What RE2 has not, such as look-around, is found when
 * the pattern is compiled; here only the shapes are told apart that have a simpler native form.
 */
import { err, ok, type Result } from "../../../base/result.ts";
import { compileRegex } from "../../../routing/regex.ts";

/** @returns the source as it was, or why it cannot be used */
export function usablePattern(source: string): Result<string, string> {
  const compiled = compileRegex(source);
  return compiled.ok ? ok(source) : err(compiled.error);
}

/** Unnamed groups get names, so that a redirect may use them: `(a)(b)` becomes `(?P<g1>a)(?P<g2>b)`. */
export function withNamedGroups(source: string): string {
  let count = 0;
  let inClass = false;
  let result = "";
  for (let at = 0; at < source.length; at++) {
    const character = source[at]!;
    if (character === "\\") {
      result += source.slice(at, at + 2);
      at++;
      continue;
    }
    if (character === "[") inClass = true;
    else if (character === "]") inClass = false;
    const opens = character === "(" && !inClass;
    if (opens && source[at + 1] !== "?") result += `(?P<g${++count}>`;
    else {
      if (opens && /^\(\?P?<[A-Za-z_]/.test(source.slice(at))) count++;
      result += character;
    }
  }
  return result;
}

/** What `$1`, `$2` … are called in a pattern that went through `withNamedGroups`. */
export function groupNames(source: string): readonly string[] {
  const compiled = compileRegex(source);
  return compiled.ok ? compiled.value.groupNames : [];
}

/** `^/old/(.*)$`: everything below a literal that ends in a slash, perhaps captured. */
export interface BelowShape {
  /** Ends in a slash. */
  readonly prefix: string;
  /** Whether `$1` is what follows. */
  readonly captures: boolean;
}

/** Null for any other shape. */
export function belowShape(source: string): BelowShape | null {
  const [, literal, rest] = BELOW.exec(source) ?? [];
  if (literal === undefined) return null;
  const prefix = literal.replace(/\\(.)/g, "$1");
  if (!prefix.endsWith("/")) return null;
  return { prefix, captures: rest === "(.*)" };
}

/** Patterns that every path meets; the group is the path, or the path after its slash. */
export function matchesEverything(source: string): "path" | "rest" | "nothing" | null {
  return EVERYTHING.get(source) ?? null;
}

/**
 * The literal text that every match begins with (in some case), at the start of the path; empty when there is none, or nobody can
 * tell at a glance.
 */
export function anchoredLiteral(source: string): string {
  if (source.startsWith("(?i)")) return anchoredLiteral(source.slice("(?i)".length));
  if (!source.startsWith("^") || hasTopLevelAlternative(source)) return "";
  const [, literal = "", follows = ""] =
    /^\^((?:[A-Za-z0-9/_~%@:,!&='"-]|\\[^A-Za-z0-9])*)(.?)/.exec(source) ?? [];
  const certain = /[?*{]/.test(follows) ? literal.replace(/\\?.$/, "") : literal;
  return certain.replace(/\\(.)/g, "$1");
}

/** A pattern that takes the whole text around the first match of `source`, its groups unchanged. */
export function aroundMatch(source: string): string {
  if (source.startsWith("(?i)")) return `(?i)${aroundMatch(source.slice("(?i)".length))}`;
  const body = hasTopLevelAlternative(source) ? `(?:${source})` : source;
  const start = body.startsWith("^") ? body : `^.*?${body}`;
  return endsAnchored(start) ? start : `${start}.*$`;
}

/** A pattern that must match a whole text. */
export function wholeMatch(source: string): string {
  if (hasTopLevelAlternative(source)) return `^(?:${source})$`;
  return `${source.startsWith("^") ? "" : "^"}${source}${endsAnchored(source) ? "" : "$"}`;
}

function endsAnchored(source: string): boolean {
  return /(?<!\\)(?:\\\\)*\$$/.test(source);
}

function hasTopLevelAlternative(source: string): boolean {
  let depth = 0;
  for (let at = 0; at < source.length; at++) {
    const character = source[at];
    if (character === "\\") at++;
    else if (character === "(" || character === "[") depth++;
    else if (character === ")" || character === "]") depth--;
    else if (character === "|" && depth === 0) return true;
  }
  return false;
}

const BELOW = /^\^((?:[A-Za-z0-9/_~%@:,!&='"-]|\\[^A-Za-z0-9])*)(\(\.\*\)|\.\*)?\$?$/;

const EVERYTHING = new Map<string, "path" | "rest" | "nothing">([
  ["^", "nothing"],
  ["^/", "nothing"],
  ["/", "nothing"],
  [".*", "nothing"],
  ["^.*", "nothing"],
  ["^.*$", "nothing"],
  ["^/.*$", "nothing"],
  ["(.*)", "path"],
  ["^(.*)$", "path"],
  ["^(.*)", "path"],
  ["^/(.*)$", "rest"],
  ["^/(.*)", "rest"],
  ["^/?(.*)$", "rest"],
  ["^/?(.*)", "rest"],
  ["/(.*)", "rest"],
]);
