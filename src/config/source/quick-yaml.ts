/**
 * The YAML that configurations are made of, read in one pass: block maps and lists, flow collections, one-line
 * scalars, comments. At anything else (anchors, tags, text over several lines, tabs, any fault) it gives up
 * without a word, and the full reader starts again; that one is the authority, and a property test holds
 * both against each other. Worth a second reader because it needs a tenth of the time and of the memory:
 * 10,000 routes are 1.4 MB, and people wait for `check`.
 */
import { type ConfigNode, type MapEntry, type ScalarNode, sizeOf } from "./config-node.ts";
import type { FileItems } from "./item-memory.ts";
import type { ItemText } from "./item-text.ts";
import { DEPTH_LIMIT } from "./limits.ts";
import { plainScalarValue } from "./plain-scalar.ts";
import { type Place, placeAt, type SourceText } from "./source-text.ts";

/**
 * The documents that are not empty, or null when the full reader must decide.
 * @param items of the file as it was read before; each item of a list under a key of a document is then read as a text
 *   of its own, or taken from there
 */
export function readQuickly(source: SourceText, items: FileItems | null = null): ConfigNode[] | null {
  if (UNUSUAL.test(source.text)) return null;
  const documents: ConfigNode[] = [];
  for (const [start, end] of documentRanges(source.text)) {
    const reader = new QuickReader(source, start, end, items);
    if (reader.isEmpty) continue;
    const root = reader.block(0);
    if (root === null || !reader.isEmpty) return null;
    documents.push(root);
  }
  return documents;
}

/** The stretches between `---` lines. */
function documentRanges(text: string): (readonly [number, number])[] {
  const ranges: (readonly [number, number])[] = [];
  let start = 0;
  for (const { index, 0: line } of text.matchAll(SEPARATOR)) {
    ranges.push([start, index]);
    start = index + line.length;
  }
  return [...ranges, [start, text.length]];
}

/** Null: it gives up, and so does whoever reads the whole. */
function readItem(item: ItemText): ConfigNode | null {
  const reader = new QuickReader(item, 0, item.text.length, null);
  const list = reader.block(ITEM_DEPTH);
  return list?.kind === "list" && list.items.length === 1 && reader.isEmpty ? list.items[0]! : null;
}

/**
 * Stands on the first character of a line's content, or past a token; `null` from any method means: give up.
 * Every method that reads a value leaves the reader on the next content, on whatever line that is.
 */
class QuickReader {
  readonly #source: SourceText;
  readonly #text: string;
  readonly #end: number;
  readonly #known: FileItems | null;
  #at: number;
  /** Of `#at`, once a line's content is reached. */
  #column = 0;
  #closing = 0;
  #brackets = 0;

  constructor(source: SourceText, start: number, end: number, known: FileItems | null) {
    this.#source = source;
    this.#known = known;
    this.#text = source.text;
    this.#at = start;
    this.#end = end;
    this.#toContent(start);
  }

  /** Nothing but blanks and comments is left. */
  get isEmpty(): boolean {
    return this.#at >= this.#end;
  }

  block(depth: number): ConfigNode | null {
    if (depth > QUICK_DEPTH) return null;
    return this.#isDash() ? this.#list(this.#column, depth) : this.#map(this.#column, depth);
  }

