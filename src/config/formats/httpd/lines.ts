/**
 * httpd's lexical rules: one directive per line, a backslash before the line's end joins it with the next, a `#` at
 * the start makes it a comment. Words are separated by blanks or stand in quotes.
 */
import { placeAt, type SourceText } from "../../source/source-text.ts";
import type { Word } from "../directives/directive.ts";

/** A line with something in it; `end` lies before the line break. */
export interface LogicalLine {
  readonly start: number;
  readonly end: number;
}

/** The lines of a text that are neither blank nor a comment. */
export function* logicalLines(text: string): Generator<LogicalLine> {
  for (let at = 0; at < text.length; ) {
    const end = endOfLine(text, at);
    const start = skipBlanks(text, at, end);
    // A comment goes on over a joined line as well.
    if (start < end && text[start] !== "#") yield { start, end };
    at = end + 1;
  }
}

/** The words of a stretch of text. Null: a quote is not closed. */
export function wordsIn(source: SourceText, start: number, end: number): Word[] | null {
  const words: Word[] = [];
  for (let at = skipBlanks(source.text, start, end); at < end; at = skipBlanks(source.text, at, end)) {
    const word = wordAt(source, at, end);
    if (word === null) return null;
    words.push(word);
    at = word.end;
  }
  return words;
}

function wordAt(source: SourceText, start: number, end: number): Word | null {
  const { text } = source;
  const quote = text[start] === '"' || text[start] === "'" ? text[start]! : null;
  if (quote === null) {
    let stop = start;
    while (stop < end && !isBlank(text, stop)) stop++;
    return { ...placeAt(source, start, stop), text: text.slice(start, stop), quoted: false };
  }
  let stop = start + 1;
  while (stop < end && text[stop] !== quote) stop += text[stop] === "\\" ? 2 : 1;
  if (stop >= end) return null;
  const inner = text.slice(start + 1, stop).replaceAll(`\\${quote}`, quote);
  return { ...placeAt(source, start, stop + 1), text: inner, quoted: true };
}

function endOfLine(text: string, from: number): number {
  for (let end = text.indexOf("\n", from); end !== -1; end = text.indexOf("\n", end + 1)) {
    const last = text[end - 1] === "\r" ? end - 2 : end - 1;
    if (text[last] !== "\\") return end;
  }
  return text.length;
}

function skipBlanks(text: string, from: number, end: number): number {
  let at = from;
  while (at < end && isBlank(text, at)) at++;
  return at;
}

/** A backslash that joins two lines counts as a blank. */
function isBlank(text: string, at: number): boolean {
  const character = text[at]!;
  if (character === "\\") return /^\\\r?\n/.test(text.slice(at, at + 3));
  return character === " " || character === "\t" || character === "\r" || character === "\n";
}
