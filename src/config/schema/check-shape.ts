/**
 * Holds one piece of a document (a route, an upstream, the settings) against its schema. Pieces are
 * checked one by one, so that a mistake in one route hides nothing about the others. What zod finds is told
 * in the document's words by `explain-issues.ts`.
 */
import type { z } from "zod";
import { diagnose } from "../diagnostics/diagnostic.ts";
import type { DiagnosticList } from "../diagnostics/diagnostic-list.ts";
import { quoted } from "../diagnostics/wording.ts";
import { type ConfigNode, type Path, plainValue, type ScalarNode } from "../source/config-node.ts";
import { ambiguityOf } from "../source/plain-scalar.ts";
import { explainIssues } from "./explain-issues.ts";
import { schemaAt } from "./schema-path.ts";

/** The checked value, or null after the findings have been added to `found`. */
export function checkShape<S extends z.ZodType>(
  schema: S,
  node: ConfigNode,
  found: DiagnosticList,
): z.output<S> | null {
  const before = found.errorCount;
  const outcome = schema.safeParse(plainValue(node));
  const issues = outcome.error?.issues ?? [];
  found.addExplained(issues.length, () => explainIssues(schema, node, issues));
  for (const { path, scalar } of ambiguousScalars(node, []))
    questionScalar(schema, node, path, scalar, found);
  return outcome.success && found.errorCount === before ? outcome.data : null;
}

interface Ambiguous {
  readonly path: Path;
  readonly scalar: ScalarNode;
}

/** Unquoted scalars that readers of YAML 1.1 and 1.2 disagree about. Usually none. */
function ambiguousScalars(node: ConfigNode, path: Path): Ambiguous[] {
  if (node.kind === "list")
    return node.items.flatMap((item, index) => ambiguousScalars(item, [...path, index]));
  if (node.kind === "map") {
    return [...node.entries].flatMap(([key, { value }]) => ambiguousScalars(value, [...path, key]));
  }
  if (!node.plain || node.value === null) return [];
  return ambiguityOf(sourceOf(node)) === null ? [] : [{ path, scalar: node }];
}

/** `via: on` means what it says in both versions; a header's value `on`, or a port `010`, does not. */
function questionScalar(
  schema: z.ZodType,
  root: ConfigNode,
  path: Path,
  scalar: ScalarNode,
  found: DiagnosticList,
): void {
  const { note } = schemaAt(schema, root, path);
  const source = sourceOf(scalar);
  const reason = ambiguityOf(source);
  if (typeof scalar.value === "string" && note.freeText !== true) return;
  const suggestion =
    typeof scalar.value === "number" && note.freeText !== true
      ? `write \`${scalar.value}\``
      : `put it in quotes: "${source}"`;
  found.add(diagnose("yaml.ambiguous", scalar, `${quoted(source)} ${reason}`, { suggestion }));
}

function sourceOf(scalar: ScalarNode): string {
  return scalar.source.text.slice(scalar.start, scalar.end);
}
