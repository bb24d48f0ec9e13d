/** `server_name`: the names that a native `host` can have, and notes on those that it cannot. */
import { quoted } from "../../diagnostics/wording.ts";
import { parseHostPattern } from "../../values/host-pattern.ts";
import type { Directive, Word } from "../directives/directive.ts";
import type { Findings } from "../findings.ts";

/** Native host patterns, each once. */
export function readServerNames(directives: readonly Directive[], findings: Findings): string[] {
  const names = directives.flatMap(({ words }) => words.flatMap((word) => patternsOf(word, findings)));
  return [...new Set(names)];
}

function patternsOf(word: Word, findings: Findings): string[] {
  const { text } = word;
  // By convention `_` is a name that no request has; `""` is a request without Host, which HTTP/1.1 refuses.
  if (text === "_" || text === "") return [];
  if (text.startsWith("~")) return refused(word, "host names are not matched by patterns", findings);
  if (text.endsWith(".*")) return refused(word, "a wildcard can only stand in front", findings);
  if (text.includes("$")) return refused(word, "variables are not carried over", findings);
  const wanted = text.startsWith(".") ? [text.slice(1), `*${text}`] : [text];
  const parsed = wanted.map(parseHostPattern);
  if (parsed.some(({ ok }) => !ok)) return refused(word, "it is not a host name", findings);
  return parsed.flatMap((pattern) => (pattern.ok ? [pattern.value] : []));
}

function refused(word: Word, why: string, findings: Findings): string[] {
  findings.note(
    "convert.not_carried",
    word,
    `the server name ${quoted(word.text)} is not carried over: ${why}`,
  );
  return [];
}
