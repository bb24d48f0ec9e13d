/** References of whole documents: files are read first, all at once, then everything is filled in. */
import { dirname, isAbsolute, join } from "node:path";
import type { DiagnosticList } from "../diagnostics/diagnostic-list.ts";
import { type ConfigNode, itemsOf, nodeAt } from "../source/config-node.ts";
import { decodeText } from "../source/decode-text.ts";
import type { FileAccess } from "../source/file-access.ts";
import type { SourceDocument } from "../source/read-files.ts";
import type { Place } from "../source/source-text.ts";
import { formatSize } from "../values/size.ts";
import { expandReferences, type ReferenceSources, referencedFiles } from "./expand-references.ts";

/** All documents with their references filled in. */
export async function resolveReferences(
  documents: readonly SourceDocument[],
  access: FileAccess,
  found: DiagnosticList,
): Promise<SourceDocument[]> {
  const roots = documents.map(({ root }) => root);
  const sources = await readSources(roots, access, secretNames(roots));
  return documents.map((each) => ({ ...each, root: expandReferences(each.root, sources, found) }));
}

/** The same for a part of a document that is needed before the others are read. */
export async function resolvePart(
  node: ConfigNode,
  access: FileAccess,
  found: DiagnosticList,
): Promise<ConfigNode> {
  return expandReferences(node, await readSources([node], access, new Set()), found);
}

/** Where there is neither an environment nor a file. */
export const NO_SOURCES: ReferenceSources = {
  variable: () => undefined,
  variableNames: [],
  file: () => ({ fault: "there are no files here" }),
  secretNames: new Set(),
};

async function readSources(
  nodes: readonly ConfigNode[],
  access: FileAccess,
  secrets: ReadonlySet<string>,
): Promise<ReferenceSources> {
  const environment = access.environment ?? {};
  const contents = new Map<string, { text: string } | { fault: string }>();
  for (const { path, place } of nodes.flatMap(referencedFiles)) {
    const full = fullPath(path, place);
    if (!contents.has(full)) contents.set(full, await readSecret(full, access));
  }
  return {
    variable: (name) => environment[name],
    variableNames: Object.keys(environment),
    file: (path, from) => contents.get(fullPath(path, from)) ?? { fault: "it was not read" },
    secretNames: secrets,
  };
}

async function readSecret(path: string, access: FileAccess): Promise<{ text: string } | { fault: string }> {
  const bytes = await access.read(path, SECRET_LIMIT_BYTES);
  if (!bytes.ok) {
    const isLarge = bytes.error.kind === "tooLarge";
    return { fault: isLarge ? `it is larger than ${formatSize(SECRET_LIMIT_BYTES)}` : bytes.error.reason };
  }
  const text = decodeText(path, bytes.value);
  // The editor's final line end is no part of a password.
  return text.ok ? { text: text.value.text.replace(/\r?\n$/, "") } : { fault: text.error.message };
}

/** `settings.secrets` of every document, before anything is checked. */
function secretNames(roots: readonly ConfigNode[]): Set<string> {
  const lists = roots.flatMap((root) => nodeAt(root, ["settings", "secrets"]) ?? []);
  return new Set(lists.flatMap(itemsOf).map((item) => (item.kind === "scalar" ? String(item.value) : "")));
}

/** Relative to the file in which the reference stands. */
function fullPath(path: string, { source }: Place): string {
  return isAbsolute(path) ? path : join(dirname(source.file), path);
}

/** A certificate chain with its key has some 10 KiB. */
const SECRET_LIMIT_BYTES = 64 * 1024;
