/**
 * `rewrite`: what changes the path on its way upstream, and what redirects. nginx puts the replacement in place of
 * the whole path, whatever part of it the pattern matched.
 */
import { quoted } from "../../diagnostics/wording.ts";
import { argument, type Directive } from "../directives/directive.ts";
import { respondWith } from "../draft/document-draft.ts";
import type { Findings } from "../findings.ts";
import type { LadderRule } from "../http/ladder.ts";
import { templateText } from "../http/literal-path.ts";
import {
  aroundMatch,
  belowShape,
  groupNames,
  matchesEverything,
  usablePattern,
  withNamedGroups,
} from "../http/pattern.ts";
import type { RewriteIntent } from "../http/replace-prefix.ts";
import { answering, type RuleAction, type RuleValue } from "../http/rule-value.ts";
import { redirect } from "./return-directive.ts";
import type { RedirectSurroundings } from "./variables.ts";

/** `break`, `last`, none; or a status for a redirect. */
export function outcomeOf(directive: Directive): "break" | "search" | 301 | 302 {
  const flag = argument(directive, 2);
  if (flag === "permanent") return 301;
  if (flag === "redirect" || /^(?:https?:\/\/|\$scheme)/.test(argument(directive, 1))) return 302;
  return flag === "break" ? "break" : "search";
}

/** The rule of a redirecting `rewrite` that stands before all locations; null after an error. */
export function redirectRule(
  directive: Directive,
  around: RedirectSurroundings,
  findings: Findings,
): LadderRule<RuleValue> | null {
  const source = usable(directive, findings);
  if (source === null) return null;
  const below = belowShape(source);
  const everything = matchesEverything(source) !== null;
  const groups = below === null ? groupNames(withNamedGroups(source)) : ["rest"];
  const value = answering(redirectAction(directive, source, { ...around, groups }, findings), directive);
  if (below === null && !everything) {
    return { kind: "regex", text: withNamedGroups(source), bySegments: false, captures: null, value };
  }
  const text = everything ? "/" : templateText(below!.prefix);
  return {
    kind: "prefix",
    text,
    bySegments: false,
    captures: !everything && below!.captures ? "rest" : null,
    value,
  };
}

/** A rule in place of a `rewrite` that changes paths before a location is chosen; null after an error. */
export function closedRule(directive: Directive, findings: Findings): LadderRule<RuleValue> | null {
  const source = usable(directive, findings);
  if (source === null) return null;
  const message = "a path that is changed before a location is chosen is not carried over; the answer is 501";
  findings.note("convert.closed", directive.head, message);
  const value = answering(respondWith(501), directive);
  return { kind: "regex", text: source, bySegments: false, captures: null, value };
}

/** The redirect of a `rewrite` that takes all of a location's requests; null when it does not. */
export function wholeRedirect(
  directive: Directive,
  location: string,
  around: RedirectSurroundings,
  findings: Findings,
): { readonly action: RuleAction; readonly captures: string | null } | null {
  const source = argument(directive, 0);
  if (typeof outcomeOf(directive) !== "number" || !usablePattern(source).ok) return null;
  if (matchesEverything(source) !== null) {
    return { action: redirectAction(directive, source, around, findings), captures: null };
  }
  const below = belowShape(source);
  if (below === null || templateText(below.prefix) !== location) return null;
  const action = redirectAction(directive, source, { ...around, groups: ["rest"] }, findings);
  return { action, captures: below.captures ? "rest" : null };
}

/**
 * How a `rewrite … break` changes the path; null after a finding.
 * @param location the prefix that the route takes, or null
 */
export function pathRewrite(
  directive: Directive,
  location: string | null,
  findings: Findings,
): RewriteIntent | null {
  const source = usable(directive, findings);
  if (source === null) return null;
  const replacement = argument(directive, 1);
  const variable = /\$\{?[a-z_][a-z0-9_]*/i.exec(replacement)?.[0];
  if (variable !== undefined) {
    findings.error(
      "convert.value",
      directive.head,
      `the variable ${quoted(variable)} is not carried over here`,
    );
    return null;
  }
  noteQuery(directive, findings);
  const below = belowShape(source);
  const keepsRest = /^\/(?:.*\/)?\$1$/.test(replacement) && below?.captures;
  // Where the route takes more than the pattern, the rest must stay as it is.
  if (keepsRest && templateText(below.prefix) === location) {
    return { kind: "replace", from: location, to: replacement.slice(0, -2) };
  }
  return { kind: "regex", source: aroundMatch(source), to: replacement };
}

function noteQuery(directive: Directive, findings: Findings): void {
  if (!/\?./.test(argument(directive, 1))) return;
  const message = "the query of the request is not added to the query of the new path";
  findings.note("convert.differs", directive.head, message);
}

function usable(directive: Directive, findings: Findings): string | null {
  const source = usablePattern(argument(directive, 0));
  if (source.ok) return source.value;
  findings.error("convert.regex", directive.head, `the pattern cannot be used: ${source.error}`);
  return null;
}

/**
 * A redirect of `rewrite` keeps the query unless the replacement ends in `?`; a `return` does not. The text is brought
 * into the form of the latter.
 */
function redirectAction(
  directive: Directive,
  source: string,
  around: RedirectSurroundings,
  findings: Findings,
): RuleAction {
  noteQuery(directive, findings);
  const group = { path: "$1", rest: "/$1", nothing: null }[matchesEverything(source) ?? "nothing"];
  const written = argument(directive, 1);
  const text = group === null ? written : written.replace(group, "$uri");
  const status = outcomeOf(directive) === 301 ? 301 : 302;
  return redirect(directive, status, text.includes("?") ? text : `${text}$is_args$args`, around, findings);
}
