/**
 * What restricts who may send a request, and cannot be carried over. Leaving it out would open what was closed, so
 * the part of the host that it is about answers 403 instead, until somebody has decided.
 */
import { quoted } from "../../diagnostics/wording.ts";
import { argument, type Directive } from "../directives/directive.ts";
import type { Scope } from "../directives/scope.ts";
import { respondWith } from "../draft/document-draft.ts";
import type { Findings } from "../findings.ts";
import type { LadderRule } from "../http/ladder.ts";
import { templateText } from "../http/literal-path.ts";
import { usablePattern } from "../http/pattern.ts";
import { answering, type RuleValue } from "../http/rule-value.ts";

type Rule = LadderRule<RuleValue>;

/** Rules that close what is restricted, above all others. */
export function closedParts(host: Scope, findings: Findings): Rule[] {
  const rules: Rule[] = [];
  for (const section of host.peek(...SECTIONS)) {
    const restricting = restrictionsIn(section.block ?? []);
    if (restricting.length === 0) continue;
    for (const directive of restricting) {
      host.markRead(directive);
      const message = `${quoted(directive.label)} is not carried over; the requests that it is about are answered with 403`;
      findings.note("convert.closed", directive.head, message, { suggestion: HOW_TO_OPEN });
    }
    const rule = ruleFor(section, findings);
    if (rule !== null) rules.push(rule);
  }
  const own = restrictionsIn(host.all().filter(({ name }) => !SECTIONS.includes(name)));
  for (const directive of own) {
    host.markRead(directive);
    const message = `${quoted(directive.label)} is not carried over; all requests of this host are answered with 403`;
    findings.note("convert.closed", directive.head, message, { suggestion: HOW_TO_OPEN });
  }
  return own.length === 0 ? rules : [...rules, everything(own[0]!)];
}

function restrictionsIn(directives: readonly Directive[]): Directive[] {
  return directives.flatMap((directive) => {
    if (refuses(directive)) return [directive];
    return directive.block !== null && CONTAINERS.has(directive.name) ? restrictionsIn(directive.block) : [];
  });
}

function refuses(directive: Directive): boolean {
  const text = directive.words.map((word) => word.text.toLowerCase()).join(" ");
  switch (directive.name) {
    case "require":
      return text !== "all granted";
    case "deny":
      return true;
    case "allow":
      return text !== "from all";
    case "sslverifyclient":
      return text === "require";
    default:
      return false;
  }
}

function ruleFor(section: Directive, findings: Findings): Rule | null {
  const [first, second] = section.words.map(({ text }) => text);
  const value = answering(respondWith(403), section);
  if (!section.name.startsWith("<location")) return everything(section);
  const pattern = section.name === "<locationmatch>" ? first : first === "~" ? second : undefined;
  if (pattern === undefined) {
    const text = templateText(argument(section, 0));
    return { kind: "prefix", text, bySegments: true, captures: null, value };
  }
  const source = usablePattern(pattern);
  if (source.ok) return { kind: "regex", text: source.value, bySegments: false, captures: null, value };
  findings.error("convert.regex", section.head, `the pattern cannot be used: ${source.error}`);
  return null;
}

function everything(from: Directive): Rule {
  const value = answering(respondWith(403), from);
  return { kind: "prefix", text: "/", bySegments: true, captures: null, value };
}

const HOW_TO_OPEN = "take the route with `respond` away where everybody may";
const SECTIONS = ["<location>", "<locationmatch>", "<proxy>", "<proxymatch>", "<if>", "<elseif>", "<else>"];
const CONTAINERS = new Set([
  "<requireall>",
  "<requireany>",
  "<requirenone>",
  "<limit>",
  "<limitexcept>",
  "<if>",
  "<elseif>",
  "<else>",
]);
