/**
 * `RewriteCond`: the few conditions that are true or false for a whole host are decided here. A rule under any other
 * condition is left out, or closes what it refuses.
 */
import { quoted } from "../../diagnostics/wording.ts";
import { argument, type Directive } from "../directives/directive.ts";
import type { HostContext } from "./host-context.ts";
import type { RewriteFlags } from "./rewrite-flags.ts";

/** `close`: the rule refuses requests, and nobody can say which. */
export type Verdict = "always" | "never" | "close";

export function judgeConditions(
  rule: Directive,
  conditions: readonly Directive[],
  flags: RewriteFlags,
  context: HostContext,
): Verdict {
  const { findings } = context;
  const verdicts = conditions.map((condition) => judge(condition, context));
  if (verdicts.includes(false)) {
    findings.note(
      "convert.unreachable",
      rule.head,
      "it was left out: its condition is never met on this host",
    );
    return "never";
  }
  if (verdicts.every((verdict) => verdict === true)) return "always";
  const open = conditions.filter((_, index) => verdicts[index] === null);
  if (open.every(isUpgrade)) return upgradeRule(rule, context);
  if (open.every(isTrace)) {
    findings.note("convert.not_needed", rule.head, "it was left out: TRACE is refused anyway");
    return "never";
  }
  const unknown = open[0]!;
  const what = `the condition ${quoted(`${argument(unknown, 0)} ${argument(unknown, 1)}`)} is not carried over`;
  if (flags.status !== null && flags.status >= 400) {
    findings.note("convert.closed", rule.head, `${what}; whatever the pattern takes is answered with 403`);
    return "close";
  }
  findings.note("convert.not_carried", rule.head, `${what}; the rule was left out`);
  return "never";
}

/** Null: it depends on the request. */
function judge(condition: Directive, { scheme, port }: HostContext): boolean | null {
  const [subject, pattern] = [argument(condition, 0).toUpperCase(), argument(condition, 1).toLowerCase()];
  if (subject === "%{HTTPS}" && scheme !== null) return matches(pattern, scheme === "https" ? "on" : "off");
  if (subject === "%{REQUEST_SCHEME}" && scheme !== null) return matches(pattern, scheme);
  if (subject === "%{SERVER_PORT}" && port !== null) return matches(pattern, port);
  if (subject === "%{REQUEST_URI}" && (pattern === ".*" || pattern === "^")) return true;
  return null;
}

/** Null when it is more than a word. */
function matches(pattern: string, value: string): boolean | null {
  const negated = pattern.startsWith("!");
  const [, word] = /^=?\^?([a-z0-9]+)\$?$/.exec(negated ? pattern.slice(1) : pattern) ?? [];
  return word === undefined ? null : (word === value) !== negated;
}

function isUpgrade(condition: Directive): boolean {
  return /^%\{HTTP:(?:Upgrade|Connection)\}$/i.test(argument(condition, 0));
}

function upgradeRule(rule: Directive, { findings }: HostContext): Verdict {
  const message = "it was left out: upgrades such as WebSocket's go where other requests of their path go";
  findings.note("convert.differs", rule.head, message);
  return "never";
}

function isTrace(condition: Directive): boolean {
  const [subject, pattern] = [argument(condition, 0), argument(condition, 1)];
  return /^%\{REQUEST_METHOD\}$/i.test(subject) && /^\^?\(?(?:TRAC[EK]\|?)+\)?\$?$/i.test(pattern);
}
