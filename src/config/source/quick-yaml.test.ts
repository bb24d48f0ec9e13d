/**
 * The quick reader against the full one: it gives up, or gives the same tree, place by place, and then the
 * full reader has no fault to find.
 */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { ConfigNode } from "./config-node.ts";
import { ItemMemory } from "./item-memory.ts";
import { parseYamlFully } from "./parse-yaml.ts";
import { readQuickly } from "./quick-yaml.ts";
import { type Place, SourceText } from "./source-text.ts";

const { PORTWARD_FUZZ_RUNS = "500" } = process.env;
const RUNS = Number(PORTWARD_FUZZ_RUNS);
/** Of whatever was read before, as after many reloads. */
const items = new ItemMemory();

describe("what configurations are made of is read quickly", () => {
  const texts = [
    "name: shop\nroutes:\n  - kind: http # comment\n    listen: 5000\n\n    path: /a\n",
    "# comment\n\nspec:\n- a: 1\n  b:\n  - c\n  - d: e\n- - x\n  - y\nlast:",
    "a: { b: [1, 'it''s', \"q\\n\"], c: {} , d: [],\n  e: [\n    x,\n    y z,\n  ]\n}\nb: -1\nc: http://a:80/?b#c\n",
    "a: 1\n---\n---\nb: 2\n--- \n# nothing\n",
    "\"quoted key\": 1\n'other': 2\n",
    "",
  ];
  for (const text of texts) test(JSON.stringify(text.slice(0, 30)), () => expect(agree(text)).toBe(true));
});

describe("what is not, is left to the full reader", () => {
  const texts = [
    "a: &x 1\nb: *x",
    "a: !!str 1",
    "a: |\n  x",
    "a: b\n  c",
    "a:\tb",
    "a: 1\r\nb: 2",
    "%YAML 1.2\n---\na: 1",
    "a: 1\n...\n",
    "--- a\n",
    "a: 1\na: 2",
    "? a\n: b",
    "<<: {}",
    "- \n- a",
    "a : 1",
    "a: b: c",
    "a: [b: c]",
    "a: {b}",
    "a: @b",
    "a: 'x",
    "a: 1\n b: 2",
    " a: 1\nb: 2",
    "a: - b",
    "a: [1]]",
    "a: [1] 2",
    "- a\nb: 1",
    "hello",
    "__proto__: 1",
    'a: "\\u0041"',
    "a: [1,,2]",
  ];
  for (const text of texts) test(JSON.stringify(text), () => expect(agree(text)).toBe(false));
});

describe("whatever it reads, the full reader reads the same", () => {
  test("generated documents", () => {
    fc.assert(
      fc.property(block(3, 0), (text) => void agree(text)),
      { numRuns: RUNS },
    );
  });

  test("generated documents with changes", () => {
    const changes = fc.array(fc.tuple(fc.nat(500), fc.nat(3), fc.constantFrom(...FRAGMENTS)), {
      maxLength: 4,
    });
    fc.assert(
      fc.property(block(3, 0), changes, (text, edits) => {
        let changed = text;
        for (const [at, removed, inserted] of edits) {
          const start = at % (changed.length + 1);
          changed = changed.slice(0, start) + inserted + changed.slice(start + removed);
        }
        // Half a character is in no file.
        agree(changed.toWellFormed());
      }),
      { numRuns: RUNS },
    );
  });

  test("fragments in any order", () => {
    const text = fc.array(fc.constantFrom(...FRAGMENTS), { maxLength: 25 }).map((parts) => parts.join(""));
    fc.assert(
      fc.property(text, (parts) => void agree(parts)),
      { numRuns: RUNS },
    );
  });
});

/** Whether the quick reader gave an answer, the same with and without what it has read before. */
function agree(text: string): boolean {
  const source = new SourceText("a.yaml", text);
  const quick = readQuickly(source);
  items.begin();
  const known = readQuickly(new SourceText("a.yaml", text), items.of("a.yaml"));
  expect(known?.map(written), text).toEqual(quick?.map(written));
  if (quick === null) return false;
  const full = parseYamlFully(source);
  expect(
    full.diagnostics.map(({ message }) => message),
    text,
  ).toEqual([]);
  expect(quick.map(outline), text).toEqual(full.documents.map(outline));
  return true;
}

