/** Unquoted keys and values that readers of YAML 1.1 and 1.2 take for different things. Usually there are none. */
import type { ConfigNode, Path, ScalarNode } from "../source/config-node.ts";
import { ambiguityOf, mayBeAmbiguous } from "../source/plain-scalar.ts";
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

/** @param path of the node; the same array all the way, since what is looked for is hardly ever there */
function collect(node: ConfigNode, path: PropertyKey[], all: Ambiguous[]): void {
  if (node.kind === "scalar") {
    if (!isPlain(node) || !mayBeAmbiguous(node.source.text, node.start)) return;
    const text = textOf(node);
    if (ambiguityOf(text) !== null) all.push({ path: [...path], place: node, isKey: false, text });
  } else if (node.kind === "list") {
    for (const [index, item] of node.items.entries()) {
      path.push(index);
      collect(item, path, all);
      path.pop();
    }
  } else {
    for (const [key, entry] of node.entries) {
      path.push(key);
      const question = questionOf(entry.key);
      if (question !== null) all.push({ ...question, path: [...path] });
      collect(entry.value, path, all);
      path.pop();
    }
  }
}

/** For a map whose values are looked at one by one. */
export function ambiguousKey(place: Place): Ambiguous | null {
  return hasOneMeaning(place) ? null : questionOf(place);
}

function questionOf(place: Place): Ambiguous | null {
  // A key in quotes has them in its text, and is no word of any of these kinds.
  if (!mayBeAmbiguous(place.source.text, place.start)) return null;
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
