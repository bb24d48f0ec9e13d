/** The static table in the form in which the dynamic one keeps its fields: lines of HTTP/1.1, lengths and marks. */
import { nameMark, valueMark } from "./field-mark.ts";
import { STATIC_COUNT, STATIC_FIELDS } from "./static-table.ts";

export const STATIC_LINES: Buffer = Buffer.from(
  STATIC_FIELDS.map(([name, value]) => `${name}: ${value}\r\n`).join(""),
);
/** By the number that RFC 7541 gives an entry, from 1. */
export const STATIC_START: Int32Array = new Int32Array(STATIC_COUNT + 1);
export const STATIC_NAME_BYTES: Int32Array = new Int32Array(STATIC_COUNT + 1);
export const STATIC_VALUE_BYTES: Int32Array = new Int32Array(STATIC_COUNT + 1);
export const STATIC_MARK: Int32Array = new Int32Array(STATIC_COUNT + 1);

fill();

function fill(): void {
  let at = 0;
  for (const [i, [name, value]] of STATIC_FIELDS.entries()) {
    const valueStart = at + name.length + 2;
    const valueEnd = valueStart + value.length;
    STATIC_START[i + 1] = at;
    STATIC_NAME_BYTES[i + 1] = name.length;
    STATIC_VALUE_BYTES[i + 1] = value.length;
    STATIC_MARK[i + 1] =
      nameMark(STATIC_LINES, at, at + name.length) | valueMark(STATIC_LINES, valueStart, valueEnd);
    at = valueEnd + 2;
  }
}
