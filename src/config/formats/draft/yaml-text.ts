/**
 * Values as YAML that people like to read and no reader takes for something else: plain where that is safe in
 * every context and version, in single quotes where there are backslashes, else in double quotes as in JSON.
 */

export type YamlValue =
  | string
  | number
  | boolean
  | readonly YamlValue[]
  | { readonly [key: string]: YamlValue | undefined };

/** On one line: `{ host: 10.0.0.2, weight: 2 }`, `[a, b]`. Keys without a value are left out. */
export function flowText(value: YamlValue): string {
  // A loader would take `${name}` for a reference to the environment.
  if (typeof value === "string") return scalarText(value.replaceAll("${", () => "$${"));
  if (typeof value !== "object") return String(value);
  if (isList(value)) return `[${value.map(flowText).join(", ")}]`;
  const entries = Object.entries(value).flatMap(([key, each]) =>
    each === undefined ? [] : [`${scalarText(key)}: ${flowText(each)}`],
  );
  return entries.length === 0 ? "{}" : `{ ${entries.join(", ")} }`;
}

export function scalarText(text: string): string {
  const safe = PLAIN.test(text) ? !SPECIAL_WORD.test(text) : QUANTITY.test(text);
  if (safe) return text;
  if (text.includes("\\") && PRINTABLE.test(text)) return `'${text.replaceAll("'", "''")}'`;
  return JSON.stringify(text).replace(
    UNPRINTABLE,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function isList(value: YamlValue): value is readonly YamlValue[] {
  return Array.isArray(value);
}

/** A letter or slash, then nothing that means anything to YAML, in a flow or in a block. */
const PLAIN = /^[A-Za-z/][A-Za-z0-9/_.~%+@$-]*$/;
const SPECIAL_WORD = /^(?:true|false|null|yes|no|on|off|y|n)$/i;
const QUANTITY = /^[0-9]{1,12}(?:ms|s|m|h|B|KiB|MiB|GiB)$/;
const PRINTABLE = /^[\x20-\x7e]*$/;
/** What JSON leaves as it is and a configuration may not hold. */
const UNPRINTABLE = /[\u007f-\u009f\u2028\u2029\ufeff]/g;
