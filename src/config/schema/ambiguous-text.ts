/** Unquoted keys and values that readers of YAML 1.1 and 1.2 take for different things. Usually there are none. */
import type { ConfigNode, Path, ScalarNode } from "../source/config-node.ts";
import { ambiguityOf } from "../source/plain-scalar.ts";
import type { Place } from "../source/source-text.ts";

export interface Ambiguous {
  /** Of a key, the path of its value. */
  readonly path: Path;
  readonly place: Place;
  readonly isKey: boolean;
  /** As it stands in the file. */
  readonly text: string;
}

export function ambiguousIn(root: ConfigNode): Ambiguous[] {
  const all: Ambiguous[] = [];
  // Other formats have one meaning for everything.
  if (!hasOneMeaning(root)) collect(root, [], all);
  return all;
}

function collect(node: ConfigNode, path: Path, all: Ambiguous[]): void {
  if (node.kind === "scalar") {
    if (!isPlain(node)) return;
    const text = textOf(node);
    if (ambiguityOf(text) !== null) all.push({ path, place: node, isKey: false, text });
  } else if (node.kind === "list") {
    for (const [index, item] of node.items.entries()) collect(item, [...path, index], all);
  } else {
    for (const [key, entry] of node.entries) {
      const inner = [...path, key];
      const question = ambiguousKey(entry.key);
      if (question !== null) all.push({ ...question, path: inner });
      collect(entry.value, inner, all);
    }
  }
}

/** For a map whose values are looked at one by one. */
export function ambiguousKey(place: Place): Ambiguous | null {
  if (hasOneMeaning(place)) return null;
  // A key in quotes has them in its text, and is no word of any of these kinds.
  const text = textOf(place);
  return ambiguityOf(text) === null ? null : { path: [], place, isKey: true, text };
}

function hasOneMeaning({ source }: Place): boolean {
  return /\.(?:json|ts)$/.test(source.file);
}

function isPlain(node: ScalarNode): boolean {
  return node.plain && node.value !== null;
}

function textOf({ source, start, end }: Place): string {
  return source.text.slice(start, Math.min(end, start + LONGEST));
}

/** Nothing longer is a word or a number of any kind. */
const LONGEST = 40;
