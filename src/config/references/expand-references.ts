/**
 * Fills in references, in values and never in keys. A value that comes from a secret is marked as such where it
 * stands in the tree, so that whoever shows values can leave it out; its place stays where it is written.
 */
import { type Diagnostic, diagnose } from "../diagnostics/diagnostic.ts";
import type { DiagnosticList } from "../diagnostics/diagnostic-list.ts";
import { didYouMean } from "../diagnostics/near-miss.ts";
import { quoted } from "../diagnostics/wording.ts";
import type { ConfigNode, MapEntry, MapNode, ScalarNode } from "../source/config-node.ts";
import { type Place, placeAt } from "../source/source-text.ts";
import { type Piece, parseReferences } from "./parse-references.ts";
import { soundsSecret } from "./secrets.ts";

/** Where references lead. */
export interface ReferenceSources {
  variable(name: string): string | undefined;
  /** For near misses. */
  readonly variableNames: readonly string[];
  /** The content, or why there is none. */
  file(path: string, from: Place): { readonly text: string } | { readonly fault: string };
  /** Variables that hold secrets, besides those whose names say so. */
  readonly secretNames: ReadonlySet<string>;
}

/** The paths of `${file:…}` below `node`, with the places that name them. */
export function referencedFiles(node: ConfigNode): { readonly path: string; readonly place: Place }[] {
  return scalarsWithReferences(node).flatMap((scalar) =>
    (parseReferences(String(scalar.value)) ?? []).flatMap((piece) =>
      piece.kind === "file" ? [{ path: piece.path, place: scalar }] : [],
    ),
  );
}

/** The same tree when nothing in it is a reference. */
export function expandReferences(
  root: ConfigNode,
  sources: ReferenceSources,
  found: DiagnosticList,
): ConfigNode {
  if (!mayHoldReferences(root)) return root;
  return new Expander(sources, found).node(root);
}

class Expander {
  readonly #sources: ReferenceSources;
  readonly #found: DiagnosticList;
  /** A node that aliases share is expanded once, and stays shared. */
  readonly #done = new Map<ConfigNode, ConfigNode>();

  constructor(sources: ReferenceSources, found: DiagnosticList) {
    this.#sources = sources;
    this.#found = found;
  }

  node(node: ConfigNode): ConfigNode {
    const known = this.#done.get(node);
    if (known !== undefined) return known;
    const expanded = this.#expand(node);
    this.#done.set(node, expanded);
    return expanded;
  }

  #expand(node: ConfigNode): ConfigNode {
    if (node.kind === "scalar") return this.#scalar(node);
    if (node.kind === "map") return this.#map(node);
    const items = node.items.map((item) => this.node(item));
    return items.every((item, index) => item === node.items[index]) ? node : { ...node, items };
  }

  #map(node: MapNode): ConfigNode {
    const entries = new Map<string, MapEntry>();
    let changed = false;
    for (const [key, entry] of node.entries) {
      const value = hasOwnReferences(node, key) ? entry.value : this.node(entry.value);
      changed ||= value !== entry.value;
      entries.set(key, value === entry.value ? entry : { ...entry, value });
    }
    return changed ? { ...node, entries } : node;
  }

  #scalar(node: ScalarNode): ConfigNode {
    const pieces = typeof node.value === "string" ? parseReferences(node.value) : null;
    if (pieces === null) return node;
    const place = new PlaceFinder(node);
    let [text, secret, broken] = ["", false, false];
    for (const piece of pieces) {
      const part = this.#resolve(piece, piece.kind === "text" ? node : place.of(piece.raw));
      broken ||= part === null;
      text += part?.text ?? "";
      secret ||= part?.secret ?? false;
    }
    // What is broken has been told; the text as written keeps later messages about other things.
    if (broken) return { ...node, reference: { secret, broken } };
    if (secret) this.#found.secrets.add(text);
    return { ...node, value: text, plain: false, reference: { secret, broken } };
  }

  #resolve(piece: Piece, place: Place): { text: string; secret: boolean } | null {
    switch (piece.kind) {
      case "text":
        return { text: piece.text, secret: false };
      case "malformed":
        return this.#refuse(
          diagnose("reference.syntax", place, `${quoted(piece.raw)} ${piece.problem}`, {
            suggestion: piece.hint,
          }),
        );
      case "variable":
        return this.#variable(piece, place);
      case "file":
        return this.#file(piece, place);
    }
  }

  #variable({ name, fallback }: Piece & { kind: "variable" }, place: Place) {
    const value = this.#sources.variable(name);
    const secret = this.#sources.secretNames.has(name) || soundsSecret(name);
    // As in a shell, `:-` stands in for an empty value as well.
    const text = fallback !== null && (value === undefined || value === "") ? fallback : value;
    if (text !== undefined) return this.#known(text, secret);
    const suggestion =
      didYouMean(name, this.#sources.variableNames) ?? `set it, or write \`\${${name}:-default}\``;
    const message = `the environment variable ${quoted(name)} is not set`;
    return this.#refuse(diagnose("reference.variable", place, message, { suggestion }));
  }

  #file({ path }: Piece & { kind: "file" }, place: Place) {
    const content = this.#sources.file(path, place);
    if ("text" in content) return this.#known(content.text, true);
    return this.#refuse(diagnose("reference.file", place, `cannot read ${quoted(path)}: ${content.fault}`));
  }

  #known(text: string, secret: boolean): { text: string; secret: boolean } {
    if (secret) this.#found.secrets.add(text);
    return { text, secret };
  }

  #refuse(diagnostic: Diagnostic): null {
    this.#found.add(diagnostic);
    return null;
  }
}

/** Finds each reference of a scalar in the text around it; escapes can make that impossible. */
class PlaceFinder {
  readonly #node: ScalarNode;
  #from: number;

  constructor(node: ScalarNode) {
    this.#node = node;
    this.#from = node.start;
  }

  of(raw: string): Place {
    const { source, end } = this.#node;
    const offset = source.text.slice(this.#from, end).indexOf(raw);
    if (offset === -1) return this.#node;
    const start = this.#from + offset;
    this.#from = start + raw.length;
    return placeAt(source, start, this.#from);
  }
}

/** In `rewrite: { regex, to }` a `${name}` is a group of the pattern. */
function hasOwnReferences(map: MapNode, key: string): boolean {
  return key === "to" && map.entries.has("regex");
}

/** Spares nearly every file the walk. A script may put them together; escapes may stand for the dollar sign. */
function mayHoldReferences({ source }: ConfigNode): boolean {
  return source.text.includes("${") || source.file.endsWith(".ts") || /\\[uUx]0*24/.test(source.text);
}

function scalarsWithReferences(root: ConfigNode): ScalarNode[] {
  const scalars: ScalarNode[] = [];
  const seen = new Set<ConfigNode>();
  const open: ConfigNode[] = mayHoldReferences(root) ? [root] : [];
  while (open.length > 0) {
    const node = open.pop()!;
    if (seen.has(node)) continue;
    seen.add(node);
    if (node.kind === "list") open.push(...node.items);
    else if (node.kind === "scalar") scalars.push(node);
    else for (const [key, { value }] of node.entries) if (!hasOwnReferences(node, key)) open.push(value);
  }
  return scalars.filter(({ value }) => typeof value === "string" && value.includes("${"));
}
