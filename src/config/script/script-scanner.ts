/**
 * The lexical ground of TypeScript: where comments, strings and brackets begin and end. Enough to find one's way
 * in the text of a configuration; whether it is valid has been decided by running it.
 */

/** Past blanks and comments. */
export function skipBlanks(text: string, from: number): number {
  BLANKS.lastIndex = from;
  return from + (BLANKS.exec(text)?.[0].length ?? 0);
}

/** Past the string, template or regular expression that begins at `from`. */
export function skipText(text: string, from: number): number {
  const quote = text[from]!;
  let inClass = false;
  for (let at = from + 1; at < text.length; at++) {
    const character = text[at]!;
    if (character === "\\") at++;
    else if (quote === "/" && character === "[") inClass = true;
    else if (quote === "/" && character === "]") inClass = false;
    else if (quote === "`" && character === "$" && text[at + 1] === "{") at = skipGroup(text, at + 1) - 1;
    else if (character === quote && !inClass) return at + 1;
    else if (character === "\n" && quote !== "`") return at;
  }
  return text.length;
}

/** Past the bracket that closes the one at `from`. */
export function skipGroup(text: string, from: number): number {
  const end = skipUntil(text, from + 1, /[)\]}]/);
  return Math.min(end + 1, text.length);
}

/** To the first character outside strings, comments and inner brackets that `stop` matches. */
export function skipUntil(text: string, from: number, stop: RegExp): number {
  let previous = text[from - 1] ?? "";
  for (let at = skipBlanks(text, from); at < text.length; at = skipBlanks(text, at)) {
    const character = text[at]!;
    if (stop.test(character)) return at;
    const isRegex = character === "/" && BEFORE_REGEX.test(previous);
    if (QUOTE.test(character) || isRegex) at = skipText(text, at);
    else if (OPENING.test(character)) at = skipGroup(text, at);
    else at++;
    previous = character;
  }
  return text.length;
}

const BLANKS = /(?:\s|\/\/[^\n]*|\/\*[\s\S]*?\*\/)*/y;
const QUOTE = /["'`]/;
const OPENING = /[([{]/;
/** A slash after a value divides. */
const BEFORE_REGEX = /^$|[(,=:[!&|?{};+\-*%<>~^]/;
