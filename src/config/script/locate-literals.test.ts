/** Where values of a script are found in its source, and that no text leads the search astray. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { cpuTimeMs } from "../../base/test-support/cpu-time.ts";
import { type LocatedLiteral, locateExport } from "./locate-literals.ts";

/** The source text at a path; undefined when the path is not written out. */
function at(text: string, ...path: readonly (string | number)[]): string | undefined {
  let located: LocatedLiteral | undefined = locateExport(text) ?? undefined;
  for (const step of path) {
    located = typeof step === "number" ? located?.items?.[step] : located?.entries?.get(step)?.value;
  }
  return located === undefined ? undefined : text.slice(located.start, located.end);
}

const ROWS: readonly (readonly [
  what: string,
  text: string,
  path: (string | number)[],
  found: string | undefined,
])[] = [
  ["a plain object", "export default { a: 1, b: [2, 'x'] };", ["b", 1], "'x'"],
  ["keys in quotes", `export default { "a b": { 'c': 3 } }`, ["a b", "c"], "3"],
  ["comments in between", "export default { // }\n a: /* { */ 1, /* , */ b: 2 }", ["b"], "2"],
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is searched, not filled
  ["strings with brackets", "export default { a: '}{', b: `]${'}'}[`, c: 3 }", ["c"], "3"],
  ["a regular expression", "export default { a: /[/}]\\//g.source, b: 2 }", ["b"], "2"],
  ["a division", "export default { a: 4 / 2, b: 6 / 3 }", ["b"], "6 / 3"],
  ["defineConfig", "export default defineConfig({ a: 1 });", ["a"], "1"],
  ["types around", "export default ({ a: [1] as const } satisfies X) as Y", ["a", 0], "1"],
  ["await", "export default await defineConfig({ a: 1 })", ["a"], "1"],
  ["a constant", "const a: A<B> = { b: 1 };\nexport default { a };", ["a", "b"], "1"],
  ["a constant of constants", "const x = { y };\nvar y = [7];\nexport default x;", ["y", 0], "7"],
  ["a spread", "const o = { a: 1, b: 2 };\nexport default { ...o, b: 3 };", ["b"], "3"],
  ["a spread list", "const l = [1, 2];\nexport default { a: [0, ...l] };", ["a", 2], "2"],
  ["something computed", "export default { a: [1].map(f) }", ["a"], "[1].map(f)"],
  ["after something computed", "export default { a: f({ b: 1 }), c: 2 }", ["c"], "2"],
  ["a condition", "export default { a: x ? { b: 1 } : { b: 2 } }", ["a", "b"], undefined],
  ["a method", "export default { a() { return { b: 1 }; }, c: 2 }", ["c"], "2"],
  ["arrow functions", "export default { a: () => { return ','; }, c: 2 }", ["c"], "2"],
  ["a constant that leads to itself", "const a = { a };\nexport default a;", ["a", "a"], undefined],
  ["nothing exported", "const a = 1;", [], undefined],
];
for (const [what, text, path, found] of ROWS) test(what, () => expect(at(text, ...path)).toBe(found));

test("what comes from a spread of unknown length has one place", () => {
  const text = "const more = f();\nexport default { a: [1, ...more, 2] };";
  const list = locateExport(text)?.entries?.get("a")?.value;
  expect(list?.items?.length).toBe(1);
  expect(text.slice(list?.others?.start, list?.others?.end)).toBe("f()");
});

test("whatever the text: an end, and places inside it", () => {
  const part = fc.constantFrom(
    ..."{}[]()'\"`/\\,:;$.…\n ",
    "...",
    "${",
    "//",
    "/*",
    "*/",
    "a",
    "const a = ",
    "export default ",
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 80 }), (parts) => {
      const text = `export default { a: ${parts.join("")}`;
      expectInside(locateExport(text), text.length);
    }),
    { numRuns: 3000 },
  );
});

test("constants that name each other many times are not followed for ever", () => {
  const lines = Array.from({ length: 60 }, (_, i) => `const v${i} = { a: v${i + 1}, b: v${i + 1} };`);
  const startedMs = cpuTimeMs();
  expect(locateExport(`${lines.join("\n")}\nexport default v0;`)).not.toBeNull();
  expect(cpuTimeMs() - startedMs).toBeLessThan(2000);
});

function expectInside(located: LocatedLiteral | null, length: number): void {
  if (located === null) return;
  expect(located.start).toBeLessThanOrEqual(located.end);
  expect(located.end).toBeLessThanOrEqual(length);
  for (const item of located.items ?? []) expectInside(item, length);
  for (const { value } of located.entries?.values() ?? []) expectInside(value, length);
}
