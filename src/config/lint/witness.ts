/**
 * Requests that a route asks for, made out of the route itself. Whether the route really gets them is for the
 * router to say; a route whose conditions nothing can be found for gets no request, and nothing is claimed about it.
 */
import { parseExactPath, parseTemplate } from "../../routing/path-template.ts";
import { compileRegex } from "../../routing/regex.ts";
import type { RouteMatch, ValueMatch } from "../../routing/route-match.ts";
import type { RoutedRequest } from "../../routing/router.ts";
import { ANY_ALPHABET, FIELD_ALPHABET, PATH_ALPHABET } from "./text/alphabets.ts";
import { type Effort, findText } from "./text/find-text.ts";
import { anyPath } from "./text/path-automata.ts";
import { regexAutomaton } from "./text/regex-automaton.ts";

/** One request per host that the route names, all for the path given. Empty when a condition cannot be met. */
export function requestsFor(match: RouteMatch, path: string, effort: Effort): RoutedRequest[] {
  const headers = valuesFor(match.headers, FIELD_ALPHABET, effort);
  const query = valuesFor(match.query, ANY_ALPHABET, effort);
  if (headers === null || query === null) return [];
  const fields = new Map(headers);
  const method = match.methods[0] ?? "GET";
  return hostsFor(match).map((host) => ({
    host,
    path,
    query: new URLSearchParams(query).toString(),
    method,
    header: (name) => fields.get(name) ?? null,
  }));
}

/** A path that the pattern takes, the shortest for a regex; null when none is found. */
export function pathFor({ path }: RouteMatch, effort: Effort): string | null {
  if (path.kind === "exact") {
    const exact = parseExactPath(path.path);
    return exact.ok ? exact.value : null;
  }
  if (path.kind === "regex") return textFor(path.source, PATH_ALPHABET, effort, true);
  const template = parseTemplate(path.template);
  if (!template.ok) return null;
  const segments = template.value.segments.map((segment) => segment ?? SOMETHING);
  return `/${segments.join("/")}${template.value.below && segments.length > 0 ? "/" : ""}`;
}

/** For each host pattern a name that it, and probably no other, stands for. */
export function hostsFor({ hosts }: RouteMatch): string[] {
  if (hosts.length === 0) return [`${SOMETHING}.invalid`];
  return hosts.map((host) => (host.startsWith("*.") ? `${SOMETHING}${host.slice(1)}` : host));
}

function valuesFor(matches: readonly ValueMatch[], alphabet: readonly number[], effort: Effort) {
  const values: [name: string, value: string][] = [];
  for (const { name, value } of matches) {
    const text = value.kind === "regex" ? textFor(value.source, alphabet, effort, false) : fixedValue(value);
    if (text === null) return null;
    values.push([name, text]);
  }
  return values;
}

function fixedValue(value: { kind: "exact"; value: string } | { kind: "present" }): string {
  return value.kind === "exact" ? value.value : "1";
}

function textFor(
  source: string,
  alphabet: readonly number[],
  effort: Effort,
  isPath: boolean,
): string | null {
  const regex = compileRegex(source);
  const automaton = regex.ok ? regexAutomaton(regex.value) : null;
  if (automaton === null) return null;
  const found = findText({ inside: isPath ? [anyPath, automaton] : [automaton], alphabet }, effort);
  return found.kind === "found" ? found.text : null;
}

/** A segment or a label that nobody uses. */
const SOMETHING = "x-any-x";
