/** The `location` blocks of a server, nested ones put beside the others. */
import { quoted } from "../../diagnostics/wording.ts";
import type { Directive } from "../directives/directive.ts";
import type { Scope } from "../directives/scope.ts";
import type { Findings } from "../findings.ts";
import { templateText } from "../http/literal-path.ts";
import { usablePattern } from "../http/pattern.ts";

export interface Location {
  /** `final` is `^~`: a prefix after which patterns are not tried. */
  readonly kind: "exact" | "prefix" | "final" | "regex";
  /** A path in the form of a template, or a pattern. */
  readonly text: string;
  readonly scope: Scope;
}

export interface Locations {
  readonly matched: readonly Location[];
  /** `@name`, reached from others only. */
  readonly named: ReadonlyMap<string, Scope>;
}

export function readLocations(server: Scope, findings: Findings): Locations {
  const matched: Location[] = [];
  const named = new Map<string, Scope>();
  const gather = (parent: Scope, inside: Location | null) => {
    for (const directive of parent.peek("location")) {
      const [modifier, text] = modifierOf(directive);
      if (text.startsWith("@")) {
        named.set(text, parent.child(directive));
        continue;
      }
      const location = readLocation(directive, modifier, text, parent, inside, findings);
      if (location === null) continue;
      matched.push(location);
      gather(location.scope, location);
    }
  };
  gather(server, null);
  return { matched, named };
}

function readLocation(
  directive: Directive,
  modifier: string,
  text: string,
  parent: Scope,
  inside: Location | null,
  findings: Findings,
): Location | null {
  if (inside?.kind === "regex") return leaveOut(directive, parent, "it lies inside of a pattern", findings);
  const isRegex = modifier === "~" || modifier === "~*";
  if (isRegex && inside !== null)
    return leaveOut(directive, parent, "a pattern inside another location", findings);
  if (isRegex) {
    const source = usablePattern(modifier === "~*" ? `(?i)${text}` : text);
    if (source.ok) return { kind: "regex", text: source.value, scope: parent.child(directive) };
    findings.error("convert.regex", directive.head, `the pattern cannot be used: ${source.error}`);
    parent.markLeftOut(directive);
    return null;
  }
  if (!text.startsWith("/")) return leaveOut(directive, parent, "no path begins like this", findings);
  const kind = modifier === "=" ? "exact" : modifier === "^~" ? "final" : "prefix";
  return { kind, text: templateText(text), scope: parent.child(directive) };
}

function leaveOut(directive: Directive, parent: Scope, why: string, findings: Findings): null {
  parent.markLeftOut(directive);
  findings.note("convert.not_carried", directive.head, `the location was left out: ${why}`);
  return null;
}

/** `location = /x`, `location =/x`, `location ~* \.png$`; words beyond that are nginx's own error. */
function modifierOf({ words }: Directive): [modifier: string, text: string] {
  const [first, second] = words;
  if (second !== undefined) return [first!.text, second.text];
  const joined = first?.text ?? "";
  const [, modifier = "", text = ""] = /^(=|\^~|~\*|~)?([\s\S]*)$/.exec(joined) ?? [];
  return [modifier, text];
}

/** For messages. */
export function locationName({ kind, text }: Location): string {
  const mark = { exact: "= ", prefix: "", final: "^~ ", regex: "~ " }[kind];
  return quoted(`location ${mark}${text}`);
}
