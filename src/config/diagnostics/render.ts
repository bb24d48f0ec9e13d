/**
 * Findings as people read them: `FILE:LINE:COLUMN: error[code]: message`, the offending line with a caret,
 * what to write instead, and the second place when two disagree. Editors and CI parse the first line.
 */
import type { Origin } from "../model.ts";
import type { Excerpt } from "../source/source-text.ts";
import type { Finding } from "./diagnostic.ts";
import { printable } from "./wording.ts";

/** All findings as text, ending in a newline unless there are none. */
export function renderDiagnostics(diagnostics: readonly Finding[]): string {
  return diagnostics.map(renderDiagnostic).join("");
}

export function renderDiagnostic(diagnostic: Finding): string {
  const head = `${renderOrigin(diagnostic.origin)}: ${diagnostic.severity}[${diagnostic.code}]: ${diagnostic.message}`;
  const lines = [head, ...renderExcerpt(diagnostic.excerpt)];
  if (diagnostic.suggestion !== null) lines.push(`  help: ${diagnostic.suggestion}`);
  for (const related of diagnostic.related) {
    lines.push(
      `${renderOrigin(related.origin)}: note: ${related.message}`,
      ...renderExcerpt(related.excerpt),
    );
  }
  lines.push(...(diagnostic.details ?? []).map((detail) => `    ${detail}`.trimEnd()));
  return `${lines.join("\n")}\n`;
}

/** `FILE:LINE:COLUMN`, which terminals and editors make clickable. */
export function renderOrigin(origin: Origin): string {
  return `${printable(origin.file)}:${origin.line}:${origin.column}`;
}

/** The same as data, for `--json`. Key order is part of the format. */
export function diagnosticsAsData(diagnostics: readonly Finding[]): unknown {
  return diagnostics.map(
    ({ severity, code, message, origin, suggestion, excerpt, related, details = [] }) => ({
      severity,
      code,
      message,
      ...origin,
      suggestion,
      excerpt,
      related: related.map((place) => ({
        message: place.message,
        ...place.origin,
        excerpt: place.excerpt,
      })),
      details,
    }),
  );
}

function renderExcerpt(excerpt: Excerpt | null): string[] {
  if (excerpt === null || excerpt.text.trim() === "") return [];
  // Leading blanks are cut alike from both lines, so that deep nesting does not push the text off screen.
  const indent = Math.min(excerpt.text.length - excerpt.text.trimStart().length, excerpt.caret);
  const pointer = " ".repeat(excerpt.caret - indent) + "^".repeat(excerpt.width);
  return [`    ${excerpt.text.slice(indent)}`, `    ${pointer}`];
}
