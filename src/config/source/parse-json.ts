/**
 * JSON text (RFC 8259) to a located tree. The YAML reader would take it too, ten times slower and more
 * tolerant than a generator's output deserves. Recursive, with the nesting bounded by `DEPTH_LIMIT`; the first
 * fault ends the reading, because nothing after it can be trusted.
 */
import { type Diagnostic, diagnose, relatedAt } from "../diagnostics/diagnostic.ts";
import { quoted } from "../diagnostics/wording.ts";
import { type ConfigNode, type MapEntry, sizeOf } from "./config-node.ts";
import { DEPTH_LIMIT } from "./limits.ts";
import type { ParsedText } from "./parse-yaml.ts";
import { type Place, placeAt, type SourceText } from "./source-text.ts";

export function parseJson(source: SourceText): ParsedText {
  const reader = new JsonReader(source);
  const root = reader.document();
  const documents = root === null || (root.kind === "scalar" && root.value === null) ? [] : [root];
  return { documents, diagnostics: reader.diagnostics };
}

class JsonReader {
  readonly diagnostics: Diagnostic[] = [];
  readonly #source: SourceText;
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(source: SourceText) {
    this.#source = source;
    this.#text = source.text;
  }

  document(): ConfigNode | null {
    if (this.#peek() === "") return null;
    const root = this.#value();
    if (root === null) return null;
    return this.#peek() === "" ? root : this.#expected("the end of the file");
  }

  #value(): ConfigNode | null {
    switch (this.#peek()) {
      case "{":
        return this.#nested(() => this.#map());
      case "[":
        return this.#nested(() => this.#list());
      case '"':
        return this.#string();
      default:
        return this.#word();
    }
  }

  #nested(read: () => ConfigNode | null): ConfigNode | null {
    if (this.#depth === DEPTH_LIMIT) {
      const message = `lists and maps are nested deeper than ${DEPTH_LIMIT} levels`;
      this.diagnostics.push(diagnose("yaml.too_deep", placeAt(this.#source, this.#at), message));
      return null;
    }
    this.#depth++;
    const node = read();
    this.#depth--;
    return node;
  }

  #list(): ConfigNode | null {
    const place = this.#opening();
    const items: ConfigNode[] = [];
    if (this.#take("]")) return { ...place, kind: "list", items, size: 1 };
    do {
      const item = this.#value();
      if (item === null) return null;
      items.push(item);
    } while (this.#take(","));
    if (!this.#take("]")) return this.#expected("`,` or `]`");
    return { ...place, kind: "list", items, size: sizeOf(items) };
  }

  #map(): ConfigNode | null {
    const place = this.#opening();
    const entries = new Map<string, MapEntry>();
    if (this.#take("}")) return { ...place, kind: "map", entries, size: 1 };
    do {
      if (!this.#entry(entries)) return null;
    } while (this.#take(","));
    if (!this.#take("}")) return this.#expected("`,` or `}`");
    return {
      ...place,
      kind: "map",
      entries,
      size: sizeOf([...entries.values()].map((entry) => entry.value)),
    };
  }

  #entry(entries: Map<string, MapEntry>): boolean {
    if (this.#peek() !== '"') return this.#expected("a key in double quotes") !== null;
    const key = this.#string();
    if (key === null) return false;
    if (!this.#take(":")) return this.#expected("`:`") !== null;
    const value = this.#value();
    if (value === null) return false;
    this.#enter(entries, String(key.value), { key, value });
    return true;
  }

  #enter(entries: Map<string, MapEntry>, name: string, entry: MapEntry): void {
    const first = entries.get(name);
    if (name === "__proto__") {
      this.diagnostics.push(diagnose("yaml.key", entry.key, "`__proto__` cannot be a key"));
    } else if (first === undefined) {
      entries.set(name, entry);
    } else {
      const related = [relatedAt(first.key, "first defined here")];
      const message = `the key ${quoted(name)} appears twice in this map`;
      this.diagnostics.push(diagnose("yaml.duplicate_key", entry.key, message, { related }));
    }
  }

  #string(): (ConfigNode & { kind: "scalar" }) | null {
    STRING.lastIndex = this.#at;
    const match = STRING.exec(this.#text);
    if (match === null) return this.#expected("a string that ends on this line, with valid escapes");
    const place = placeAt(this.#source, this.#at, this.#at + match[0].length);
    this.#at = place.end;
    return { ...place, kind: "scalar", value: JSON.parse(match[0]) as string, plain: false, size: 1 };
  }

  #word(): ConfigNode | null {
    WORD.lastIndex = this.#at;
    const match = WORD.exec(this.#text);
    if (match === null) return this.#expected("a value");
    const place = placeAt(this.#source, this.#at, this.#at + match[0].length);
    this.#at = place.end;
    const value = JSON.parse(match[0]) as number | boolean | null;
    return { ...place, kind: "scalar", value, plain: true, size: 1 };
  }

  #opening(): Place {
    return placeAt(this.#source, this.#at++);
  }

  #take(character: string): boolean {
    if (this.#peek() !== character) return false;
    this.#at++;
    return true;
  }

  /** The next character that is not blank, or "" at the end. */
  #peek(): string {
    BLANK.lastIndex = this.#at;
    this.#at += BLANK.exec(this.#text)?.[0].length ?? 0;
    return this.#text.charAt(this.#at);
  }

  #expected(what: string): null {
    const found = this.#text.charAt(this.#at);
    const message = `expected ${what}, found ${found === "" ? "the end of the file" : quoted(found)}`;
    const suggestion = HINTS.get(found) ?? null;
    this.diagnostics.push(diagnose("json.syntax", placeAt(this.#source, this.#at), message, { suggestion }));
    return null;
  }
}

const BLANK = /[ \t\r\n]*/y;
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const WORD = /(?:-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?|true|false|null)(?![\w.+-])/y;

const HINTS = new Map([
  ["/", "JSON has no comments; a .yaml file may have them"],
  ["'", "JSON strings stand in double quotes"],
  ["}", "is there a comma before it?"],
  ["]", "is there a comma before it?"],
]);
