/**
 * nginx's lexical rules: words, quoted words, `;`, `{`, `}`, and comments that start where a word could. A brace
 * inside a word is part of it, and so is `${name}`. One token at a time, without memory of what it gave.
 */
import { placeAt, type SourceText } from "../../source/source-text.ts";
import type { Word } from "../directives/directive.ts";

export type Token =
  | { readonly kind: "word"; readonly word: Word }
  | { readonly kind: ";" | "{" | "}" | "end"; readonly start: number }
  | { readonly kind: "fault"; readonly start: number; readonly message: string };

export class Lexer {
  readonly #source: SourceText;
  readonly #text: string;
  #at = 0;

  constructor(source: SourceText) {
    this.#source = source;
    this.#text = source.text;
  }

  get offset(): number {
    return this.#at;
  }

  next(): Token {
    this.#skipBlanks();
    const start = this.#at;
    const character = this.#text[start];
    if (character === undefined) return { kind: "end", start };
    if (character === ";" || character === "{" || character === "}") {
      this.#at++;
      return { kind: character, start };
    }
    return character === '"' || character === "'" ? this.#quoted(start) : this.#word(start);
  }

  /** After a `{`: leaves out everything up to the `}` that belongs to it, for code in Lua. */
  skipBlock(): boolean {
    for (let depth = 1; this.#at < this.#text.length; this.#at++) {
      const character = this.#text[this.#at]!;
      if (character === '"' || character === "'") this.#at = this.#endOfQuote(this.#at);
      else if (this.#text.startsWith("--", this.#at)) this.#at = this.#endOfLine() - 1;
      else if (character === "{") depth++;
      else if (character === "}" && --depth === 0) {
        this.#at++;
        return true;
      }
    }
    return false;
  }

  #skipBlanks(): void {
    for (; this.#at < this.#text.length; this.#at++) {
      const character = this.#text[this.#at]!;
      if (character === "#") this.#at = this.#endOfLine() - 1;
      else if (!BLANK.has(character)) return;
    }
  }

  #endOfLine(): number {
    const end = this.#text.indexOf("\n", this.#at);
    return end === -1 ? this.#text.length : end;
  }

  #quoted(start: number): Token {
    const end = this.#endOfQuote(start);
    if (end >= this.#text.length) {
      return { kind: "fault", start, message: "the quote that begins here is not closed" };
    }
    this.#at = end + 1;
    if (!AFTER_QUOTE.has(this.#text[this.#at] ?? ";")) {
      return { kind: "fault", start: this.#at, message: "a blank, `;` or `{` must follow a quoted word" };
    }
    return this.#wordToken(start, unescaped(this.#text.slice(start + 1, end)), true);
  }

  /** Where the quote stands that closes the one at `start`; the end of the text when none does. */
  #endOfQuote(start: number): number {
    const quote = this.#text[start];
    let end = start + 1;
    while (end < this.#text.length && this.#text[end] !== quote) end += this.#text[end] === "\\" ? 2 : 1;
    return end;
  }

  #word(start: number): Token {
    let end = start;
    while (end < this.#text.length && !this.#endsWord(end)) end += this.#text[end] === "\\" ? 2 : 1;
    this.#at = Math.min(end, this.#text.length);
    return this.#wordToken(start, unescaped(this.#text.slice(start, this.#at)), false);
  }

  /** A `{` does, unless it belongs to `${name}`. */
  #endsWord(at: number): boolean {
    const character = this.#text[at]!;
    if (character === "{") return this.#text[at - 1] !== "$";
    return character === ";" || BLANK.has(character);
  }

  #wordToken(start: number, text: string, quoted: boolean): Token {
    return { kind: "word", word: { ...placeAt(this.#source, start, this.#at), text, quoted } };
  }
}

/** A backslash stays unless it escapes a quote, itself, or stands for a control character. */
function unescaped(text: string): string {
  return text.replace(/\\(["'\\trn])/g, (_, escaped: string) => CONTROLS.get(escaped) ?? escaped);
}

const CONTROLS = new Map([
  ["t", "\t"],
  ["r", "\r"],
  ["n", "\n"],
]);
const BLANK = new Set([" ", "\t", "\r", "\n"]);
const AFTER_QUOTE = new Set([...BLANK, ";", "{", ")"]);
