/**
 * A composed YAML document to a located tree. Aliases share the node they name, merge keys (`<<`) are
 * resolved with the map's own keys winning, and everything YAML permits that a configuration cannot mean
 * (keys that are lists, foreign tags, the same key twice) is a finding with its place.
 */
import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type ParsedNode,
  type Scalar,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";
import { type Diagnostic, diagnose, relatedAt } from "../diagnostics/diagnostic.ts";
import { quoted } from "../diagnostics/wording.ts";
import { type ConfigNode, type MapEntry, type MapNode, sizeOf } from "./config-node.ts";
import { EXPANDED_SIZE_LIMIT } from "./limits.ts";
import { plainScalarValue } from "./plain-scalar.ts";
import { type Place, placeAt, type SourceText } from "./source-text.ts";

export interface YamlTree {
  /** Null when the document is empty, or too large to be walked. */
  readonly root: ConfigNode | null;
  readonly diagnostics: readonly Diagnostic[];
}

export function buildYamlTree(source: SourceText, contents: ParsedNode): YamlTree {
  const builder = new TreeBuilder(source);
  const root = builder.build(contents);
  const empty = root.kind === "scalar" && root.value === null;
  return { root: empty || builder.tooLarge ? null : root, diagnostics: builder.diagnostics };
}

class TreeBuilder {
  readonly diagnostics: Diagnostic[] = [];
  /** Nothing may walk the tree any more. */
  tooLarge = false;
  readonly #source: SourceText;
  readonly #anchors = new Map<string, ConfigNode>();
  /** Anchors of collections that are not complete. */
  readonly #open = new Set<string>();
  #usesAliases = false;

  constructor(source: SourceText) {
    this.#source = source;
  }

