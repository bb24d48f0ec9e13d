/** What the texts that patterns look at are made of, in the order in which examples should use it. */

const LETTERS = codes("abcdefghijklmnopqrstuvwxyz");
const DIGITS = codes("0123456789");
const CAPITALS = codes("ABCDEFGHIJKLMNOPQRSTUVWXYZ");
/** RFC 3986: in a path as it is after normalisation, where everything else is percent-encoded. */
const PATH_MARKS = codes("/-._~!$&'()*+,;=:@%");
/** Servers let these pass as well. */
const VISIBLE = range(0x21, 0x7e).filter((code) => code !== 0x3f && code !== 0x23);

export const PATH_ALPHABET = unique([...LETTERS, ...DIGITS, ...CAPITALS, ...PATH_MARKS, ...VISIBLE]);

/** RFC 9110 section 5.5, with the bytes beyond ASCII as they are read. */
export const FIELD_ALPHABET = unique([
  ...LETTERS,
  ...DIGITS,
  ...CAPITALS,
  ...range(0x20, 0x7e),
  0x09,
  ...range(0x80, 0xff),
]);

/** A decoded parameter may hold anything. */
export const ANY_ALPHABET = unique([
  ...LETTERS,
  ...DIGITS,
  ...CAPITALS,
  ...range(0x20, 0x7e),
  ...range(0, 0xffff).filter((code) => code < 0xd800 || code > 0xdfff),
]);

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

function codes(text: string): number[] {
  return [...text].map((character) => character.codePointAt(0)!);
}

function unique(list: readonly number[]): number[] {
  return [...new Set(list)];
}