  #map(column: number, depth: number): ConfigNode | null {
    const place = placeAt(this.#source, this.#at);
    const entries = new Map<string, MapEntry>();
    do {
      const key = this.#key();
      if (key === null || entries.has(String(key.value))) return null;
      this.#at = key.end + 1;
      const value = this.#lineIsOver()
        ? this.#below(key, column, depth)
        : this.#inline(column, depth, column);
      if (value === null) return null;
      entries.set(String(key.value), { key: placeAt(this.#source, key.start, key.end), value });
    } while (!this.isEmpty && this.#column === column);
    if (!this.isEmpty && this.#column > column) return null;
    return { ...place, kind: "map", entries, size: sizeOf([...entries.values()].map(({ value }) => value)) };
  }

  #list(column: number, depth: number): ConfigNode | null {
    const place = placeAt(this.#source, this.#at);
    const items: ConfigNode[] = [];
    do {
      const item = this.#item(column, depth);
      if (item === null) return null;
      items.push(item);
    } while (!this.isEmpty && this.#column === column && this.#isDash());
    if (!this.isEmpty && this.#column > column) return null;
    return { ...place, kind: "list", items, size: sizeOf(items) };
  }

  /** As `#list`. Where an item ends can be seen without reading it: the next line is not deeper than its dash. */
  #items(known: FileItems): ConfigNode | null {
    const place = placeAt(this.#source, this.#at);
    const column = this.#column;
    const items: ConfigNode[] = [];
    let line = this.#source.originAt(this.#at).line - 1;
    do {
      const start = this.#at - column;
      const lines = this.#skipItem(column);
      const item = known.take(this.#text.slice(start, this.#at), line, readItem);
      if (item === null) return null;
      items.push(item);
      line += lines;
      this.#toContent(this.#at);
    } while (!this.isEmpty && this.#column === column && this.#isDash());
    return { ...place, kind: "list", items, size: sizeOf(items) };
  }

  /** To the start of the next line with content at `column` or before it; gives how many lines lie between. */
  #skipItem(column: number): number {
    let lines = 0;
    do {
      this.#at = this.#lineEnd();
      lines++;
    } while (this.#at < this.#end && this.#isPartOfItem(column));
    return lines;
  }

  /** Whether the line that begins here is blank, a comment or deeper. */
  #isPartOfItem(column: number): boolean {
    let at = this.#at;
    while (this.#text[at] === " ") at++;
    const first = this.#text[at];
    return at - this.#at > column || first === "\n" || first === "#" || first === undefined;
  }

  #item(column: number, depth: number): ConfigNode | null {
    const dash = this.#at++;
    if (this.#lineIsOver()) return null;
    this.#column = column + this.#at - dash;
    if (this.#isDash() || this.#key() !== null) return this.block(depth + 1);
    return this.#inline(column, depth, column + 1);
  }

  /** The value of a key that stands alone on its line: deeper, or a list in the key's own column. */
  #below(key: Place, column: number, depth: number): ConfigNode | null {
    this.#toContent(this.#lineEnd());
    const isDeeper = this.#column > column || (this.#column === column && this.#isDash());
    const isItems = this.#known !== null && depth + 1 === ITEM_DEPTH && this.#isDash();
    if (!this.isEmpty && isDeeper) return isItems ? this.#items(this.#known!) : this.block(depth + 1);
    return {
      ...placeAt(this.#source, key.start, key.end),
      kind: "scalar",
      value: null,
      plain: true,
      size: 1,
    };
  }

  /**
   * A value that begins on this line; only flow collections may end on another.
   * @param closing where a closing bracket may stand: a map's last one below its key, a list's deeper than its dash
   */
  #inline(column: number, depth: number, closing: number): ConfigNode | null {
    this.#closing = closing;
    const first = this.#text[this.#at];
    const isFlow = first === "[" || first === "{";
    const value = isFlow ? this.#flow(column, depth + 1) : (this.#quoted() ?? this.#plain(PLAIN));
    if (value === null || !this.#lineIsOver()) return null;
    this.#toContent(this.#lineEnd());
    // Deeper text below would continue a plain scalar.
    return this.isEmpty || this.#column <= column ? value : null;
  }

  #flow(column: number, depth: number): ConfigNode | null {
    if (depth > QUICK_DEPTH) return null;
    this.#brackets++;
    const value = this.#text[this.#at] === "[" ? this.#flowList(column, depth) : this.#flowMap(column, depth);
    this.#brackets--;
    return value;
  }

  #flowList(column: number, depth: number): ConfigNode | null {
    const place = placeAt(this.#source, this.#at++);
    const items: ConfigNode[] = [];
    while (true) {
      if (!this.#skipInFlow(column)) return null;
      if (this.#take("]")) return { ...place, kind: "list", items, size: sizeOf(items) };
      const item = this.#key() === null ? this.#flowValue(column, depth) : null;
      if (item === null || !this.#skipInFlow(column)) return null;
      items.push(item);
      if (!this.#take(",") && this.#text[this.#at] !== "]") return null;
    }
  }

  #flowMap(column: number, depth: number): ConfigNode | null {
    const place = placeAt(this.#source, this.#at++);
    const entries = new Map<string, MapEntry>();
    while (true) {
      if (!this.#skipInFlow(column)) return null;
      if (this.#take("}")) {
        return {
          ...place,
          kind: "map",
          entries,
          size: sizeOf([...entries.values()].map(({ value }) => value)),
        };
      }
      const key = this.#key();
      if (key === null || entries.has(String(key.value))) return null;
      this.#at = key.end + 1;
      const value = this.#skipInFlow(column) ? this.#flowValue(column, depth) : null;
      if (value === null || !this.#skipInFlow(column)) return null;
      entries.set(String(key.value), { key: placeAt(this.#source, key.start, key.end), value });
      if (!this.#take(",") && this.#text[this.#at] !== "}") return null;
    }
  }

  #flowValue(column: number, depth: number): ConfigNode | null {
    const first = this.#text[this.#at];
    if (first === "[" || first === "{") return this.#flow(column, depth + 1);
    return this.#quoted() ?? this.#plain(FLOW_PLAIN);
  }

  /** A key with its colon behind it; the reader stays in front. */
  #key(): ScalarNode | null {
    const match = this.#match(KEY);
    if (match === null || match === "__proto__") return null;
    const name = /^["']/.test(match) ? match.slice(1, -1) : match;
    const place = placeAt(this.#source, this.#at, this.#at + match.length);
    return { ...place, kind: "scalar", value: name, plain: false, size: 1 };
  }

  #quoted(): ScalarNode | null {
    const match = this.#match(QUOTED);
    if (match === null) return null;
    const isDouble = match.startsWith('"');
    const value = isDouble ? (JSON.parse(match) as string) : match.slice(1, -1).replaceAll("''", "'");
    return this.#scalar(match.length, value, false);
  }

  #plain(pattern: RegExp): ScalarNode | null {
    const match = this.#match(pattern);
    if (match === null) return null;
    const comment = match.indexOf(" #");
    const text = (comment === -1 ? match : match.slice(0, comment)).trimEnd();
    if (text.includes(": ") || text.endsWith(":")) return null;
    return this.#scalar(text.length, plainScalarValue(text), true);
  }

  #scalar(length: number, value: ScalarNode["value"], plain: boolean): ScalarNode {
    const place = placeAt(this.#source, this.#at, this.#at + length);
    this.#at = place.end;
    return { ...place, kind: "scalar", value, plain, size: 1 };
  }

  /** Blanks and line ends inside brackets, where each line must be deeper than the block around them. */
  #skipInFlow(column: number): boolean {
    const from = this.#at;
    this.#at += this.#match(BLANKS)!.length;
    const lineStart = this.#text.lastIndexOf("\n", this.#at - 1) + 1;
    const isLast = this.#brackets === 1 && "]}".includes(this.#text[this.#at] ?? " ");
    const least = isLast ? this.#closing : column + 1;
    return this.#at < this.#end && (lineStart <= from || this.#at - lineStart >= least);
  }

  #take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #isDash(): boolean {
    return this.#text[this.#at] === "-" && /[ \n]/.test(this.#text[this.#at + 1] ?? "\n");
  }

  /** Skips blanks, and says whether nothing but a comment is left of the line. */
  #lineIsOver(): boolean {
    const before = this.#at;
    while (this.#text[this.#at] === " ") this.#at++;
    const next = this.#text[this.#at];
    return this.#at >= this.#end || next === "\n" || (next === "#" && this.#at > before);
  }

  #lineEnd(): number {
    const end = this.#text.indexOf("\n", this.#at);
    return end === -1 ? this.#end : Math.min(end + 1, this.#end);
  }

  /** From a line's start over blank lines and comments to the next content. */
  #toContent(lineStart: number): void {
    let start = lineStart;
    while (start < this.#end) {
      let at = start;
      while (this.#text[at] === " ") at++;
      this.#at = at;
      this.#column = at - start;
      if (this.#text[at] !== "\n" && this.#text[at] !== "#") return;
      start = this.#lineEnd();
    }
    this.#at = this.#end;
    this.#column = 0;
  }

  #match(pattern: RegExp): string | null {
    pattern.lastIndex = this.#at;
    return pattern.exec(this.#text)?.[0] ?? null;
  }
}

/** Of a list under a key of a document. */
const ITEM_DEPTH = 1;

/** Well below the limit at which the full reader complains, whatever either counts as a level. */
const QUICK_DEPTH = DEPTH_LIMIT / 2;

/** Tabs, carriage returns, marks of byte order, directives, document ends, and separators that carry something. */
const UNUSUAL = /[\t\r\ufeff]|^(?:%|\.\.\.|---(?! *$))/m;
const SEPARATOR = /^--- *$\n?/gm;

const KEY = /(?:[A-Za-z_][\w.-]{0,99}|"[^"\\\n]{0,99}"|'[^'\n]{0,99}')(?=:(?:[ \n]|$))/y;
/** Escapes that mean the same in JSON; `\u` is left out because of lone surrogates. */
const QUOTED = /"(?:[^"\\\n]|\\["\\/bfnrt])*"|'(?:[^'\n]|'')*'/y;
const PLAIN = /(?:[^\s\-?:,[\]{}#&*!|>'"%@`]|-(?=\S))[^\n]*/y;
const FLOW_PLAIN = /[^\s\-?:,[\]{}#&*!|>'"%@`][^\n,[\]{}]*/y;
const BLANKS = /[ \n]*/y;
