/**
 * Where the parts of an exported configuration are written in its source: object and list literals are read as
 * far as they are literal, names are looked up among the file's constants, and what is computed (calls, `map`,
 * conditions) is one place as a whole. Only places come from here, never values, so that a wrong guess
 * costs a caret under the wrong word and nothing more.
 */
import { skipBlanks, skipGroup, skipText, skipUntil } from "./script-scanner.ts";

/** A stretch of the source, and its parts where they are written out. */
export interface LocatedLiteral {
  readonly start: number;
  readonly end: number;
  readonly entries?: ReadonlyMap<string, LocatedEntry>;
  readonly items?: readonly LocatedLiteral[];
  /** A spread of unknown length ends `items`; this is what all others come from. */
  readonly others?: LocatedLiteral;
}

export interface LocatedEntry {
  readonly keyStart: number;
  readonly keyEnd: number;
  readonly value: LocatedLiteral;
}

/** The value of `export default`; null when there is none. */
export function locateExport(text: string): LocatedLiteral | null {
  const found = EXPORT.exec(text);
  return found === null ? null : new Locator(text).expression(found.index + found[0].length);
}

class Locator {
  readonly #text: string;
  /** By name: where the value begins. */
  readonly #constants: ReadonlyMap<string, number>;
  /** Found once each; null while it is looked up, because a constant may mention itself. */
  readonly #values = new Map<string, LocatedLiteral | null>();
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
    const constants = [...text.matchAll(CONSTANT)].reverse();
    this.#constants = new Map(constants.map((found) => [found[1]!, found.index + found[0].length]));
  }

  expression(from: number): LocatedLiteral {
    const start = skipBlanks(this.#text, from);
    const end = this.#trimmed(start, skipUntil(this.#text, start, /[,;)\]}]/));
    if (this.#depth > DEPTH) return { start, end };
    this.#depth++;
    const inner = this.#literal(start, end) ?? { start, end };
    this.#depth--;
    return inner;
  }

  #literal(start: number, end: number): LocatedLiteral | null {
    const first = this.#text[start];
    if (first === "{" || first === "[" || first === "(") {
      const closed = skipGroup(this.#text, start);
      if (!this.#isTypeOnly(closed, end)) return null;
      if (first === "(") return this.expression(start + 1);
      return first === "{" ? this.#map(start, closed) : this.#list(start, closed);
    }
    const word = this.#word(start);
    if (word === "") return null;
    const after = start + word.length;
    if (word === "defineConfig" && this.#text[after] === "(") return this.expression(after + 1);
    if (word === "await") return this.expression(after);
    return this.#isTypeOnly(after, end) ? this.#constant(word) : null;
  }

  #map(start: number, end: number): LocatedLiteral {
    const entries = new Map<string, LocatedEntry>();
    let at = skipBlanks(this.#text, start + 1);
    while (at < end - 1) {
      const stop = skipUntil(this.#text, at, /[,}]/);
      if (this.#text.startsWith("...", at)) {
        for (const [key, entry] of this.expression(at + 3).entries ?? []) entries.set(key, entry);
      } else this.#enter(entries, at, stop);
      at = skipBlanks(this.#text, stop + 1);
    }
    return { start, end: start + 1, entries };
  }

  #enter(entries: Map<string, LocatedEntry>, keyStart: number, stop: number): void {
    const isQuoted = /["']/.test(this.#text[keyStart]!);
    const keyEnd = isQuoted ? skipText(this.#text, keyStart) : keyStart + this.#word(keyStart).length;
    const key = isQuoted ? this.#text.slice(keyStart + 1, keyEnd - 1) : this.#text.slice(keyStart, keyEnd);
    const colon = skipBlanks(this.#text, keyEnd);
    if (key === "") return;
    if (this.#text[colon] === ":") entries.set(key, { keyStart, keyEnd, value: this.expression(colon + 1) });
    // `{ upstreams }` stands for the constant of that name; anything else is a method.
    else if (colon >= stop) {
      entries.set(key, { keyStart, keyEnd, value: this.#constant(key) ?? { start: keyStart, end: keyEnd } });
    }
  }

  #list(start: number, end: number): LocatedLiteral {
    const items: LocatedLiteral[] = [];
    let at = skipBlanks(this.#text, start + 1);
    while (at < end - 1) {
      const stop = skipUntil(this.#text, at, /[,\]]/);
      if (this.#text.startsWith("...", at)) {
        const spread = this.expression(at + 3);
        items.push(...(spread.items ?? []));
        if (spread.items === undefined || spread.others !== undefined) {
          return { start, end: start + 1, items, others: spread.others ?? spread };
        }
      } else items.push(this.expression(at));
      at = skipBlanks(this.#text, stop + 1);
    }
    return { start, end: start + 1, items };
  }

  /** What `const name = …` has on its right, wherever in the file. */
  #constant(name: string): LocatedLiteral | null {
    const from = this.#constants.get(name);
    if (from === undefined) return null;
    if (!this.#values.has(name)) {
      this.#values.set(name, null);
      this.#values.set(name, this.expression(from));
    }
    return this.#values.get(name)!;
  }

  /** Whether nothing follows a value but `as const`, `satisfies …` or `!`, which do not change it. */
  #isTypeOnly(from: number, end: number): boolean {
    const rest = this.#text.slice(skipBlanks(this.#text, from), end).trim();
    return rest === "" || /^(?:!|as\b|satisfies\b)/.test(rest);
  }

  #word(from: number): string {
    WORD.lastIndex = from;
    return WORD.exec(this.#text)?.[0] ?? "";
  }

  #trimmed(start: number, end: number): number {
    return start + this.#text.slice(start, end).trimEnd().length;
  }
}

const EXPORT = /^\s*export\s+default\s/m;
const CONSTANT = /\b(?:const|let|var)\s+([A-Za-z_$][\w$]*)\b(?:\s*:[^=;]*)?\s*=(?![=>])/g;
const WORD = /[A-Za-z_$][\w$]*/y;
/** Constants may lead to each other for long. */
const DEPTH = 100;
