/**
 * The contract's precedence, written down a second time and as plainly as possible: choose the host, test every
 * rule of it, sort those that fit. The compiled router must agree with it. Native regexes are fine here.
 */
import type { RouteMatch, ValueMatch } from "../route-match.ts";
import type { RoutedRequest, RouteRule } from "../router.ts";

export interface NaiveHit<T> {
  readonly rule: RouteRule<T>;
  readonly captures: Record<string, string>;
  readonly matchedLength: number;
  readonly rank: readonly number[];
}

/** All rules that fit on the chosen host, best first. */
export function naiveMatches<T>(rules: readonly RouteRule<T>[], request: RoutedRequest): NaiveHit<T>[] {
  const host = chooseHost(rules, request.host);
  const sources = rules.filter(({ match }) => hasHost(match, host)).map(({ match }) => match.path);
  const hits: NaiveHit<T>[] = [];
  for (const [order, rule] of rules.entries()) {
    if (!hasHost(rule.match, host)) continue;
    const path = matchPath(rule.match.path, request.path);
    if (path === null || !meetsConstraints(rule.match, request)) continue;
    const regexOrder = sources.findIndex(
      (other) => JSON.stringify(other) === JSON.stringify(rule.match.path),
    );
    const regexRank = rule.match.path.kind === "regex" ? [-regexOrder] : [];
    const rank = [...path.rank, ...regexRank, END, ...constraintRank(rule.match), END, -order];
    hits.push({ rule, captures: path.captures, matchedLength: path.matchedLength, rank });
  }
  return hits.sort((a, b) => compareRanks(b.rank, a.rank));
}

/** Positive when `a` is the better one, by the first number that differs. */
export function compareRanks(a: readonly number[], b: readonly number[]): number {
  for (let index = 0; index < Math.max(a.length, b.length); index++) {
    const difference = (a[index] ?? END) - (b[index] ?? END);
    if (difference !== 0) return difference;
  }
  return 0;
}

function chooseHost(rules: readonly RouteRule<unknown>[], host: string): string | null {
  const name = host.replace(/\.$/, "");
  const fitting = rules
    .flatMap(({ match }) => match.hosts)
    .filter(
      (pattern) => pattern === name || (pattern.startsWith("*.") && endsInside(name, pattern.slice(1))),
    );
  if (fitting.includes(name)) return name;
  return fitting.sort((a, b) => b.length - a.length)[0] ?? null;
}

function endsInside(name: string, suffix: string): boolean {
  return name.length > suffix.length && name.endsWith(suffix);
}

function hasHost(match: RouteMatch, host: string | null): boolean {
  return host === null ? match.hosts.length === 0 : match.hosts.includes(host);
}

function matchPath(pattern: RouteMatch["path"], path: string): Omit<NaiveHit<never>, "rule"> | null {
  if (pattern.kind === "exact") {
    return pattern.path === path ? { captures: {}, matchedLength: path.length, rank: [3] } : null;
  }
  if (pattern.kind === "regex") {
    const match = new RegExp(pattern.source).exec(path);
    if (match === null) return null;
    const matched = path.slice(0, match.index + match[0].length).replace(/\/$/, "");
    return { captures: { ...match.groups }, matchedLength: matched.length, rank: [1] };
  }
  const segments = pattern.template.slice(1).split("/");
  const match = new RegExp(`^${segments.map(segmentPattern).join("")}`).exec(path);
  if (match === null) return null;
  return {
    captures: { ...match.groups },
    matchedLength: match[0].length,
    rank: [2, ...segments.map(segmentRank)],
  };
}

function segmentPattern(segment: string, index: number, all: readonly string[]): string {
  const isLast = index === all.length - 1;
  if (isLast && segment === "") return "(?=/)";
  if (segment.startsWith("{*")) return `/(?<${segment.slice(2, -1)}>.*)$`;
  const own = segment.startsWith("{") ? `(?<${segment.slice(1, -1)}>[^/]+)` : segment;
  return isLast ? `/${own}(?=/|$)` : `/${own}`;
}

/** At the same position a literal beats a capture beats "something must follow" beats the end of the prefix. */
function segmentRank(segment: string, index: number, all: readonly string[]): number {
  if ((index === all.length - 1 && segment === "") || segment.startsWith("{*")) return 1;
  return segment.startsWith("{") ? 2 : 3;
}

function meetsConstraints({ methods, headers, query }: RouteMatch, request: RoutedRequest): boolean {
  return (
    (methods.length === 0 || methods.includes(request.method)) &&
    headers.every((match) => meets(match, request.header(match.name))) &&
    query.every((match) => meets(match, new URLSearchParams(request.query).get(match.name)))
  );
}

function meets({ value }: ValueMatch, actual: string | null): boolean {
  if (actual === null || value.kind === "present") return actual !== null;
  return value.kind === "exact" ? value.value === actual : new RegExp(value.source).test(actual);
}

function constraintRank({ methods, headers, query }: RouteMatch): number[] {
  return [Math.min(methods.length, 1), headers.length, query.length];
}

/** Below every rank of a segment: the shorter of two lists that begin alike loses. */
const END = 0;
