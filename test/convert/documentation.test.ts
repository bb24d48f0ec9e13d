/** docs/converting.md says what the program says: the formats, and each code with its meaning. */
import { expect, test } from "bun:test";
import { join } from "node:path";
import { CONVERT_CODES } from "../../src/config/formats/convert-codes.ts";
import { CONVERT_FORMATS } from "../../src/config/formats/formats.ts";

const text = await Bun.file(join(import.meta.dir, "../../docs/converting.md")).text();

test("every format, as --help has it", () => {
  for (const { name, description } of CONVERT_FORMATS)
    expect(text).toContain(`| \`${name}\` | ${description} |\n`);
});

test("every code with its meaning, and no other", () => {
  const documented = [...text.matchAll(/^\| `(convert\.\w+)` \| (.*) \|$/gm)].map(([, code, meaning]) => ({
    code,
    meaning,
  }));
  const known = Object.entries(CONVERT_CODES).map(([code, { meaning }]) => ({ code, meaning }));
  expect(documented).toEqual(known as typeof documented);
});
