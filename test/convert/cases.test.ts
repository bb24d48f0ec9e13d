/**
 * Every conversion case: the `*.case` files beside this one, and the folders of fixtures/convert, each of which
 * holds files of another program, what becomes of them (`portward.yaml`), what is told (`notes.txt`) and what the
 * result does with requests (`requests.txt`).
 */
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { Glob } from "bun";
import { renderDiagnostics } from "../../src/config/diagnostics/render.ts";
import type { Converted } from "../../src/config/formats/convert.ts";
import { CONVERT_CODES } from "../../src/config/formats/convert-codes.ts";
import { CONVERT_FORMATS } from "../../src/config/formats/formats.ts";
import { type ExpectedOutcome, readConversionCase, readOutcomes } from "./case-file.ts";
import { convertInMemory, loadConverted } from "./convert-in-memory.ts";
import { outcomesOf } from "./outcome.ts";

const FIXTURES = join(import.meta.dir, "../../fixtures/convert");
const EXPECTED = ["portward.yaml", "notes.txt", "requests.txt"];

const cases = [...new Glob("*/*.case").scanSync(import.meta.dir)].sort();
const folders = [...new Glob("*/*/portward.yaml").scanSync(FIXTURES)]
  .map((file) => file.replace(/\/[^/]*$/, ""))
  .sort();
const codes = new Set<string>();

for (const { name } of CONVERT_FORMATS) {
  describe(`cases of ${name}`, () => {
    for (const file of cases.filter((each) => each.startsWith(`${name}/`)))
      test(file, () => runCase(name, file));
    for (const folder of folders.filter((each) => each.startsWith(`${name}/`))) {
      test(`fixtures/convert/${folder}`, () => runFixture(name, folder));
    }
  });
}

test("cases produce every code", () => {
  expect(Object.keys(CONVERT_CODES).filter((code) => !codes.has(code))).toEqual([]);
});

async function runCase(format: string, file: string): Promise<void> {
  const each = readConversionCase(await Bun.file(join(import.meta.dir, file)).text());
  const converted = await convertInMemory(format, each.files, each.inputs);
  noteCodes(converted);
  const rendered = renderDiagnostics(converted.findings);
  const heads = converted.findings.map(
    ({ origin, severity, code }) => `${origin.file}:${origin.line}:${origin.column} ${severity}[${code}]`,
  );
  expect(heads, rendered).toEqual(each.notes.map(({ head }) => head));
  for (const [index, { text }] of each.notes.entries()) {
    const { message, suggestion } = converted.findings[index]!;
    expect(`${message}\n${suggestion ?? ""}`).toContain(text);
  }
  if (each.yaml !== null) expect(withoutHeading(converted.yaml ?? "")).toBe(each.yaml);
  expectOutcomes(converted, each.requests);
}

async function runFixture(format: string, folder: string): Promise<void> {
  const files = await readFolder(join(FIXTURES, folder));
  const inputs = Object.keys(files).filter((file) => !file.includes("/") && !EXPECTED.includes(file));
  const converted = await convertInMemory(format, files, inputs);
  noteCodes(converted);
  expect(renderDiagnostics(converted.findings)).toBe(files["notes.txt"]!);
  expect(converted.yaml).toBe(files["portward.yaml"]!);
  expectOutcomes(converted, readOutcomes(files["requests.txt"]!));
}

function expectOutcomes(converted: Converted, requests: readonly ExpectedOutcome[]): void {
  if (requests.length === 0) return;
  const outcomeOf = outcomesOf(loadConverted(converted));
  const found = requests.map(({ request }) => ({ request, outcome: outcomeOf(request) }));
  expect(found).toEqual([...requests]);
}

function noteCodes({ findings }: Converted): void {
  for (const { code } of findings) codes.add(code);
}

/** By path within the folder, in name order. */
async function readFolder(folder: string): Promise<Record<string, string>> {
  const names = [...new Glob("**/*").scanSync(folder)].sort();
  const texts = await Promise.all(names.map((name) => Bun.file(join(folder, name)).text()));
  return Object.fromEntries(names.map((name, index) => [name, texts[index]!]));
}

function withoutHeading(yaml: string): string {
  return yaml.slice(yaml.indexOf("\n") + 1);
}
