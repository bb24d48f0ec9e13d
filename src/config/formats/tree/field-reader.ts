/**
 * Reads a document of lists and maps key by key, and remembers which keys somebody has asked for. At the end every
 * other key gets a note: what the converter does not look at cannot go under in silence.
 */
import { quoted } from "../../diagnostics/wording.ts";
import { describeFound } from "../../schema/describe-found.ts";
import { type ConfigNode, type MapNode, valueAt } from "../../source/config-node.ts";
import type { Findings } from "../findings.ts";

export class FieldReader {
  readonly findings: Findings;
  readonly #read = new Map<MapNode, Set<string>>();
  readonly #leftOut = new Set<ConfigNode>();

  constructor(findings: Findings) {
    this.findings = findings;
  }

  /** The value under a key; undefined when it is absent or `null`. */
  value(map: ConfigNode | undefined, key: string): ConfigNode | undefined {
    if (map?.kind !== "map") return undefined;
    const keys = this.#read.get(map) ?? new Set();
    this.#read.set(map, keys.add(key));
    const value = valueAt(map, key);
    return value?.kind === "scalar" && value.value === null ? undefined : value;
  }

  /** A map under a key, `{}` when absent; null after an error. */
  map(node: ConfigNode | undefined, key: string): MapNode | null {
    const value = this.value(node, key);
    if (value === undefined) return null;
    if (value.kind === "map") return value;
    return this.#wrong(value, key, "a map");
  }

  /** The items of a list under a key; none when absent or after an error. */
  list(node: ConfigNode | undefined, key: string): readonly ConfigNode[] {
    const value = this.value(node, key);
    if (value === undefined) return [];
    if (value.kind === "list") return value.items;
    this.#wrong(value, key, "a list");
    return [];
  }

  /** Text under a key; numbers count as the text they are written as. Null when absent or after an error. */
  text(node: ConfigNode | undefined, key: string): string | null {
    const value = this.value(node, key);
    if (value === undefined) return null;
    return this.textOf(value) ?? this.#wrong(value, key, "text");
  }

  /** A whole number under a key; null when absent or after an error. */
  integer(node: ConfigNode | undefined, key: string): number | null {
    const value = this.value(node, key);
    if (value === undefined) return null;
    const number = value.kind === "scalar" ? value.value : null;
    return Number.isInteger(number) ? Number(number) : this.#wrong(value, key, "a whole number");
  }

  /** The text of a scalar, null for anything else. */
  textOf(node: ConfigNode): string | null {
    return node.kind === "scalar" && node.value !== null ? String(node.value) : null;
  }

  /** Told about as a whole, with all that is in it. */
  leaveOut(node: ConfigNode): void {
    this.#leftOut.add(node);
  }

  /** The keys that nobody has asked for, in this map alone. */
  unread(map: MapNode): readonly string[] {
    const read = this.#read.get(map);
    return [...map.entries.keys()].filter((key) => read?.has(key) !== true);
  }

  /**
   * Calls back for every key in the tree that nobody has asked for; its inside is not looked at.
   * @param path the keys above, for whoever knows what belongs where
   */
  forEachUnread(
    node: ConfigNode,
    report: (map: MapNode, key: string, path: readonly string[]) => void,
    path: readonly string[] = [],
  ): void {
    if (this.#leftOut.has(node)) return;
    if (node.kind === "list") {
      for (const item of node.items) this.forEachUnread(item, report, path);
    }
    if (node.kind !== "map") return;
    const unread = new Set(this.unread(node));
    for (const [key, { value }] of node.entries) {
      if (unread.has(key)) report(node, key, path);
      else this.forEachUnread(value, report, [...path, key]);
    }
  }

  #wrong(value: ConfigNode, key: string, expected: string): null {
    const message = `expected ${expected} for ${quoted(key)}, found ${describeFound(value)}`;
    this.findings.error("convert.value", value, message);
    return null;
  }
}
