/**
 * The path that goes upstream. A rewrite is read when the configuration is; what may be wrong with it is found
 * there. What it makes of a request is checked once more: the result must be a normal path itself, since
 * a regex may cut a path inside a segment, and `/files../secret` would become `/static/../secret`.
 */
import { err, ok, type Result } from "../base/result.ts";
import { hasDotSegment, normalisePath } from "./normalise-path.ts";
import { capturesOf } from "./parse-rule.ts";
import { canonicalPathText, canonicalQueryText } from "./path-template.ts";
import { compileRegex, type LinearRegex, type RegexMatch } from "./regex.ts";
import { type RewriteProblem, refused } from "./rewrite-problem.ts";
import type { PathPattern, Rewrite } from "./route-match.ts";
import type { RouteHit } from "./router.ts";
import { BRACES, DOLLARS, encodeForQuery, fill, keysOf, type Piece, parsePieces } from "./substitution.ts";

export { compileRedirect } from "./compile-redirect.ts";

/**
 * Path and query for the upstream, beginning with `/`, in visible ASCII.
 * @param path normalised; without a rewrite and a query the same string is returned
 * @param query raw, without the `?`, empty when there is none
 * @returns null when the result would not be a normal path: refuse the request (400)
 */
export type CompiledRewrite = (path: string, query: string, hit: RouteHit<unknown>) => string | null;

/** @param pattern the path of the rule, for the names of its captures */
export function compileRewrite(
  pattern: PathPattern,
  rewrite: Rewrite | null,
): Result<CompiledRewrite, RewriteProblem> {
  if (rewrite === null) return ok(withQuery);
  if (rewrite.kind === "regex") return compileRegexRewrite(rewrite.source, rewrite.to);
  const names = capturesOf(pattern);
  if (!names.ok) return refused("invalidPath", names.error);
  // Nothing in place of a prefix leaves the root, as in the Gateway API.
  const to = rewrite.kind === "prefix" && rewrite.to === "" ? "/" : rewrite.to;
  if (!to.startsWith("/")) return refused("invalidRewrite", "the new path begins with '/'");
  const parsed = parseTarget(to, BRACES);
  if (!parsed.ok) return refused("invalidRewrite", parsed.error);
  const unknown = keysOf(parsed.value.all).find((key) => !names.value.includes(key));
  if (unknown !== undefined) return unknownCapture(`{${unknown}}`);
  return ok(templateRewrite(parsed.value, rewrite.kind === "prefix"));
}

interface Target {
  readonly path: readonly Piece[];
  /** Null: the request's query is kept. */
  readonly query: readonly Piece[] | null;
  readonly all: readonly Piece[];
}

function parseTarget(to: string, syntax: typeof BRACES): Result<Target, string> {
  const [pathText, queryText] = splitQuery(to);
  const path = parsePieces(pathText, syntax, canonicalPathText);
  if (!path.ok) return path;
  if (hasDotSegment(fill(path.value, () => "x"))) return err("the new path holds a '.' or '..' segment");
  if (queryText === null) return ok({ path: path.value, query: null, all: path.value });
  const query = parsePieces(queryText, syntax, canonicalQueryText);
  return query.ok
    ? ok({ path: path.value, query: query.value, all: [...path.value, ...query.value] })
    : query;
}

function templateRewrite(target: Target, keepsRest: boolean): CompiledRewrite {
  const fixed = keysOf(target.path).length === 0 ? fill(target.path, () => "") : null;
  return (path, query, hit) => {
    const textOf = (key: string) => hit.captures?.[key] ?? "";
    const head = fixed ?? fill(target.path, textOf);
    const result = keepsRest ? joined(head, path.slice(hit.matchedLength)) : head;
    if (normalisePath(result) !== result) return null;
    if (target.query === null) return withQuery(result, query);
    return withQuery(
      result,
      fill(target.query, (key) => encodeForQuery(textOf(key))),
    );
  };
}

/** What follows a prefix begins with `/` or is empty: one of two slashes that meet is dropped. */
function joined(head: string, rest: string): string {
  return head.endsWith("/") && rest.startsWith("/") ? head + rest.slice(1) : head + rest;
}

function compileRegexRewrite(source: string, to: string): Result<CompiledRewrite, RewriteProblem> {
  const regex = compileRegex(source);
  if (!regex.ok) return refused("invalidRegex", regex.error);
  const target = parseTarget(to, DOLLARS);
  if (!target.ok) return refused("invalidRewrite", target.error);
  const unknown = keysOf(target.value.all).find((key) => !hasGroup(regex.value, key));
  if (unknown !== undefined) return unknownCapture(isNumber(unknown) ? `$${unknown}` : `\${${unknown}}`);
  return ok(regexRewrite(regex.value, target.value));
}

function regexRewrite(regex: LinearRegex, target: Target): CompiledRewrite {
  const replacement = (match: RegexMatch) => {
    const path = fill(target.path, (key) => groupOf(match, key));
    if (target.query === null) return path;
    return `${path}?${fill(target.query, (key) => encodeForQuery(groupOf(match, key)))}`;
  };
  return (path, query, _hit) => {
    const replaced = regex.replaceAll(path, replacement);
    const [newPath, newQuery] = splitQuery(replaced.startsWith("/") ? replaced : `/${replaced}`);
    if (normalisePath(newPath) !== newPath) return null;
    return withQuery(newPath, newQuery ?? query);
  };
}

function hasGroup(regex: LinearRegex, key: string): boolean {
  return isNumber(key) ? Number(key) <= regex.groupCount : regex.groupNames.includes(key);
}

function groupOf(match: RegexMatch, key: string): string {
  return match.group(isNumber(key) ? Number(key) : key);
}

function isNumber(key: string): boolean {
  return /^\d/.test(key);
}

/** An empty query is no query: `rewrite: /x?` is how one is dropped. */
function withQuery(path: string, query: string): string {
  return query === "" ? path : `${path}?${query}`;
}

function splitQuery(text: string): readonly [path: string, query: string | null] {
  const question = text.indexOf("?");
  return question === -1 ? [text, null] : [text.slice(0, question), text.slice(question + 1)];
}

function unknownCapture(reference: string): Result<never, RewriteProblem> {
  return refused("unknownCapture", `'${reference}' is not captured`);
}
