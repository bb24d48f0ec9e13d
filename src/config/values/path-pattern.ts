/**
 * The `path` of a route: a prefix with captures, an exact path, or a pattern. Routing reads them; here a
 * mistake gets its code and a way out. The text stays as written, because `/api` and `/api/` are two prefixes.
 */
import { ok, type Result } from "../../base/result.ts";
import { parseTemplate, parseExactPath as readExactPath } from "../../routing/path-template.ts";
import type { PathPattern } from "../../routing/route-match.ts";
import { quoted } from "../diagnostics/wording.ts";
import { parseRegex } from "./regex.ts";
import { fault, type ValueFault } from "./value-fault.ts";

export function parsePrefix(text: string): Result<PathPattern, ValueFault> {
  const template = parseTemplate(text);
  return template.ok ? ok({ kind: "prefix", template: text }) : pathFault(text, template.error);
}

export function parseExactPath(text: string): Result<PathPattern, ValueFault> {
  const path = readExactPath(text);
  return path.ok ? ok({ kind: "exact", path: text }) : pathFault(text, path.error);
}

export function parseRegexPath(source: string): Result<PathPattern, ValueFault> {
  const regex = parseRegex(source);
  return regex.ok ? ok({ kind: "regex", source }) : regex;
}

/** The names that a rewrite or a redirect of this route may use. */
export function captureNames(pattern: PathPattern): readonly string[] {
  if (pattern.kind === "exact") return [];
  if (pattern.kind === "prefix") {
    const template = parseTemplate(pattern.template);
    return template.ok ? template.value.names : [];
  }
  const regex = parseRegex(pattern.source);
  return regex.ok ? regex.value.groupNames : [];
}

function pathFault(text: string, reason: string): Result<never, ValueFault> {
  return fault("route.path", `${quoted(text)} is not a path: ${reason}`, hintFor(text));
}

function hintFor(text: string): string | null {
  if (/^[\^(]/.test(text)) return `for a pattern, write \`path: { regex: '${text}' }\``;
  if (!text.startsWith("/")) return `write \`/${text}\``;
  if (text.includes("?")) return "match query parameters with `query: { name: value }`";
  return null;
}
