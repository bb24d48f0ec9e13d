/**
 * The rules of one server in the order in which nginx decides: redirects of the server itself, exact locations, the
 * missing slash, `^~` prefixes, patterns as they are written, other prefixes from the longest.
 */
import { quoted } from "../../diagnostics/wording.ts";
import type { Directive } from "../directives/directive.ts";
import type { Scope } from "../directives/scope.ts";
import { respondWith } from "../draft/document-draft.ts";
import type { LadderRule } from "../http/ladder.ts";
import { withNamedGroups } from "../http/pattern.ts";
import { answering, type RuleValue } from "../http/rule-value.ts";
import { closedByConditions, type LocationSurroundings, readLocationValue } from "./location-value.ts";
import { type Location, locationName, readLocations } from "./locations.ts";
import { readReturn } from "./return-directive.ts";
import { closedRule, outcomeOf, redirectRule, wholeRedirect } from "./rewrite-directive.ts";

type Rule = LadderRule<RuleValue>;

/** @param around without the named locations, which are the server's own */
export function serverRules(server: Scope, around: Omit<LocationSurroundings, "named">): readonly Rule[] {
  const { findings } = around;
  if (closedByConditions(server, around)) return [everything(answering(respondWith(403), server.directive!))];
  const redirects = redirectsOf(server, around);
  const returned = server.own("return")[0];
  if (returned !== undefined) {
    const action = readReturn(returned, server, around.redirects, findings);
    leaveOutLocations(server, returned, around);
    return [...redirects, everything(answering(action, server.directive!))];
  }
  const { matched, named } = readLocations(server, findings);
  const rules = matched.map((location) => ({ location, rule: ruleOf(location, { ...around, named }) }));
  const hasPatterns = redirects.length > 0 || matched.some(({ kind }) => kind === "regex");
  const ranked = rules.map((each) => ({
    ...each,
    rank: rankOf(each.location, matched, hasPatterns, around),
  }));
  const slashes = missingSlashes(rules);
  return [
    ...redirects,
    ...ranked.filter(({ rank }) => rank === "exact").map(({ rule }) => rule),
    ...slashes,
    ...longestFirst(ranked.filter(({ rank }) => rank === "final").map(({ rule }) => rule)),
    ...ranked.filter(({ rank }) => rank === "regex").map(({ rule }) => rule),
    ...longestFirst(ranked.filter(({ rank }) => rank === "prefix").map(({ rule }) => rule)),
  ];
}

/** A rule that takes every path. */
export function everything(value: RuleValue): Rule {
  return { kind: "prefix", text: "/", bySegments: false, captures: null, value };
}

function redirectsOf(server: Scope, { redirects, findings }: Omit<LocationSurroundings, "named">): Rule[] {
  return server.own("rewrite").flatMap((directive) => {
    if (typeof outcomeOf(directive) === "number") return redirectRule(directive, redirects, findings) ?? [];
    return closedRule(directive, findings) ?? [];
  });
}

function leaveOutLocations(
  server: Scope,
  returned: Directive,
  { findings }: Pick<LocationSurroundings, "findings">,
) {
  for (const location of server.peek("location")) {
    server.markLeftOut(location);
    const { line } = returned.source.originAt(returned.start);
    const message = `the location was left out: ${quoted("return")} in line ${line} answers before it`;
    findings.note("convert.unreachable", location.head, message);
  }
}

function ruleOf(location: Location, around: LocationSurroundings): Rule {
  const { kind, text, scope } = location;
  const shape = { bySegments: false, captures: null };
  if (kind === "regex") {
    const value = readLocationValue(location, around);
    const usesGroups = value.action.kind === "redirect" && /\{\w+\}/.test(value.action.to);
    return { ...shape, kind, text: usesGroups ? withNamedGroups(text) : text, value };
  }
  const whole = redirectOf(location, around);
  if (whole !== null) {
    const value = answering(whole.action, scope.directive!);
    return { ...shape, kind: kind === "exact" ? kind : "prefix", text, captures: whole.captures, value };
  }
  const value = readLocationValue(location, around);
  return { ...shape, kind: kind === "exact" ? kind : "prefix", text, value };
}

/** A location that does nothing but redirect with `rewrite`. */
function redirectOf({ scope, text }: Location, { redirects, findings }: LocationSurroundings) {
  const [first, second] = scope.peek("rewrite", "return", "if");
  if (first?.name !== "rewrite" || second?.name === "if") return null;
  const whole = wholeRedirect(first, text, redirects, findings);
  if (whole !== null) scope.markRead(first);
  return whole;
}

type Rank = "exact" | "final" | "regex" | "prefix";

function rankOf(
  location: Location,
  all: readonly Location[],
  hasPatterns: boolean,
  { findings }: Pick<LocationSurroundings, "findings">,
): Rank {
  const { kind, text, scope } = location;
  if (kind !== "prefix") return kind;
  const outer = all.find((other) => other.kind === "final" && text.startsWith(other.text));
  if (outer === undefined || !hasPatterns) return "prefix";
  const message = `patterns are not tried for it, because it lies in ${locationName(outer)}`;
  findings.note("convert.differs", scope.directive!.head, message);
  return "final";
}

/** For `location /app/` with a target, nginx sends clients that ask for `/app` to `/app/`. */
function missingSlashes(rules: readonly { readonly location: Location; readonly rule: Rule }[]): Rule[] {
  return rules.flatMap(({ location, rule }) => {
    const { kind, text, scope } = location;
    const without = text.slice(0, -1);
    if (kind === "regex" || !text.endsWith("/") || without === "") return [];
    if (scope.peek("proxy_pass").length === 0) return [];
    const taken = rules.some((other) => other.location.text === without && other.location.kind !== "regex");
    if (taken) return [];
    const action = { kind: "redirect", to: text, status: 301 } as const;
    // A place without an extent: the notes are the location's.
    const value = answering(action, { ...rule.value.from, end: rule.value.from.start });
    return [{ kind: "exact", text: without, bySegments: false, captures: null, value }];
  });
}

function longestFirst(rules: readonly Rule[]): Rule[] {
  return [...rules].sort((a, b) => b.text.length - a.text.length);
}
