/** docs/http2.md and the table in the code say the same. */
import { expect, test } from "bun:test";
import { CODE } from "./error-codes.ts";
import { H2_FAULTS } from "./fault.ts";

test("every fault is documented as it is", async () => {
  const page = await Bun.file(`${import.meta.dir}/../../../docs/http2.md`).text();
  const rows = Object.entries(H2_FAULTS).map(
    ([name, { scope, code, text }]) => `| \`${name}\` | ${scope} | ${wordOf(code)} | ${text} |`,
  );
  const documented = page.split("\n").filter((line) => /^\| `\w+` \| (connection|stream) \|/.test(line));
  expect(documented).toEqual(rows);
});

function wordOf(code: number): string {
  const name = Object.entries(CODE).find(([, value]) => value === code)![0];
  return name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}