/** With lines and columns, since items are texts of their own. */
function written(node: ConfigNode): unknown {
  const place = placeOf(node);
  if (node.kind === "scalar") return [place, node.value, node.plain];
  if (node.kind === "list") return [place, node.size, node.items.map(written)];
  const entries = [...node.entries].map(([name, { key, value }]) => [name, placeOf(key), written(value)]);
  return [place, node.size, entries];
}

function placeOf({ source, start, end }: Place): string {
  const { line, column } = source.originAt(start);
  return `${line}:${column} ${JSON.stringify(source.text.slice(start, end))}`;
}

function outline(node: ConfigNode): unknown {
  const place = `${node.start}-${node.end} ${node.size}`;
  if (node.kind === "scalar") return [place, node.value, node.plain];
  if (node.kind === "list") return [place, node.items.map(outline)];
  return [
    place,
    [...node.entries].map(([name, { key, value }]) => [name, key.start, key.end, outline(value)]),
  ];
}

const USUAL = [
  "a",
  "/path/{x}",
  "127.0.0.1:80",
  "5000",
  "-1",
  "no",
  "010",
  "~",
  "null",
  "a b",
  "a#b",
  "a # c",
  "http://x:80",
  "'s'",
  '"d"',
  '"e\\"f"',
  "'it''s'",
  "[]",
  "{}",
  "[a, b]",
  "{ a: 1, b: [x] }",
  "[a, ]",
  "[\n        a\n        ]",
  "{ a: b c }",
  '"a: b"',
  "",
  "{ a: 1,\n        b: 2 }",
  "[[], {}, [{}]]",
  "x y  z   # c",
  "1e3",
  ".5",
  "é",
  "😀 x",
  '{ "a": 1 }',
];
const ODD = [
  "- 1",
  "x:",
  "*x",
  "&x y",
  "!t y",
  "|\n          x",
  "[\n a\n ]",
  "[\na]",
  "{\n      a: b\n  }",
  "[\n      a\n]",
  "[a: b]",
  "a: b",
  "[a # c\n        ]",
  "'a\n         b'",
  "{ a }",
  "[a b\n         c]",
  '"\\x41"',
  "@a",
  ", a",
  "a\n          b",
  "? a",
  "-",
  "# c",
  "[a]#c",
  "'a'#c",
];
const FRAGMENTS = [
  ..."{}[],:-?&*!|>%@`'\"#\n ~a1",
  "\n  ",
  "\n    ",
  "\n- ",
  "- ",
  ": ",
  "a: ",
  "b:\n",
  "---\n",
  "\n---\n",
  " # c\n",
  "[a, b]",
  "{ a: 1 }",
  "'",
  "\n\n",
  "é",
  "😀",
  ":\n",
];

function block(depth: number, indent: number): fc.Arbitrary<string> {
  const pad = " ".repeat(indent);
  const scalar = fc.oneof(
    { weight: 30, arbitrary: fc.constantFrom(...USUAL) },
    { weight: 1, arbitrary: fc.constantFrom(...ODD) },
  );
  if (depth === 0) return scalar.map((text) => `${pad}k: ${text}\n`);
  const step = fc.constantFrom(1, 2, 4);
  const nested = step.chain((by) => block(depth - 1, indent + by));
  const entry = fc.oneof(
    scalar.map((text) => `${pad}KEY: ${text}\n`),
    nested.map((text) => `${pad}KEY:\n${text}`),
    block(depth - 1, indent).map((text) => `${pad}KEY:\n${text}`),
  );
  const item = fc.oneof(
    scalar.map((text) => `${pad}- ${text}\n`),
    block(depth - 1, indent + 2).map((text) => `${pad}- ${text.trimStart()}`),
  );
  const map = fc
    .array(entry, { minLength: 1, maxLength: 4 })
    .map((parts) => parts.map((part, index) => part.replace("KEY", `k${index}`)).join(""));
  return fc.oneof(
    map,
    fc.array(item, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("")),
  );
}
