/**
 * Routes that are the same but for their patterns, when some request meets both: of these the one that is defined
 * first is taken, which is easily changed by moving a file. Where one pattern is inside the other, the narrow one
 * first, in one list, the order is meant; else it is told, with a text that both patterns match.
 */
import { compileRegex } from "../../routing/regex.ts";
import type { RouteMatch, ValueMatch } from "../../routing/route-match.ts";
import type { BuiltRoute } from "../build/routes.ts";
import { diagnose, relatedAt } from "../diagnostics/diagnostic.ts";
import { quoted } from "../diagnostics/wording.ts";
import type { HttpRouteModel } from "../model.ts";
import type { ConfigNode } from "../source/config-node.ts";
import { pathPatternPlace, valuePatternPlace } from "./pattern-places.ts";
import type { LintSubject } from "./subject.ts";
import { ANY_ALPHABET, FIELD_ALPHABET, PATH_ALPHABET } from "./text/alphabets.ts";
import type { Automaton } from "./text/automaton.ts";
import { type Effort, type Found, findText } from "./text/find-text.ts";
import { anyPath } from "./text/path-automata.ts";
import { regexAutomaton } from "./text/regex-automaton.ts";

type Route = BuiltRoute<HttpRouteModel>;

/** @param apart labels of routes about which more than this is said */
export function reportOrderOfPatterns(subject: LintSubject, apart: ReadonlySet<string>): void {
  const told = new Set<string>();
  const routes = subject.httpRoutes.filter(({ model }) => !apart.has(model.label));
  for (const group of alikeButForPatterns(routes)) {
    for (const [index, first] of group.slice(0, MOST_ALIKE).entries()) {
      for (const second of group.slice(index + 1, MOST_ALIKE)) {
        const pair = `${first.model.label}\0${second.model.label}`;
        if (told.has(pair)) continue;
        told.add(pair);
        reportPair(first, second, subject);
      }
    }
  }
}

function reportPair(first: Route, second: Route, { effort, found }: LintSubject): void {
  const pairs = differingPatterns(first.model.match, second.model.match);
  const common = pairs.map((pair) => textInBoth(pair, effort));
  if (!common.every((each) => each.kind === "found")) return;
  const isNarrowFirst = pairs.every((pair) => textOnlyInFirst(pair, effort).kind === "none");
  if (isNarrowFirst && first.node.source.file === second.node.source.file) return;
  const examples = common.map((each, index) => `${pairs[index]!.what} ${quoted(each.text)}`);
  const message = `${quoted(first.model.label)} and ${quoted(second.model.label)} differ only in patterns, and both match ${examples.join(" and ")}: the one that is defined first is taken`;
  const [{ placeIn }] = pairs as [PatternPair];
  const related = [relatedAt(placeIn(first.node), "the one that is taken")];
  const suggestion = "let the patterns exclude each other, or tell the routes apart by something else";
  found.add(diagnose("route.order", placeIn(second.node), message, { related, suggestion }));
}

/** Routes of one listener and host that are equal once every pattern is replaced by the same word. */
function alikeButForPatterns(routes: readonly Route[]): Route[][] {
  const groups = new Map<string, Route[]>();
  for (const route of routes) {
    const { match, listeners } = route.model;
    if (!hasPatterns(match)) continue;
    const shape = JSON.stringify(withoutPatterns(match));
    for (const listener of listeners) {
      for (const host of match.hosts.length === 0 ? [null] : match.hosts) {
        const key = JSON.stringify([listener, host, shape]);
        const group = groups.get(key);
        if (group === undefined) groups.set(key, [route]);
        else group.push(route);
      }
    }
  }
  return [...groups.values()].filter(({ length }) => length > 1);
}

interface Pattern {
  /** For a message: `the path`. */
  readonly what: string;
  readonly source: string;
  readonly alphabet: readonly number[];
  readonly isPath: boolean;
  placeIn(route: ConfigNode): ConfigNode;
}

interface PatternPair extends Pattern {
  readonly other: string;
}

function differingPatterns(first: RouteMatch, second: RouteMatch): PatternPair[] {
  const others = patternsOf(second);
  return patternsOf(first).flatMap((pattern, index) => {
    const other = others[index]!.source;
    return pattern.source === other ? [] : [{ ...pattern, other }];
  });
}

/** Hardly any route of a large configuration has one. */
function hasPatterns({ path, headers, query }: RouteMatch): boolean {
  return path.kind === "regex" || headers.some(isPattern) || query.some(isPattern);
}

function isPattern({ value }: ValueMatch): boolean {
  return value.kind === "regex";
}

/** In an order that is the same for routes of one shape. */
function patternsOf({ path, headers, query }: RouteMatch): Pattern[] {
  const values = [...valuePatterns("headers", headers), ...valuePatterns("query", query)];
  if (path.kind !== "regex") return values;
  const { source } = path;
  return [
    { what: "the path", source, alphabet: PATH_ALPHABET, isPath: true, placeIn: pathPatternPlace },
    ...values,
  ];
}

function valuePatterns(key: "headers" | "query", matches: readonly ValueMatch[]): Pattern[] {
  const [noun, alphabet] = key === "headers" ? ["header", FIELD_ALPHABET] : ["parameter", ANY_ALPHABET];
  return byName(matches).flatMap(({ name, value }) => {
    if (value.kind !== "regex") return [];
    const placeIn = (route: ConfigNode) => valuePatternPlace(route, key, name);
    return [
      { what: `the ${noun} ${quoted(name)} with`, source: value.source, alphabet, isPath: false, placeIn },
    ];
  });
}

function withoutPatterns({ path, methods, headers, query }: RouteMatch): unknown {
  const values = (matches: readonly ValueMatch[]) =>
    byName(matches).map(({ name, value }) => [name, value.kind === "regex" ? "pattern" : value]);
  return [path.kind === "regex" ? "pattern" : path, [...methods].sort(), values(headers), values(query)];
}

function byName(matches: readonly ValueMatch[]): ValueMatch[] {
  return [...matches].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function textInBoth({ source, other: second, alphabet, isPath }: PatternPair, effort: Effort): Found {
  const [one, other] = [automatonOf(source), automatonOf(second)];
  if (one === null || other === null) return { kind: "unknown" };
  return findText({ inside: isPath ? [anyPath, one, other] : [one, other], alphabet }, effort);
}

function textOnlyInFirst({ source, other: second, alphabet, isPath }: PatternPair, effort: Effort): Found {
  const [one, other] = [automatonOf(source), automatonOf(second)];
  if (one === null || other === null) return { kind: "unknown" };
  return findText({ inside: isPath ? [anyPath, one] : [one], outside: [other], alphabet }, effort);
}

function automatonOf(source: string): Automaton | null {
  const regex = compileRegex(source);
  return regex.ok ? regexAutomaton(regex.value) : null;
}

/** Of one group; each is compared with all others. */
const MOST_ALIKE = 50;
