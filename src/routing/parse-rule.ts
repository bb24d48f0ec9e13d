/**
 * One rule, read and checked on its own: its hosts, its path pattern, its constraints and, where it does not
 * depend on the request, its hit. How it stands to other rules is not known here.
 */
import { err, ok, type Result } from "../base/result.ts";
import type { Candidate } from "./candidate.ts";
import { ConstraintCompiler, type Constraints } from "./constraints.ts";
import { type HostPattern, hostText, parseHost } from "./host-index.ts";
import { type PathTemplate, parseExactPath, parseTemplate } from "./path-template.ts";
import { compileRegex, type LinearRegex } from "./regex.ts";
import type { PathPattern } from "./route-match.ts";
import type { RouteHit, RouteProblem, RouteProblemCode, RouteRule } from "./router.ts";

export interface ParsedRule<T> {
  readonly hosts: readonly HostPattern[];
  readonly path: ParsedPath;
  readonly candidate: Candidate<T>;
}

export type ParsedPath =
  | { readonly kind: "exact"; readonly path: string }
  | { readonly kind: "template"; readonly template: PathTemplate }
  | { readonly kind: "regex"; readonly regex: LinearRegex };

/** Rules that were parsed before, for whoever compiles nearly the same rules again. It holds on to none of them. */
export type ParsedRules<T> = WeakMap<RouteRule<T>, ParsedRule<T>>;

/**
 * One for all rules of a router: what rules have in common is one object, so that with ten thousand routes in
 * use it stays in the processor's caches.
 */
export class RuleParser<T> {
  readonly #constraints = new ConstraintCompiler();
  /** By the names joined. */
  readonly #names = new Map<string, readonly string[]>();
  readonly #known: ParsedRules<T> | null;

  constructor(known: ParsedRules<T> | null) {
    this.#known = known;
  }

  /** @param order position of the definition */
  parse(rule: RouteRule<T>, order: number): Result<ParsedRule<T>, readonly RouteProblem[]> {
    const known = this.#known?.get(rule);
    if (known !== undefined) return ok({ ...known, candidate: { ...known.candidate, order } });
    const parsed = this.#parseNew(rule, order);
    if (parsed.ok) this.#known?.set(rule, parsed.value);
    return parsed;
  }

  #parseNew(rule: RouteRule<T>, order: number): Result<ParsedRule<T>, readonly RouteProblem[]> {
    const problems: RouteProblem[] = [];
    const report = (code: RouteProblemCode, detail: string) =>
      problems.push({ code, first: rule.label, second: null, detail });
    const hosts = parseHosts(rule.match.hosts, (detail) => report("invalidHost", detail));
    const path = parsePath(rule.match.path);
    if (!path.ok) report(rule.match.path.kind === "regex" ? "invalidRegex" : "invalidPath", path.error);
    const constraints = this.#constraints.compile(rule.match);
    if (!constraints.ok) report("invalidRegex", constraints.error);
    if (!path.ok || !constraints.ok || problems.length > 0) return err(problems);
    const candidate = this.#candidate(rule, order, path.value, constraints.value);
    return ok({ hosts, path: path.value, candidate });
  }

  #candidate(
    rule: RouteRule<T>,
    order: number,
    path: ParsedPath,
    constraints: Constraints | null,
  ): Candidate<T> {
    const { label, value } = rule;
    const hit = sharedHit(value, path);
    const names = this.#shared(captureNames(path));
    const rest = path.kind === "template" && path.template.rest;
    return { constraints, hit, next: null, names, value, rest, order, label };
  }

  #shared(names: readonly string[]): readonly string[] {
    const key = names.join();
    const known = this.#names.get(key);
    if (known !== undefined) return known;
    this.#names.set(key, names);
    return names;
  }
}

/** The names that a rewrite of this path may use. */
export function capturesOf(pattern: PathPattern): Result<readonly string[], string> {
  const path = parsePath(pattern);
  return path.ok ? ok(captureNames(path.value)) : path;
}

function parsePath(pattern: PathPattern): Result<ParsedPath, string> {
  if (pattern.kind === "regex") {
    const regex = compileRegex(pattern.source);
    return regex.ok ? ok({ kind: "regex", regex: regex.value }) : regex;
  }
  if (pattern.kind === "exact") {
    const path = parseExactPath(pattern.path);
    return path.ok ? ok({ kind: "exact", path: path.value }) : path;
  }
  const template = parseTemplate(pattern.template);
  return template.ok ? ok({ kind: "template", template: template.value }) : template;
}

/** Without repetitions; `[any]` for none. */
function parseHosts(patterns: readonly string[], report: (detail: string) => void): HostPattern[] {
  if (patterns.length === 0) return [{ kind: "any" }];
  const hosts = new Map<string, HostPattern>();
  for (const pattern of patterns) {
    const host = parseHost(pattern);
    if (host.ok) hosts.set(hostText(host.value)!, host.value);
    else report(`'${pattern}': ${host.error}`);
  }
  return [...hosts.values()];
}

function captureNames(path: ParsedPath): readonly string[] {
  if (path.kind === "regex") return path.regex.groupNames;
  return path.kind === "template" ? path.template.names : [];
}

function sharedHit<T>(value: T, path: ParsedPath): RouteHit<T> | null {
  if (path.kind === "regex" || captureNames(path).length > 0) return null;
  return Object.freeze({ value, captures: null, matchedLength: literalLength(path) });
}

/** Without a final slash of a template, which is left to what follows. */
function literalLength(path: Exclude<ParsedPath, { kind: "regex" }>): number {
  if (path.kind === "exact") return path.path.length;
  return path.template.segments.reduce((length, segment) => length + 1 + (segment?.length ?? 0), 0);
}
