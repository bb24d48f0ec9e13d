/**
 * From what zod found to what people read: the place in the file, a code, a sentence in the configuration's
 * own words, and the near miss. Of a union only the alternative that was meant is explained; "expected A or
 * B" is said only when the value is neither.
 */
import type { z } from "zod";
import type { DiagnosticCode } from "../diagnostics/codes.ts";
import { type Diagnostic, diagnose } from "../diagnostics/diagnostic.ts";
import { didYouMean, nearMiss } from "../diagnostics/near-miss.ts";
import { oneOf, quoted } from "../diagnostics/wording.ts";
import { type ConfigNode, holdsSecret, nearestNode, nodeAt, type Path } from "../source/config-node.ts";
import { describeFound } from "./describe-found.ts";
import { noteOf, type SchemaNote, unwrapped } from "./notes.ts";
import { schemaAt } from "./schema-path.ts";
import type { FaultParams } from "./values.ts";

type Issue = z.core.$ZodIssue;

interface Context {
  readonly schema: z.core.$ZodType;
  readonly root: ConfigNode;
}

/** @param flat from `withoutUnions` */
export function explainIssues(
  schema: z.core.$ZodType,
  root: ConfigNode,
  flat: readonly Issue[],
): Diagnostic[] {
  const context = { schema, root };
  const misspelled = new Set(flat.filter(isUnknownKeys).map(({ path }) => keyOf(path)));
  const typos = flat.flatMap((issue) => typoTargets(context, issue));
  return (
    flat
      // `prot: 3000` is one mistake: that `port` is missing goes without saying.
      .filter((issue) => !typos.includes(keyOf(issue.path)))
      // What is said about a map as a whole is a consequence of the key that nobody knows.
      .filter((issue) => issue.code !== "custom" || !misspelled.has(keyOf(issue.path)))
      .flatMap((issue) => explain(context, issue))
  );
}

/** For a map whose values are checked one by one. */
export function explainUnknownKeys(
  schema: z.core.$ZodType,
  root: ConfigNode,
  keys: readonly string[],
): Diagnostic[] {
  return keys.map((key) => unknownKey({ schema, root }, [], key));
}

/** The issues of the alternative that was meant, with paths from the root. */
export function withoutUnions(issue: Issue, base: Path): Issue[] {
  const path = [...base, ...issue.path];
  if (issue.code !== "invalid_union") return [{ ...issue, path }];
  const meant = (issue.errors as Issue[][]).filter((errors) => !errors.some(isOfAnotherType));
  if (meant.length === 0) return [{ ...issue, path }];
  const nearest = meant.reduce((best, errors) => (errors.length < best.length ? errors : best));
  return nearest.flatMap((inner) => withoutUnions(inner, path));
}

function isUnknownKeys(issue: Issue): boolean {
  return issue.code === "unrecognized_keys";
}

function isOfAnotherType(issue: Issue): boolean {
  if (issue.path.length > 0) return false;
  if (issue.code === "invalid_union")
    return (issue.errors as Issue[][]).every((errors) => errors.some(isOfAnotherType));
  return issue.code === "invalid_type" || issue.code === "invalid_value";
}

function explain(context: Context, issue: Issue): Diagnostic[] {
  const node = nodeAt(context.root, issue.path);
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => unknownKey(context, issue.path, key));
  if (node === undefined) return [missingKey(context, issue.path)];
  if (issue.code === "custom") return [customFault(context, node, issue)];
  return [wrongValue(context, node, issue)];
}

function unknownKey({ schema, root }: Context, path: Path, key: string): Diagnostic {
  const map = nodeAt(root, path);
  const place = (map?.kind === "map" ? map.entries.get(key)?.key : undefined) ?? nearestNode(root, path);
  const { schema: governing, note } = schemaAt(schema, root, path);
  const where = note.called ?? "this map";
  const later = note.later?.[key];
  if (later !== undefined)
    return diagnose("config.not_supported", place, `${quoted(key)} is not supported: ${later}`);
  const elsewhere = note.elsewhere?.[key];
  if (elsewhere !== undefined) {
    return diagnose("config.not_applicable", place, `${quoted(key)} has no effect in ${where}: ${elsewhere}`);
  }
  const isReference = key.includes("${");
  const suggestion = isReference
    ? "references are filled in in values, not in keys"
    : (meantBy(key, note) ?? didYouMean(key, knownKeys(governing)) ?? knownKeysHint(governing));
  return diagnose("config.unknown_key", place, `unknown key ${quoted(key)} in ${where}`, { suggestion });
}

