/** How values that somebody else wrote are shown inside a sentence: quoted, cut short, harmless to a terminal. */

/** `text` in backticks, at most about 60 characters, without control characters. */
export function quoted(text: string): string {
  const short = text.length > QUOTE_LIMIT ? `${text.slice(0, QUOTE_LIMIT - 1)}…` : text;
  return `\`${printable(short)}\``;
}

/** `text` with escapes for what would move a terminal's cursor or turn its text around. */
export function printable(text: string): string {
  return text.replace(
    UNPRINTABLE,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** `a, b or c`. */
export function oneOf(words: readonly string[]): string {
  if (words.length < 2) return words.join("");
  return `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}

const QUOTE_LIMIT = 60;
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;
