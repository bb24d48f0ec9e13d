/**
 * A document as a tree in which every value and every key knows its place. Both readers (YAML, JSON)
 * produce it; the schema checks the plain value, and whatever it finds is led back here by path.
 * Aliased values are shared, so the tree is a graph without cycles; `size` counts it as if written out.
 */
import type { Place } from "./source-text.ts";

export type ConfigNode = ScalarNode | ListNode | MapNode;

export interface ScalarNode extends Place {
  readonly kind: "scalar";
  readonly value: string | number | boolean | null;
  /** Written without quotes, so that YAML decided what it means. */
  readonly plain: boolean;
  /** The value was written as `${…}`, at least in part. */
  readonly reference?: ReferenceMark;
  readonly size: 1;
}

export interface ReferenceMark {
  /** It comes from a secret, so it is never shown. */
  readonly secret: boolean;
  /** It could not be resolved; that is told already. */
  readonly broken: boolean;
}

export interface ListNode extends Place {
  readonly kind: "list";
  readonly items: readonly ConfigNode[];
  readonly size: number;
}

export interface MapNode extends Place {
  readonly kind: "map";
  readonly entries: ReadonlyMap<string, MapEntry>;
  readonly size: number;
}

export interface MapEntry {
  readonly key: Place;
  readonly value: ConfigNode;
}

export type Path = readonly PropertyKey[];

/** The value under a key, if `node` is a map that has it. */
export function valueAt(node: ConfigNode | undefined, key: string): ConfigNode | undefined {
  return node?.kind === "map" ? node.entries.get(key)?.value : undefined;
}

/** The node a path leads to, or undefined where the document has nothing. */
export function nodeAt(root: ConfigNode, path: Path): ConfigNode | undefined {
  let node: ConfigNode | undefined = root;
  for (const step of path) {
    node = node?.kind === "list" ? node.items[Number(step)] : valueAt(node, String(step));
  }
  return node;
}

/** As `nodeAt`, or the nearest ancestor that exists: the best place to point at when something is missing. */
export function nearestNode(root: ConfigNode, path: Path): ConfigNode {
  for (let length = path.length; length > 0; length--) {
    const node = nodeAt(root, path.slice(0, length));
    if (node !== undefined) return node;
  }
  return root;
}

/** The value without places, for the schema. */
export function plainValue(node: ConfigNode): unknown {
  if (node.kind === "scalar") return node.value;
  if (node.kind === "list") return node.items.map(plainValue);
  const map: Record<string, unknown> = {};
  for (const [key, entry] of node.entries) map[key] = plainValue(entry.value);
  return map;
}

/** Whether the value, or any value in it, comes from a secret. */
export function holdsSecret(node: ConfigNode): boolean {
  if (node.kind === "scalar") return node.reference?.secret === true;
  const inner = node.kind === "list" ? node.items : [...node.entries.values()].map(({ value }) => value);
  return inner.some(holdsSecret);
}

/** Every list item, or the node itself: many keys take one value or a list of them. */
export function itemsOf(node: ConfigNode): readonly ConfigNode[] {
  return node.kind === "list" ? node.items : [node];
}

export function sizeOf(children: Iterable<ConfigNode>): number {
  let size = 1;
  for (const child of children) size += child.size;
  return size;
}
