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

/** Where the source writes what stands at a path, or the nearest thing around it; for a value that cannot be had. */
export function placeInScript(source: SourceText, path: readonly (string | number)[], around: Place): Place {
  let located = locateExport(source.text) ?? undefined;
  let place = placeOf(located, around);
  for (const step of path) {
    const entry = typeof step === "string" ? located?.entries?.get(step)?.value : undefined;
    located = typeof step === "number" ? (located?.items?.[step] ?? located?.others) : entry;
    if (located === undefined) break;
    place = placeOf(located, around);
  }
  return place;
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

function placeOf(located: LocatedLiteral | undefined, { source, start, end }: Place): Place {
  return located === undefined ? { source, start, end } : placeAt(source, located.start, located.end);
}
