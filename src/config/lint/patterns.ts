/**
 * Patterns that can match nothing: no path, no value, whatever is asked. The usual ones are a path without its
 * first slash, a query in the path, and text behind `$`.
 */
import { compileRegex } from "../../routing/regex.ts";
import type { ValueMatch } from "../../routing/route-match.ts";
import { diagnose } from "../diagnostics/diagnostic.ts";
import { quoted } from "../diagnostics/wording.ts";
import type { HttpRouteModel } from "../model.ts";
import { type ConfigNode, nodeAt } from "../source/config-node.ts";
import { pathPatternPlace, valuePatternPlace } from "./pattern-places.ts";
import type { LintSubject } from "./subject.ts";
import { ANY_ALPHABET, FIELD_ALPHABET, PATH_ALPHABET } from "./text/alphabets.ts";
import type { Automaton } from "./text/automaton.ts";
import { type Effort, findText } from "./text/find-text.ts";
import { anyPath } from "./text/path-automata.ts";
import { regexAutomaton } from "./text/regex-automaton.ts";

interface Use {
  readonly source: string;
  readonly place: ConfigNode;
  /** Completes "matches no …". */
  readonly subject: "path" | "header value" | "parameter";
}

export function reportUselessPatterns({ httpRoutes, effort, found }: LintSubject): void {
  for (const { model, node } of httpRoutes) {
    for (const { source, place, subject } of usesOf(model, node)) {
      if (!matchesNothing(source, subject, effort)) continue;
      const message = `the pattern ${quoted(source)} matches no ${subject}`;
      found.add(diagnose("regex.matches_nothing", place, message, { suggestion: hintFor(source, subject) }));
    }
  }
}

function usesOf({ match, action }: HttpRouteModel, node: ConfigNode): Use[] {
  const uses = [...valueUses("headers", match.headers, node), ...valueUses("query", match.query, node)];
  if (match.path.kind === "regex") {
    uses.push({ source: match.path.source, place: pathPatternPlace(node), subject: "path" });
  }
  if (action.kind === "proxy" && action.rewrite?.kind === "regex") {
    const place = nodeAt(node, ["rewrite", "regex"]) ?? node;
    uses.push({ source: action.rewrite.source, place, subject: "path" });
  }
  return uses;
}

function valueUses(key: "headers" | "query", matches: readonly ValueMatch[], node: ConfigNode): Use[] {
  const subject = key === "headers" ? "header value" : "parameter";
  return matches.flatMap(({ name, value }) => {
    if (value.kind !== "regex") return [];
    return [{ source: value.source, place: valuePatternPlace(node, key, name), subject }];
  });
}

function matchesNothing(source: string, subject: Use["subject"], effort: Effort): boolean {
  const regex = compileRegex(source);
  const automaton = regex.ok ? regexAutomaton(regex.value) : null;
  if (automaton === null) return false;
  const inside: Automaton[] = subject === "path" ? [anyPath, automaton] : [automaton];
  return findText({ inside, alphabet: ALPHABETS[subject] }, effort).kind === "none";
}

function hintFor(source: string, subject: Use["subject"]): string {
  if (subject === "path" && /^\^\(?[\w.-]/.test(source))
    return `paths begin with a slash: \`^/${source.slice(1)}\``;
  if (subject === "path" && /\\\?|\[\?\]/.test(source)) {
    return "the query is no part of the path; match it with `query: { name: value }`";
  }
  if (/\$[^)|]/.test(source)) return "`$` is the end: nothing can follow it";
  if (/[^(|[\\]\^/.test(source)) return "`^` is the beginning: nothing can stand before it";
  return subject === "path"
    ? "paths are matched as they are after normalisation"
    : "no text has what it asks for";
}

const ALPHABETS = { path: PATH_ALPHABET, "header value": FIELD_ALPHABET, parameter: ANY_ALPHABET } as const;
