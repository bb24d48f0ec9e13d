/** The value that a script exported, as a tree in which every part knows where the source writes it. */
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { diagnose } from "../diagnostics/diagnostic.ts";
import { type ConfigNode, type MapEntry, sizeOf } from "../source/config-node.ts";
import { DEPTH_LIMIT } from "../source/limits.ts";
import { type Place, placeAt, type SourceText } from "../source/source-text.ts";
import { type LocatedLiteral, locateExport } from "./locate-literals.ts";

/** @returns a finding when the value is nested too deeply */
export function scriptTree(source: SourceText, value: unknown): ConfigNode | Diagnostic {
  const located = locateExport(source.text);
  const start = placeAt(source, 0);
  const root = nodeOf(value, located ?? undefined, start, 0);
  if (root !== null) return root;
  const message = `lists and maps are nested deeper than ${DEPTH_LIMIT} levels`;
  return diagnose("yaml.too_deep", located === null ? start : placeOf(located, start), message);
}

/** The places alone, for a value that could not be had. */
export function literalTree(source: SourceText, around: Place): ConfigNode {
  const located = locateExport(source.text);
  return literalNode(located ?? undefined, around);
}

/** Null when it is nested too deeply. */
function nodeOf(
  value: unknown,
  located: LocatedLiteral | undefined,
  around: Place,
  depth: number,
): ConfigNode | null {
  if (depth > DEPTH_LIMIT) return null;
  const place = placeOf(located, around);
  if (Array.isArray(value)) return listOf(value, located, place, depth);
  if (typeof value === "object" && value !== null) return mapOf(value, located, place, depth);
  const scalar = value as string | number | boolean | null;
  return { ...place, kind: "scalar", value: scalar, plain: false, size: 1 };
}

function listOf(
  list: readonly unknown[],
  located: LocatedLiteral | undefined,
  place: Place,
  depth: number,
): ConfigNode | null {
  const items = list.map((item, index) =>
    nodeOf(item, located?.items?.[index] ?? located?.others, place, depth + 1),
  );
  if (!items.every((item) => item !== null)) return null;
  return { ...place, kind: "list", items, size: sizeOf(items) };
}

function mapOf(
  map: object,
  located: LocatedLiteral | undefined,
  place: Place,
  depth: number,
): ConfigNode | null {
  const entries = new Map<string, MapEntry>();
  for (const [name, inner] of Object.entries(map)) {
    const entry = located?.entries?.get(name);
    const key = entry === undefined ? place : placeAt(place.source, entry.keyStart, entry.keyEnd);
    const value = nodeOf(inner, entry?.value, key, depth + 1);
    if (value === null) return null;
    // As in the other formats: no configuration needs it, and assigning it changes an object's prototype.
    if (name !== "__proto__") entries.set(name, { key, value });
  }
  return { ...place, kind: "map", entries, size: sizeOf([...entries.values()].map((each) => each.value)) };
}

function literalNode(located: LocatedLiteral | undefined, around: Place): ConfigNode {
  const place = placeOf(located, around);
  if (located?.items !== undefined) {
    const items = located.items.map((item) => literalNode(item, place));
    return { ...place, kind: "list", items, size: 1 };
  }
  if (located?.entries === undefined) return { ...place, kind: "scalar", value: null, plain: false, size: 1 };
  const entries = [...located.entries].map(
    ([name, { keyStart, keyEnd, value }]) =>
      [name, { key: placeAt(place.source, keyStart, keyEnd), value: literalNode(value, place) }] as const,
  );
  return { ...place, kind: "map", entries: new Map(entries), size: 1 };
}

function placeOf(located: LocatedLiteral | undefined, { source, start, end }: Place): Place {
  return located === undefined ? { source, start, end } : placeAt(source, located.start, located.end);
}
