/**
 * The path of a request as routing sees it: RFC 3986 section 6.2.2. Escapes of unreserved octets are
 * decoded, the hex of the others is upper-cased, dot segments are removed afterwards, so that `%2e%2e` is
 * removed as well. `%2F` stays: it is data, not a separator. Slashes are not merged, because to a server
 * that keeps them apart `//a` is another resource than `/a`.
 *
 * What goes upstream is this path, never the one that came in: two servers that disagree about `/a/../b`
 * are how a request gets past a rule.
 */

/**
 * Runs on every request. A path that is already normal is returned as the same string.
 * @param path from the first `/` to before the `?`; an empty one, as in `http://host?q`, means `/`
 * @returns null for a malformed escape, `%00`, a hidden dot segment, a byte that no path may hold, or no leading slash
 */
export function normalisePath(path: string): string | null {
  for (let index = 0; index < path.length; index++) {
    const code = path.charCodeAt(index);
    if (NEEDS_CARE[code] !== 0 || (code === DOT && path.charCodeAt(index - 1) === SLASH))
      return rewritten(path);
  }
  if (path.charCodeAt(0) === SLASH) return path;
  return path === "" ? "/" : null;
}

/** Escapes in their one form, dot segments untouched. Null as above, but any first character will do. */
export function normaliseEscapes(text: string): string | null {
  if (NOT_IN_A_PATH.test(text)) return null;
  let result = "";
  let done = 0;
  for (let at = text.indexOf("%"); at !== -1; at = text.indexOf("%", at + 3)) {
    const octet = octetAt(text, at);
    if (octet <= 0) return null;
    result += text.slice(done, at) + (UNRESERVED[octet] ?? text.slice(at, at + 3).toUpperCase());
    done = at + 3;
  }
  return done === 0 ? text : result + text.slice(done);
}

/** Whether a `.` or `..` stands between two slashes, or at the end. Escapes must be in their one form. */
export function hasDotSegment(path: string): boolean {
  return path.includes("/.") && DOT_SEGMENT.test(path);
}

function rewritten(path: string): string | null {
  const plain = normaliseEscapes(path);
  if (plain === null || plain.charCodeAt(0) !== SLASH) return null;
  if (HIDDEN_DOT_SEGMENT.test(plain)) return null;
  return hasDotSegment(plain) ? withoutDotSegments(plain) : plain;
}

/** RFC 3986 section 5.2.4 on whole segments: `..` at the root stays at the root. */
function withoutDotSegments(path: string): string {
  const segments = path.split("/");
  const kept: string[] = [];
  for (const segment of segments) {
    if (segment === "..") {
      if (kept.length > 1) kept.pop();
    } else if (segment !== ".") kept.push(segment);
  }
  const last = segments.at(-1);
  if (last === "." || last === "..") kept.push("");
  return kept.join("/");
}

/** The octet of the escape at `at`, or -1 when two hex digits do not follow. */
function octetAt(text: string, at: number): number {
  const high = HEX[text.charCodeAt(at + 1)];
  const low = HEX[text.charCodeAt(at + 2)];
  if (high === undefined || low === undefined || high < 0 || low < 0) return -1;
  return high * 16 + low;
}

const SLASH = 0x2f;
const DOT = 0x2e;

/** A dot segment of a path whose escapes are normal. */
const DOT_SEGMENT = /\/\.\.?(?:\/|$)/;

/**
 * A `.` or `..` that becomes a segment when an encoded slash or backslash, or a `;`, is read as a delimiter: nginx
 * resolves `/x/..%2Fadmin` to `/admin`, Java servers `/..;/admin`. To us it is data, so the two would disagree about
 * which path was asked for (RFC 3986 section 7.3), and nobody asks for such a thing in earnest.
 */
const HIDDEN_DOT_SEGMENT = /(?:\/|%2F|%5C)\.\.?(?:%2F|%5C|;)|(?:%2F|%5C)\.\.?(?:\/|$)/;

/**
 * Controls, space, DEL, anything beyond ASCII, and the two delimiters that end a path. The other characters
 * that RFC 3986 leaves out (`|`, `^`, `{` …) are common in the wild, harmless here, and stay as they are.
 */
const NOT_IN_A_PATH = /[^\x21-\x7e]|[?#]/;

/** 1 for what ends the fast way. Sized for every UTF-16 unit, so that the look-up never misses the table. */
const NEEDS_CARE = new Uint8Array(0x1_0000).fill(1);
for (let code = 0x21; code <= 0x7e; code++)
  NEEDS_CARE[code] = "%?#".includes(String.fromCharCode(code)) ? 1 : 0;

/** RFC 3986 section 2.3, by octet. */
const UNRESERVED: readonly (string | undefined)[] = Array.from({ length: 256 }, (_, octet) => {
  const character = String.fromCharCode(octet);
  return /[A-Za-z0-9\-._~]/.test(character) ? character : undefined;
});

const HEX = new Int8Array(256).fill(-1);
for (const [value, digit] of [..."0123456789abcdef"].entries()) {
  HEX[digit.charCodeAt(0)] = value;
  HEX[digit.toUpperCase().charCodeAt(0)] = value;
}
