/** `Redirect` by prefix, with what follows it appended, and `RedirectMatch` by pattern. */
import { quoted } from "../../diagnostics/wording.ts";
import { argument, type Directive } from "../directives/directive.ts";
import { respondWith } from "../draft/document-draft.ts";
import type { LadderRule } from "../http/ladder.ts";
import { templateText } from "../http/literal-path.ts";
import { usablePattern, withNamedGroups } from "../http/pattern.ts";
import { answering, type RuleValue } from "../http/rule-value.ts";
import type { HostContext } from "./host-context.ts";
import { redirectText } from "./substitution.ts";

type Rule = LadderRule<RuleValue>;

export function redirectRules(context: HostContext): readonly Rule[] {
  return context.scope
    .own("redirect", "redirectmatch", "redirectpermanent", "redirecttemp")
    .flatMap((directive) =>
      directive.name === "redirectmatch" ? byPattern(directive, context) : byPrefix(directive, context),
    );
}

function byPrefix(directive: Directive, { findings }: HostContext): Rule[] {
  const { status, words } = statusOf(directive);
  const [path = "", url = ""] = words;
  if (!path.startsWith("/")) {
    findings.error("convert.value", directive.head, `${quoted(path)} is not a path`);
    return [];
  }
  const text = templateText(path);
  if (status < 300 || status > 399) return [prefix(text, answering(respondWith(status), directive))];
  if (text === "/" && url.endsWith("/"))
    return [prefix("/", redirect(`${url.slice(0, -1)}{path}`, status, directive))];
  const base = text.endsWith("/") ? text : `${text}/`;
  const below: Rule = {
    kind: "prefix",
    text: base,
    bySegments: true,
    captures: "rest",
    value: redirect(`${url}${text.endsWith("/") ? "" : "/"}{rest}`, status, directive),
  };
  if (text.endsWith("/")) return [below];
  const exact = { kind: "exact", text, bySegments: true, captures: null } as const;
  return [{ ...exact, value: redirect(url, status, directive) }, below];
}

function byPattern(directive: Directive, context: HostContext): Rule[] {
  const { status, words } = statusOf(directive);
  const [pattern = "", url = ""] = words;
  const source = usablePattern(pattern);
  if (!source.ok) {
    context.findings.error("convert.regex", directive.head, `the pattern cannot be used: ${source.error}`);
    return [];
  }
  const shape = { kind: "regex", bySegments: false, captures: null } as const;
  if (status < 300 || status > 399) {
    return [{ ...shape, text: source.value, value: answering(respondWith(status), directive) }];
  }
  const to = redirectText(url, GROUPS, context);
  const value = to.ok ? redirect(to.value, status, directive) : answering(respondWith(501), directive);
  if (!to.ok) {
    const message = `${quoted(to.error)} refers to what is not carried over; the answer is 501`;
    context.findings.note("convert.closed", directive.head, message);
  }
  return [{ ...shape, text: withNamedGroups(source.value), value }];
}

/** The status may be left out, be a word, or a number. */
function statusOf(directive: Directive): { status: number; words: string[] } {
  const words = directive.words.map(({ text }) => text);
  if (directive.name === "redirectpermanent") return { status: 301, words };
  if (directive.name === "redirecttemp") return { status: 302, words };
  const first = argument(directive, 0).toLowerCase();
  const named = { permanent: 301, temp: 302, seeother: 303, gone: 410 }[first];
  const status = named ?? (/^[2-5][0-9][0-9]$/.test(first) ? Number(first) : null);
  return status === null ? { status: 302, words } : { status, words: words.slice(1) };
}

function prefix(text: string, value: RuleValue): Rule {
  return { kind: "prefix", text, bySegments: true, captures: null, value };
}

function redirect(to: string, status: number, from: Directive): RuleValue {
  return answering({ kind: "redirect", to, status }, from);
}

const GROUPS = Array.from({ length: 9 }, (_, index) => `g${index + 1}`);