  build(node: ParsedNode | null): ConfigNode {
    if (node === null) return emptyScalar(placeAt(this.#source, 0));
    if (isAlias(node)) return this.#alias(node.source, this.#place(node));
    this.#checkTag(node);
    if (node.anchor !== undefined) this.#open.add(node.anchor);
    const built = isMap(node)
      ? this.#map(node)
      : isSeq(node)
        ? this.#list(node)
        : this.#scalar(node as Scalar.Parsed);
    if (node.anchor !== undefined) {
      this.#open.delete(node.anchor);
      this.#anchors.set(node.anchor, built);
    }
    this.#checkSize(built);
    return built;
  }

  #scalar(node: Scalar.Parsed): ConfigNode {
    const place = this.#place(node);
    const text = node.source ?? "";
    const plain = node.type === "PLAIN" && node.tag !== STRING_TAG && node.tag !== "!";
    return { ...place, kind: "scalar", value: plain ? plainScalarValue(text) : text, plain, size: 1 };
  }

  #list(node: YAMLSeq): ConfigNode {
    const place = collectionPlace(this.#place(node as YAMLSeq.Parsed));
    const items = node.items.map((item) => this.build(item as ParsedNode | null));
    return { ...place, kind: "list", items, size: sizeOf(items) };
  }

  #map(node: YAMLMap): MapNode {
    const place = collectionPlace(this.#place(node as YAMLMap.Parsed));
    const own = new Map<string, MapEntry>();
    const merged = new Map<string, MapEntry>();
    for (const pair of node.items) {
      const key = this.#key(pair.key as ParsedNode | null, place);
      const value = this.build(pair.value as ParsedNode | null);
      if (key === null) continue;
      const entry = { key: key.place, value: locateEmpty(value, key.place) };
      if (key.merges) this.#merge(value, merged);
      else this.#enter(own, key.name, entry);
    }
    for (const [name, entry] of merged) if (!own.has(name)) own.set(name, entry);
    return {
      ...place,
      kind: "map",
      entries: own,
      size: sizeOf([...own.values()].map((entry) => entry.value)),
    };
  }

  #enter(entries: Map<string, MapEntry>, name: string, entry: MapEntry): void {
    const first = entries.get(name);
    if (first === undefined) {
      entries.set(name, entry);
      return;
    }
    const related = [relatedAt(first.key, "first defined here")];
    this.#report("yaml.duplicate_key", entry.key, `the key ${quoted(name)} appears twice in this map`, {
      related,
    });
  }

  #key(node: ParsedNode | null, map: Place): { name: string; place: Place; merges: boolean } | null {
    if (node === null || !isScalar(node)) {
      const place = node === null ? map : this.#place(node);
      this.#report("yaml.key", place, "a key must be plain text", { suggestion: KEY_HINT });
      return null;
    }
    const place = this.#place(node);
    const name = node.source ?? "";
    // Assigning `__proto__` to an object changes its prototype; no key is worth that risk.
    if (name === "__proto__") {
      this.#report("yaml.key", place, "`__proto__` cannot be a key");
      return null;
    }
    return { name, place, merges: name === "<<" && node.type === "PLAIN" };
  }

  #merge(value: ConfigNode, merged: Map<string, MapEntry>): void {
    const maps = value.kind === "list" ? value.items : [value];
    for (const map of maps) {
      if (map.kind !== "map") {
        this.#report("yaml.merge", map, "`<<` takes the alias of a map, or a list of them");
        continue;
      }
      // Of several merged maps the first wins, as in the YAML merge key draft.
      for (const [name, entry] of map.entries) if (!merged.has(name)) merged.set(name, entry);
    }
  }

  #alias(name: string, place: Place): ConfigNode {
    this.#usesAliases = true;
    const target = this.#anchors.get(name);
    if (target !== undefined) return target;
    const problem = this.#open.has(name) ? "contains itself" : "has no anchor before it";
    this.#report("yaml.alias", place, `the alias ${quoted(`*${name}`)} ${problem}`, {
      suggestion: `if this is a wildcard and not an alias, put it in quotes: "*${name}"`,
    });
    // Most likely it was meant as text; taking it so avoids a second complaint about the same mistake.
    return { ...place, kind: "scalar", value: `*${name}`, plain: false, size: 1 };
  }

  #checkTag(node: ParsedNode): void {
    const tag = node.tag;
    if (tag === undefined || KNOWN_TAGS.has(tag)) return;
    this.#report("yaml.tag", this.#place(node), `the tag ${quoted(tag)} has no meaning here`, {
      suggestion: "leave the tag out",
    });
  }

  #checkSize(node: ConfigNode): void {
    if (!this.#usesAliases || this.tooLarge || node.size <= EXPANDED_SIZE_LIMIT) return;
    this.tooLarge = true;
    const message = `aliases expand this to more than ${EXPANDED_SIZE_LIMIT.toLocaleString("en")} values`;
    this.#report("yaml.alias_bomb", node, message);
  }

  #place(node: ParsedNode): Place {
    return placeAt(this.#source, node.range[0], node.range[1]);
  }

  #report(...[code, place, message, extras]: Parameters<typeof diagnose>): void {
    this.diagnostics.push(diagnose(code, place, message, extras));
  }
}

function emptyScalar(place: Place): ConfigNode {
  return { ...place, kind: "scalar", value: null, plain: true, size: 1 };
}

/** An empty value has no text of its own, and may sit lines away: its key is the better place to point at. */
function locateEmpty(value: ConfigNode, key: Place): ConfigNode {
  const empty = value.kind === "scalar" && value.value === null && value.start >= value.end;
  return empty ? { ...value, ...placeOf(key) } : value;
}

function placeOf({ source, start, end }: Place): Place {
  return { source, start, end };
}

/** A caret under a whole block would underline its first line by chance; one character shows the start. */
function collectionPlace(place: Place): Place {
  return { ...place, end: place.start + 1 };
}

const STRING_TAG = "tag:yaml.org,2002:str";
const KNOWN_TAGS = new Set([STRING_TAG, "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq", "!"]);
const KEY_HINT = "lists, maps and aliases cannot be keys; a key that starts with `*` or `{` needs quotes";
