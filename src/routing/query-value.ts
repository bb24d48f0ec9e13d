/**
 * One parameter out of a query string, without parsing the rest of it. The query is read as forms write it
 * (WHATWG URL section 5.1): `&` separates, `+` is a space, a malformed escape stands for itself.
 */

/**
 * The value of the first parameter of that name, as the Gateway API recommends for repeated ones.
 * @param query raw, without the `?`
 * @param name decoded, case-sensitive
 * @returns null when there is none; empty for `name` and `name=`
 */
export function queryValue(query: string, name: string): string | null {
  for (let from = 0; from < query.length; ) {
    const ampersand = query.indexOf("&", from);
    const to = ampersand === -1 ? query.length : ampersand;
    const parameter = query.slice(from, to);
    const equals = parameter.indexOf("=");
    const nameEnd = equals === -1 ? parameter.length : equals;
    if (parameter !== "" && decode(parameter.slice(0, nameEnd)) === name) {
      return decode(parameter.slice(nameEnd + 1));
    }
    from = to + 1;
  }
  return null;
}

function decode(text: string): string {
  if (!/[%+]/.test(text)) return text;
  const spaced = text.replaceAll("+", " ");
  if (!spaced.includes("%")) return spaced;
  // Runs of escapes are decoded together, because one character may take several.
  return spaced.replace(/(?:%[0-9A-Fa-f]{2})+/g, (run) => UTF8.decode(octets(run)));
}

function octets(run: string): Uint8Array {
  const bytes = new Uint8Array(run.length / 3);
  for (let index = 0; index < bytes.length; index++) {
    bytes[index] = Number.parseInt(run.slice(index * 3 + 1, index * 3 + 3), 16);
  }
  return bytes;
}

/** Octets that are not UTF-8 become U+FFFD, as in a browser. A BOM is data here. */
const UTF8 = new TextDecoder("utf-8", { ignoreBOM: true });
