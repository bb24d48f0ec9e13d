/**
 * Holds one piece of a document (a route, an upstream, the settings) against its schema. Pieces are
 * checked one by one, so that a mistake in one route hides nothing about the others. What zod finds is told
 * in the document's words by `explain-issues.ts`.
 */
import type { z } from "zod";
import { type Diagnostic, diagnose } from "../diagnostics/diagnostic.ts";
import type { DiagnosticList } from "../diagnostics/diagnostic-list.ts";
import { quoted } from "../diagnostics/wording.ts";
import { type ConfigNode, nodeAt, type Path, plainValue } from "../source/config-node.ts";
import { ambiguityOf } from "../source/plain-scalar.ts";
import type { Place } from "../source/source-text.ts";
import { type Ambiguous, ambiguousIn, ambiguousKey } from "./ambiguous-text.ts";
import { explainIssues, withoutUnions } from "./explain-issues.ts";
import type { SchemaNote } from "./notes.ts";
import { retyped } from "./retype.ts";
import { schemaAt } from "./schema-path.ts";

/** The checked value, or null after the findings have been added to `found`. */
export function checkShape<S extends z.ZodType>(
  schema: S,
  node: ConfigNode,
  found: DiagnosticList,
): z.output<S> | null {
  const before = found.errorCount;
  const questioned = questionAmbiguous(schema, node, found);
  const { outcome, root } = parse(schema, node);
  if (outcome.success) return found.errorCount === before ? outcome.data : null;
  const issues = (outcome.error?.issues ?? [])
    .flatMap((issue) => withoutUnions(issue, []))
    .filter(({ path }) => !isToldAlready(nodeAt(root, path), path, questioned));
  if (issues.length > 0) found.addExplained(issues.length, () => explainIssues(schema, root, issues));
  return null;
}

function parse<S extends z.ZodType>(schema: S, node: ConfigNode) {
  const outcome = schema.safeParse(plainValue(node));
  const root = outcome.success ? node : retyped(schema, node);
  return { outcome: root === node ? outcome : schema.safeParse(plainValue(root)), root };
}

/** A reference that leads nowhere, or text that means two things: what it is not can wait. */
function isToldAlready(node: ConfigNode | undefined, path: Path, questioned: ReadonlySet<string>): boolean {
  if (node?.kind === "scalar" && node.reference?.broken === true) return true;
  return questioned.has(JSON.stringify(path.map(String)));
}

/** A key of a map whose values are held against their schemas one by one. */
export function checkKey(key: Place, found: DiagnosticList): void {
  const ambiguous = ambiguousKey(key);
  if (ambiguous !== null) found.add(explainAmbiguous(ambiguous, {}));
}

/** Gives the paths that have findings now. */
function questionAmbiguous(schema: z.ZodType, root: ConfigNode, found: DiagnosticList): ReadonlySet<string> {
  const questioned = new Set<string>();
  for (const ambiguous of ambiguousIn(root)) {
    if (!isQuestionable(schema, root, ambiguous)) continue;
    questioned.add(JSON.stringify(ambiguous.path.map(String)));
    found.add(explainAmbiguous(ambiguous, schemaAt(schema, root, ambiguous.path).note));
  }
  return questioned;
}

/** `via: on` means what it says to every reader; a header's value `on`, or a port `010`, does not. */
function isQuestionable(schema: z.ZodType, root: ConfigNode, { path, isKey, text }: Ambiguous): boolean {
  if (isKey || ambiguityOf(text)!.kind !== "word") return true;
  return schemaAt(schema, root, path).note.freeText === true;
}

function explainAmbiguous(ambiguous: Ambiguous, note: SchemaNote): Diagnostic {
  const { place, isKey, text } = ambiguous;
  const what = isKey ? `the key ${quoted(text)}` : quoted(text);
  const suggestion = remedyFor(ambiguous, note);
  return diagnose("yaml.ambiguous", place, `${what} ${ambiguityOf(text)!.reason}`, { suggestion });
}

function remedyFor({ isKey, text }: Ambiguous, { freeText, expects }: SchemaNote): string {
  const { number } = ambiguityOf(text)!;
  if (isKey || freeText === true) return `put it in quotes: "${text}"`;
  if (number !== null) return `write \`${number}\``;
  return expects === undefined ? "put it in quotes" : `here stands ${expects}`;
}