function missingKey({ schema, root }: Context, path: Path): Diagnostic {
  const parent = path.slice(0, -1);
  const { note } = schemaAt(schema, root, parent);
  const { schema: wanted, note: wantedNote } = schemaAt(schema, root, path);
  const expects = wantedNote.expects ?? (wanted === null ? undefined : noteOf(wanted).expects);
  const message = `${note.called ?? "this map"} has no ${quoted(String(path.at(-1)))}`;
  return diagnose("config.missing_key", nearestNode(root, parent), message, {
    suggestion: expects === undefined ? null : `add ${expects}`,
  });
}

function customFault(
  { schema, root }: Context,
  node: ConfigNode,
  issue: Issue & { code: "custom" },
): Diagnostic {
  const params = issue.params as FaultParams | undefined;
  const code: DiagnosticCode = params?.code ?? "config.bad_value";
  const { note } = schemaAt(schema, root, issue.path);
  if (holdsSecret(node) || note.secret === true) {
    // The message was made from the value, and may quote a part of it.
    const suggestion = note.expects === undefined ? null : `expected ${note.expects}`;
    return diagnose(code, node, "the secret value cannot be used here", { suggestion });
  }
  return diagnose(code, node, issue.message, { suggestion: params?.suggestion ?? null });
}

function wrongValue({ schema, root }: Context, node: ConfigNode, issue: Issue): Diagnostic {
  if (issue.code === "too_small" && issue.origin === "array") {
    return diagnose("config.bad_value", node, "the list is empty");
  }
  const { schema: governing, note } = schemaAt(schema, root, issue.path);
  const words = wordsOf(issue);
  const expects = note.expects ?? (words.length > 0 ? oneOf(words) : expectedBy(governing, note));
  return diagnose(
    wrongValueCode(node, issue, note),
    node,
    `expected ${expects}, found ${note.secret === true ? "a secret" : describeFound(node)}`,
    {
      suggestion: suggestionFor(node, note, words),
    },
  );
}

function wrongValueCode(node: ConfigNode, issue: Issue, note: SchemaNote): DiagnosticCode {
  const type = node.kind === "scalar" ? typeof node.value : node.kind;
  if (type === "number" && note.unit !== undefined) return note.unit.code;
  const isWord = type === "string" && issue.code === "invalid_value";
  return isWord || issue.code.startsWith("too_") ? "config.bad_value" : "config.wrong_type";
}

function suggestionFor(node: ConfigNode, note: SchemaNote, words: readonly string[]): string | null {
  if (node.kind !== "scalar" || node.value === null) return null;
  if (typeof node.value === "number" && note.unit !== undefined) return note.unit.hint(node.value);
  if (typeof node.value === "string") {
    const meant = meantBy(node.value, note);
    if (meant !== null) return meant;
    const bare = words.map((word) => word.replaceAll("`", ""));
    return bare.length > 0 && !holdsSecret(node) ? didYouMean(node.value, bare) : null;
  }
  return note.freeText && node.plain
    ? `put it in quotes: "${node.source.text.slice(node.start, node.end)}"`
    : null;
}

function meantBy(word: string, { meant }: SchemaNote): string | null {
  return meant !== undefined && Object.hasOwn(meant, word) ? `here it is ${meant[word]}` : null;
}

function wordsOf(issue: Issue): string[] {
  return issue.code === "invalid_value" ? issue.values.map((value) => `\`${String(value)}\``) : [];
}

function expectedBy(schema: z.core.$ZodType | null, note: SchemaNote): string {
  if (note.called !== undefined) return `a map for ${note.called}`;
  const type = schema === null ? "unknown" : unwrapped(schema)._zod.def.type;
  return EXPECTED.get(type) ?? "another value";
}

/** The keys that unknown keys of this issue were meant to be. */
function typoTargets({ schema, root }: Context, issue: Issue): string[] {
  if (issue.code !== "unrecognized_keys") return [];
  const known = knownKeys(schemaAt(schema, root, issue.path).schema);
  return issue.keys.flatMap((key) => {
    const near = nearMiss(key, known);
    return near === null || nodeAt(root, [...issue.path, near]) !== undefined
      ? []
      : [keyOf([...issue.path, near])];
  });
}

function knownKeys(schema: z.core.$ZodType | null): string[] {
  if (schema === null) return [];
  const { def } = unwrapped(schema)._zod;
  return def.type === "object" ? Object.keys(def.shape) : [];
}

function knownKeysHint(schema: z.core.$ZodType | null): string | null {
  const keys = knownKeys(schema);
  return keys.length === 0 ? null : `known here: ${keys.join(", ")}`;
}

function keyOf(path: Path): string {
  return JSON.stringify(path.map(String));
}

const EXPECTED = new Map([
  ["string", "text"],
  ["number", "a number"],
  ["boolean", "`true` or `false`"],
  ["object", "a map"],
  ["record", "a map"],
  ["array", "a list"],
]);
