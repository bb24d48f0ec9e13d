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

/**
 * Rules that close what is restricted, above all others.
 * @param scopes the host and what stands outside of all hosts, which holds in it as well
 */
export function closedParts(scopes: readonly Scope[], findings: Findings): Rule[] {
  return scopes.flatMap((scope) => [
    ...scope.peek(...SECTIONS).flatMap((section) => closedSection(scope, section, findings)),
    ...closedWhole(scope, findings),
  ]);
}

function closedSection(scope: Scope, section: Directive, findings: Findings): Rule[] {
  const restricting = restrictionsIn(scope, section.block ?? []);
  if (restricting.length === 0) return [];
  // What else it holds is told line by line.
  scope.markRead(section);
  for (const directive of restricting) {
    if (isExact(section, directive)) continue;
    const message = `${quoted(directive.label)} is not carried over; the requests that it is about are answered with 403`;
    findings.note("convert.closed", directive.head, message, { suggestion: HOW_TO_OPEN });
  }
  return ruleFor(section, findings);
}

function closedWhole(scope: Scope, findings: Findings): Rule[] {
  const outside = CONTAINERS.filter((name) => !SECTIONS.includes(name));
  const own = restrictionsIn(scope, scope.peek(...ACCESS, ...outside));
  for (const directive of own) {
    const message = `${quoted(directive.label)} is not carried over; all requests of this host are answered with 403`;
    findings.note("convert.closed", directive.head, message, { suggestion: HOW_TO_OPEN });
  }
  return own.length === 0 ? [] : [everything(own[0]!)];
}

/** What refuses somebody. All that is about access has been read afterwards, what grants it as well. */
function restrictionsIn(scope: Scope, directives: readonly Directive[]): Directive[] {
  return directives.flatMap((directive) => {
    if (ACCESS.includes(directive.name)) {
      scope.markRead(directive);
      return refuses(directive) ? [directive] : [];
    }
    if (!CONTAINERS.includes(directive.name)) return [];
    const inside = restrictionsIn(scope, directive.block ?? []);
    if (inside.length > 0) scope.markRead(directive);
    return inside;
  });
}

function isAccess({ name }: Directive): boolean {
  return ACCESS.includes(name) || CONTAINERS.includes(name);
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

/** Everybody gets 403 for these paths, and so it stays. */
function isExact(section: Directive, { name, words }: Directive): boolean {
  const text = words.map((word) => word.text.toLowerCase()).join(" ");
  const isOnlyOne = section.name.startsWith("<location") && section.block?.filter(isAccess).length === 1;
  if (!isOnlyOne) return false;
  return (name === "require" && text === "all denied") || (name === "deny" && text === "from all");
}

function ruleFor(section: Directive, findings: Findings): Rule[] {
  const [first, second] = section.words.map(({ text }) => text);
  const value = answering(respondWith(403), section);
  if (!section.name.startsWith("<location")) return [everything(section)];
  const pattern = section.name === "<locationmatch>" ? first : first === "~" ? second : undefined;
  if (pattern === undefined) {
    const text = templateText(argument(section, 0));
    return [{ kind: "prefix", text, bySegments: true, captures: null, value }];
  }
  const source = usablePattern(pattern);
  if (source.ok) return [{ kind: "regex", text: source.value, bySegments: false, captures: null, value }];
  findings.error("convert.regex", section.head, `the pattern cannot be used: ${source.error}`);
  return [];
}

function everything(from: Directive): Rule {
  const value = answering(respondWith(403), from);
  return { kind: "prefix", text: "/", bySegments: true, captures: null, value };
}

const HOW_TO_OPEN = "take the route with `respond` away where everybody may";
const ACCESS = ["require", "order", "allow", "deny", "satisfy", "sslverifyclient"];
const SECTIONS = ["<location>", "<locationmatch>", "<proxy>", "<proxymatch>", "<if>", "<elseif>", "<else>"];
const CONTAINERS = [
  "<requireall>",
  "<requireany>",
  "<requirenone>",
  "<limit>",
  "<limitexcept>",
  "<if>",
  "<elseif>",
  "<else>",
];
