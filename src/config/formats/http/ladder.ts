/**
 * Rules that a foreign server tries from top to bottom, as native paths, whose precedence is fixed: exact, then
 * the longest prefix, then patterns in order. A rule that comes after a pattern which may take its requests becomes a
 * pattern itself; all others keep the form that people read best. Rules that never get a request are left out.
 */
import { compileRegex } from "../../../routing/regex.ts";
import type { PathPattern } from "../../../routing/route-match.ts";
import { patternText } from "./literal-path.ts";
import { anchoredLiteral } from "./pattern.ts";

export interface LadderRule<T> {
  readonly kind: "exact" | "prefix" | "regex";
  /** A path in the form of a template, or the source of a pattern. */
  readonly text: string;
  /** A prefix takes whole segments only. */
  readonly bySegments: boolean;
  /** Under which name a prefix that ends in a slash captures what follows; null: not at all. */
  readonly captures: string | null;
  /** It asks for more than a path, so that it never takes all requests of one. */
  readonly isConditional?: boolean;
  readonly value: T;
}

export interface Rung<T> {
  readonly rule: LadderRule<T>;
  readonly path: PathPattern;
}

export interface Ladder<T> {
  /** In an order in which patterns keep their precedence. */
  readonly rungs: readonly Rung<T>[];
  /** Rules behind one that takes all of their requests. */
  readonly hidden: readonly { readonly rule: LadderRule<T>; readonly by: LadderRule<T> }[];
}

/** @param rules the first that matches is taken */
export function buildLadder<T>(rules: readonly LadderRule<T>[]): Ladder<T> {
  const rungs: Rung<T>[] = [];
  const hidden: { rule: LadderRule<T>; by: LadderRule<T> }[] = [];
  for (const rule of rules) {
    const path = pathOf(rule, rungs);
    const by = rungs.find((rung) => covers(rung, { rule, path }))?.rule;
    if (by !== undefined) hidden.push({ rule, by });
    else rungs.push({ rule, path });
  }
  return { rungs, hidden };
}

/** A pattern made of a prefix by segments ends in the slash or at the end, unlike the prefix itself. */
export const SEGMENT_END = "(?:/|$)";

function pathOf<T>(rule: LadderRule<T>, above: readonly Rung<T>[]): PathPattern {
  if (rule.kind === "regex") return { kind: "regex", source: rule.text };
  const patterns = above.flatMap(({ path }) => (path.kind === "regex" ? [path.source] : []));
  if (patterns.some((source) => mayMeet(source, rule))) return { kind: "regex", source: asPattern(rule) };
  if (rule.kind === "exact") return { kind: "exact", path: rule.text };
  const rest = rule.captures === null ? "" : `{*${rule.captures}}`;
  return { kind: "prefix", template: rule.text + rest };
}

function asPattern<T>({ kind, text, bySegments, captures }: LadderRule<T>): string {
  const literal = patternText(text);
  if (kind === "exact") return `^${literal}$`;
  if (captures !== null) return `^${literal}(?P<${captures}>.*)$`;
  return bySegments && !text.endsWith("/") ? `^${literal}${SEGMENT_END}` : `^${literal}`;
}

/** Whether `above` takes every request that `below` could. */
function covers<T>({ rule: above, path }: Rung<T>, { rule: below, path: other }: Rung<T>): boolean {
  if (above.isConditional === true) return false;
  if (path.kind === "regex" && other.kind === "regex" && path.source === other.source) return true;
  if (above.kind === "regex") return false;
  if (below.kind === "regex") return above.kind === "prefix" && above.text === "/";
  if (above.kind === "exact") return below.kind === "exact" && above.text === below.text;
  if (below.text === above.text) return true;
  const inside = above.bySegments && !above.text.endsWith("/") ? `${above.text}/` : above.text;
  return below.text.startsWith(inside);
}

/** Whether a pattern could take a request of a literal rule. Says yes when it is not sure. */
function mayMeet<T>(source: string, { kind, text }: LadderRule<T>): boolean {
  if (kind === "exact") {
    const compiled = compileRegex(source);
    return !compiled.ok || compiled.value.test(text);
  }
  const literal = anchoredLiteral(source);
  return literal.startsWith(text) || text.startsWith(literal);
}
