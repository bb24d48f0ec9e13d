/**
 * Rules that a foreign server tries from top to bottom, as native paths, whose precedence is fixed: exact, then
 * the longest prefix, then patterns in order. A rule that comes after a pattern which may take its requests becomes a
 * pattern itself; all others keep the form that people read best. Rules that never get a request are left out.
 */
import type { Result } from "../../../base/result.ts";
import { compileRegex, type LinearRegex } from "../../../routing/regex.ts";
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
  /** What it asks for beside a path, in any form; null or absent for nothing. */
  readonly condition?: string | null;
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
  const builder = new LadderBuilder<T>();
  for (const rule of rules) builder.add(rule);
  return builder;
}

/** A pattern made of a prefix by segments ends in the slash or at the end, unlike the prefix itself. */
export const SEGMENT_END = "(?:/|$)";

class LadderBuilder<T> implements Ladder<T> {
  readonly rungs: Rung<T>[] = [];
  readonly hidden: { rule: LadderRule<T>; by: LadderRule<T> }[] = [];
  readonly #patterns: Pattern[] = [];
  /** By condition and path: whoever asks for the same comes too late. */
  readonly #same = new Map<string, LadderRule<T>>();
  /** Prefixes without a condition, by their text. */
  readonly #prefixes = new Map<string, LadderRule<T>>();

  add(rule: LadderRule<T>): void {
    const path = this.#pathOf(rule);
    const by = this.#coverOf(rule, path);
    if (by === undefined) this.#enter(rule, path);
    else this.hidden.push({ rule, by });
  }

  #enter(rule: LadderRule<T>, path: PathPattern): void {
    const condition = rule.condition ?? "";
    this.rungs.push({ rule, path });
    this.#same.set(sameKey(condition, path), rule);
    if (path.kind === "regex") this.#patterns.push(new Pattern(path.source));
    if (rule.kind === "prefix" && condition === "" && !this.#prefixes.has(rule.text)) {
      this.#prefixes.set(rule.text, rule);
    }
  }

  #pathOf(rule: LadderRule<T>): PathPattern {
    const { kind, text } = rule;
    if (kind === "regex") return { kind, source: text };
    if (this.#patterns.some((pattern) => pattern.mayMeet(kind, text))) {
      return { kind: "regex", source: asPattern(rule) };
    }
    if (kind === "exact") return { kind, path: text };
    return { kind, template: text + (rule.captures === null ? "" : `{*${rule.captures}}`) };
  }

  /** The rule above that takes every request that this one could. */
  #coverOf(rule: LadderRule<T>, path: PathPattern): LadderRule<T> | undefined {
    const same = this.#same.get(sameKey("", path)) ?? this.#same.get(sameKey(rule.condition ?? "", path));
    if (same !== undefined) return same;
    if (rule.kind === "regex") return this.#prefixes.get("/");
    for (let end = 1; end <= rule.text.length; end++) {
      const prefix = this.#prefixes.get(rule.text.slice(0, end));
      if (prefix !== undefined && takes(prefix, rule.text)) return prefix;
    }
    return undefined;
  }
}

/** A pattern above a literal. */
class Pattern {
  readonly #literal: string;
  readonly #regex: Result<LinearRegex, string>;

  constructor(source: string) {
    this.#literal = anchoredLiteral(source).toLowerCase();
    this.#regex = compileRegex(source);
  }

  /** Whether it could take a request of a literal rule. Says yes when it is not sure. */
  mayMeet(kind: "exact" | "prefix", text: string): boolean {
    if (kind === "exact") return !this.#regex.ok || this.#regex.value.test(text);
    // Lower case for all: where case counts, this says yes a little more often than it has to.
    const folded = text.toLowerCase();
    return this.#literal.startsWith(folded) || folded.startsWith(this.#literal);
  }
}

/** Whether a prefix takes all that begins with `text`. */
function takes<T>({ text: prefix, bySegments }: LadderRule<T>, text: string): boolean {
  return text === prefix || !bySegments || prefix.endsWith("/") || text[prefix.length] === "/";
}

function sameKey(condition: string, path: PathPattern): string {
  return `${condition} ${JSON.stringify(path)}`;
}

function asPattern<T>({ kind, text, bySegments, captures }: LadderRule<T>): string {
  const literal = patternText(text);
  if (kind === "exact") return `^${literal}$`;
  if (captures !== null) return `^${literal}(?P<${captures}>.*)$`;
  return bySegments && !text.endsWith("/") ? `^${literal}${SEGMENT_END}` : `^${literal}`;
}
