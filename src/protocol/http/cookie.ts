/** One cookie out of a Cookie field (RFC 6265 section 4.2.1), without parsing the rest of it. */

/** @returns the first of that name, without quotes; null when there is none */
export function cookieValue(field: string, name: string): string | null {
  for (let from = 0; from < field.length; ) {
    const semicolon = endOfPair(field, from);
    const equals = field.indexOf("=", from);
    if (equals >= 0 && equals < semicolon && field.slice(from, equals).trim() === name) {
      return unquoted(field.slice(equals + 1, semicolon).trim());
    }
    from = semicolon + 1;
  }
  return null;
}

/** Several Cookie fields, which HTTP/2 allows, arrive joined with commas; no cookie has a comma in it. */
function endOfPair(field: string, from: number): number {
  for (let at = from; at < field.length; at++) {
    const code = field.charCodeAt(at);
    if (code === SEMICOLON || code === COMMA) return at;
  }
  return field.length;
}

function unquoted(value: string): string {
  return value.length >= 2 && value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value;
}

const SEMICOLON = 0x3b;
const COMMA = 0x2c;
