/**
 * The byte classes of RFC 9110, RFC 9112 and RFC 3986, one bit each in one table, so that a scanner asks
 * `CLASS[byte] & BIT`. Where we are stricter or laxer than the RFC, the line says why.
 */

/** RFC 9110 section 5.6.2: tchar. */
export const TCHAR = 1;
/** RFC 9110 section 5.5: VCHAR, SP, HTAB and obs-text (bytes above 127 pass unread). No other control. */
export const VALUE = 2;
/**
 * What may stand in a request target: visible ASCII except `#` (a fragment is never sent, RFC 9112
 * section 3.2.1). Laxer than RFC 3986 for `"<>^`{|}`, which browsers do send, and for `\` in a query.
 */
export const TARGET = 4;
export const HEX = 8;
export const DIGIT = 16;
/**
 * A registered name or IPv4 address in Host. Stricter than RFC 3986 section 3.2.2: neither
 * percent-escapes nor sub-delims, which no DNS name has and which upstreams read in different ways.
 */
export const HOST = 32;
/** RFC 9110 section 5.6.4: what a quoted-string holds unescaped. */
export const QDTEXT = 64;
/** tchar but for `_`, which is looked at twice: CGI makes the same variable of `a_b` and `a-b`. */
export const NAME = 128;
/** What may stand in a path: TARGET without the `?` that ends it, and without `\\`, which some servers read as `/`. */
export const PATH = 256;

const ALPHA_DIGIT = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

export const HTAB = 0x09;
export const LF = 0x0a;
export const CR = 0x0d;
export const SP = 0x20;
export const DQUOTE = 0x22;
export const HASH = 0x23;
export const PERCENT = 0x25;
export const ASTERISK = 0x2a;
export const COMMA = 0x2c;
export const HYPHEN = 0x2d;
export const DOT = 0x2e;
export const SLASH = 0x2f;
export const COLON = 0x3a;
export const SEMICOLON = 0x3b;
export const EQUALS = 0x3d;
export const QUESTION = 0x3f;
export const AT = 0x40;
export const BRACKET_OPEN = 0x5b;
export const BACKSLASH = 0x5c;
export const BRACKET_CLOSE = 0x5d;
export const UNDERSCORE = 0x5f;

export const CLASS: Uint16Array = buildClasses();
/** Lower-case twin of each ASCII letter, other bytes themselves. */
export const LOWER: Uint8Array = buildLower();
/** The value of a hexadecimal digit; 255 for other bytes. */
export const HEX_VALUE: Uint8Array = buildHexValues();

function buildClasses(): Uint16Array {
  const classes = new Uint16Array(256);
  mark(classes, TCHAR, "!#$%&'*+-.^_`|~", ALPHA_DIGIT);
  mark(classes, NAME, "!#$%&'*+-.^`|~", ALPHA_DIGIT);
  mark(classes, HOST, "-._~", ALPHA_DIGIT);
  mark(classes, DIGIT, "0123456789");
  mark(classes, HEX, "0123456789abcdefABCDEF");
  for (let byte = 0x21; byte <= 0x7e; byte++) classes[byte]! |= VALUE | TARGET | PATH | QDTEXT;
  for (let byte = 0x80; byte <= 0xff; byte++) classes[byte]! |= VALUE | QDTEXT;
  classes[SP]! |= VALUE | QDTEXT;
  classes[HTAB]! |= VALUE | QDTEXT;
  classes[HASH]! &= ~(TARGET | PATH);
  classes[QUESTION]! &= ~PATH;
  classes[DQUOTE]! &= ~QDTEXT;
  classes[BACKSLASH]! &= ~(QDTEXT | PATH);
  return classes;
}

function mark(classes: Uint16Array, bit: number, ...sets: string[]): void {
  for (const set of sets) {
    for (const character of set) classes[character.charCodeAt(0)]! |= bit;
  }
}

function buildLower(): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => (byte >= 0x41 && byte <= 0x5a ? byte + 32 : byte));
}

function buildHexValues(): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => {
    const value = Number.parseInt(String.fromCharCode(byte), 16);
    return Number.isNaN(value) ? 255 : value;
  });
}
