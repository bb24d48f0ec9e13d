import { expect, test } from "bun:test";
import { readPriority } from "./priority.ts";

const table: readonly (readonly [string, number, boolean])[] = [
  ["", 3, false],
  ["u=0", 0, false],
  ["u=7, i", 7, true],
  ["i, u=5", 5, true],
  ["i=?1", 3, true],
  ["u=2, i=?0", 2, false],
  ["u=1;x=y, i;z", 1, true],
  ["u=8", 3, false],
  ["u=-1", 3, false],
  ['u="1"', 3, false],
  ["U=1", 3, false],
  ["foo, u=1, bar=(1 2)", 1, false],
  ["u=1, u=6", 6, false],
  [",,,=", 3, false],
];

for (const [text, urgency, incremental] of table) {
  test(JSON.stringify(text), () => {
    const to = { urgency: 9, incremental: true };
    readPriority(text, to);
    expect(to).toEqual({ urgency, incremental });
  });
}
