/**
 * The text of one configuration file, and where an offset lies in it. Line starts are found on the first
 * question and kept: a file without mistakes still gives every route its line.
 */
import type { Origin } from "../model.ts";

/** A stretch of a file's text. `end` is exclusive. */
export interface Place {
  readonly source: SourceText;
  readonly start: number;
  readonly end: number;
}

/** One line, cut to a readable width around the place in question. */
export interface Excerpt {
  readonly text: string;
  /** Where the caret goes, counted from 0 in `text`. */
  readonly caret: number;
  /** How many characters the place covers on this line; at least 1. */
  readonly width: number;
}

export class SourceText {
  readonly file: string;
  readonly text: string;
  #lineStarts: number[] | null = null;
  readonly #hidden: (readonly [start: number, end: number])[] = [];

  constructor(file: string, text: string) {
    this.file = file;
    this.text = text;
  }

  /** Line and column of an offset, both from 1. */
  originAt(offset: number): Origin {
    const line = this.#lineIndexOf(offset);
    return { file: this.file, line: line + 1, column: offset - this.#starts()[line]! + 1 };
  }

  /** The reverse of `originAt`, as far as the text goes. */
  offsetAt(line: number, column: number): number {
    const starts = this.#starts();
    const lineStart = starts[Math.min(line, starts.length) - 1] ?? 0;
    return Math.min(lineStart + column - 1, this.text.length);
  }

  /** A secret that is written out: no excerpt shows it from now on. */
  hide(start: number, end: number): void {
    this.#hidden.push([start, end]);
  }

  /** The line around `start`, with control characters made harmless for a terminal. */
  excerptAt(start: number, end: number): Excerpt {
    const starts = this.#starts();
    const line = this.#lineIndexOf(start);
    const lineStart = starts[line]!;
    const lineEnd = line + 1 < starts.length ? starts[line + 1]! - 1 : this.text.length;
    const from = Math.max(lineStart, start - EXCERPT_BEFORE);
    const to = Math.min(lineEnd, from + EXCERPT_WIDTH);
    const cut = from > lineStart ? "…" : "";
    const text = cut + withoutPasswords(this.#shown(from, to)).replace(/\r$/, "").replace(UNPRINTABLE, " ");
    const caret = Math.min(start - from + cut.length, text.length);
    return { text, caret, width: Math.max(1, Math.min(end - start, text.length - caret)) };
  }

  #shown(from: number, to: number): string {
    let text = this.text.slice(from, to);
    for (const [start, end] of this.#hidden) {
      const [first, last] = [Math.max(start, from) - from, Math.min(end, to) - from];
      if (first < last) text = text.slice(0, first) + "*".repeat(last - first) + text.slice(last);
    }
    return text;
  }

  #lineIndexOf(offset: number): number {
    const starts = this.#starts();
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (starts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #starts(): number[] {
    this.#lineStarts ??= findLineStarts(this.text);
    return this.#lineStarts;
  }
}

/** A place in `source`, limited to the text. */
export function placeAt(source: SourceText, start: number, end = start + 1): Place {
  const from = Math.max(0, Math.min(start, source.text.length));
  return { source, start: from, end: Math.max(from, Math.min(end, source.text.length)) };
}

export function originOf(place: Place): Origin {
  return place.source.originAt(place.start);
}

function findLineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}

/** Of URLs that stand where nobody expects them, too: beside a misspelled key, or in a map of another shape. */
function withoutPasswords(text: string): string {
  return text.replace(PASSWORD, (password) => "*".repeat(password.length));
}

const PASSWORD = /(?<=:\/\/[^\s/?#@:"']*:)[^\s/?#@"']+(?=@)/g;

/** Minified JSON is one line of megabytes; a terminal shows about this much. */
const EXCERPT_WIDTH = 110;
const EXCERPT_BEFORE = 60;
/** Control and bidirectional formatting characters could rewrite what the reader sees. */
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;
