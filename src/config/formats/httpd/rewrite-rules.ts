/**
 * `RewriteRule` of a host: with `[P]` a target, with `[R]` a redirect, with `[F]` and `[G]` an answer. The pattern is
 * held against the path with its slash, and what it makes takes the place of the whole path.
 */
import { quoted } from "../../diagnostics/wording.ts";
import { argument, type Directive } from "../directives/directive.ts";
import { respondWith } from "../draft/document-draft.ts";
import type { LadderRule } from "../http/ladder.ts";
import { templateText } from "../http/literal-path.ts";
import {
  aroundMatch,
  belowShape,
  matchesEverything,
  usablePattern,
  withNamedGroups,
} from "../http/pattern.ts";
import type { RewriteIntent } from "../http/replace-prefix.ts";
import { answering, type RuleAction, type RuleValue } from "../http/rule-value.ts";
import { passTimeouts } from "./bounds.ts";
import { backendFor, type HostContext, isBackend } from "./host-context.ts";
import { judgeConditions } from "./rewrite-conditions.ts";
import { type RewriteFlags, readFlags } from "./rewrite-flags.ts";
import { redirectText } from "./substitution.ts";

type Rule = LadderRule<RuleValue>;

export function rewriteRules(context: HostContext): readonly Rule[] {
  const { scope, findings } = context;
  const directives = scope.own("rewriteengine", "rewritecond", "rewriterule");
  const engine = directives.filter(({ name }) => name === "rewriteengine").at(-1);
  const isOn = engine !== undefined && argument(engine, 0).toLowerCase() === "on";
  const rules: Rule[] = [];
  let conditions: Directive[] = [];
  for (const directive of directives) {
    if (directive.name === "rewritecond") conditions.push(directive);
    if (directive.name !== "rewriterule") continue;
    if (!isOn) {
      findings.note("convert.unreachable", directive.head, "it was left out: `RewriteEngine On` is missing");
    } else rules.push(...ruleOf(directive, conditions, context));
    conditions = [];
  }
  return rules;
}

function ruleOf(directive: Directive, conditions: readonly Directive[], context: HostContext): Rule[] {
  const { findings } = context;
  const flags = readFlags(directive, findings);
  const verdict = judgeConditions(directive, conditions, flags, context);
  if (verdict === "never") return [];
  if (argument(directive, 0).startsWith("!")) {
    findings.note(
      "convert.not_carried",
      directive.head,
      "a pattern that must not match is not carried over; the rule was left out",
    );
    return [];
  }
  const source = usablePattern(flags.ignoresCase ? `(?i)${argument(directive, 0)}` : argument(directive, 0));
  if (!source.ok) {
    findings.error("convert.regex", directive.head, `the pattern cannot be used: ${source.error}`);
    return [];
  }
  if (verdict === "close") return [placed(source.value, answering(respondWith(403), directive))];
  const rule = serve(directive, source.value, flags, context);
  return rule === null ? [] : [rule];
}

function serve(directive: Directive, source: string, flags: RewriteFlags, context: HostContext): Rule | null {
  const text = argument(directive, 1);
  if (flags.status !== null && (text === "-" || flags.status < 300 || flags.status > 399)) {
    return placed(source, answering(respondWith(flags.status), directive));
  }
  if (flags.proxies) return proxied(directive, source, text, flags, context);
  if (flags.status !== null || /^https?:\/\//i.test(text))
    return redirected(directive, source, text, flags, context);
  if (text === "-") {
    context.findings.note(
      "convert.not_carried",
      directive.head,
      "a rule that only ends or marks the rewriting was left out",
    );
    return null;
  }
  const message = "a path that is changed before a target is chosen is not carried over; the answer is 501";
  context.findings.note("convert.closed", directive.head, message);
  return placed(source, answering(respondWith(501), directive));
}

function redirected(
  directive: Directive,
  source: string,
  written: string,
  flags: RewriteFlags,
  context: HostContext,
): Rule {
  const below = belowShape(source);
  const groups = below?.captures ? ["rest"] : GROUPS;
  const whole = { path: "$1", rest: "/$1", nothing: null }[matchesEverything(source) ?? "nothing"];
  const text = whole === null ? written : written.replace(whole, "%{REQUEST_URI}");
  const to = redirectText(flags.dropsQuery && !text.includes("?") ? `${text}?` : text, groups, context);
  if (!to.ok) return placed(source, answering(unknown(directive, to.error, context), directive));
  const action = { kind: "redirect", to: to.value, status: flags.status ?? 302 } as const;
  return placed(source, answering(action, directive), to.value);
}

function proxied(
  directive: Directive,
  source: string,
  text: string,
  flags: RewriteFlags,
  context: HostContext,
): Rule | null {
  const below = belowShape(source);
  const backend = backendFor(
    directive,
    text.replace(/^(\w+:\/\/[^/$%]+)(?=[$%])/, "$1/"),
    below?.prefix ?? null,
    context,
  );
  if (backend === null) return null;
  if (!isBackend(backend)) return placed(source, answering(backend, directive));
  const written = text.replace(/^(?:unix:[^|]+\|)?\w+:\/\/[^/$%?]*/, "");
  const rewrite = pathIntent(source, backend.base + (flags.dropsQuery ? `${written}?` : written));
  if (rewrite === "unknown") return placed(source, answering(unknown(directive, text, context), directive));
  const value = {
    action: { kind: "proxy", upstream: backend.upstream, rewrite },
    timeouts: passTimeouts({ ...directive, words: [] }, context.scope, context.findings),
    limits: {},
    from: directive,
  } as const;
  return placed(source, value);
}

/** What becomes of the path. */
function pathIntent(source: string, path: string): RewriteIntent | null | "unknown" {
  const everything = matchesEverything(source);
  if (
    path === "%{REQUEST_URI}" ||
    (everything === "rest" && path === "/$1") ||
    (everything === "path" && path === "$1")
  ) {
    return null;
  }
  if (/%\{|%[1-9]|\$0/.test(path)) return "unknown";
  const below = belowShape(source);
  const keepsRest = /^\/(?:[^$]*\/)?\$1$/.test(path) && below?.captures;
  if (keepsRest) return { kind: "replace", from: templateText(below.prefix), to: path.slice(0, -2) };
  return { kind: "regex", source: aroundMatch(source), to: path === "" ? "/" : path };
}

/** A pattern as the simplest path that takes the same. */
function placed(source: string, value: RuleValue, to = ""): Rule {
  const below = belowShape(source);
  if (matchesEverything(source) !== null)
    return { kind: "prefix", text: "/", bySegments: false, captures: null, value };
  if (below !== null) {
    const captures = to.includes("{rest}") ? "rest" : null;
    return { kind: "prefix", text: templateText(below.prefix), bySegments: false, captures, value };
  }
  const text = /\{g[1-9]\}/.test(to) ? withNamedGroups(source) : source;
  return { kind: "regex", text, bySegments: false, captures: null, value };
}

function unknown(directive: Directive, reference: string, { findings }: HostContext): RuleAction {
  const message = `${quoted(reference)} refers to what is not carried over; the answer is 501`;
  findings.note("convert.closed", directive.head, message);
  return respondWith(501);
}

const GROUPS = Array.from({ length: 9 }, (_, index) => `g${index + 1}`);
