/** Runs every `*.case.yaml` beside this file: input, and the model or the findings that must come of it. */
import { describe, expect, test } from "bun:test";
import { Glob } from "bun";
import { DIAGNOSTIC_CODES } from "../../src/config/diagnostics/codes.ts";
import type { Diagnostic } from "../../src/config/diagnostics/diagnostic.ts";
import { renderDiagnostics, renderOrigin } from "../../src/config/diagnostics/render.ts";
import { type CaseFile, headOf, readCase } from "./case-file.ts";
import { findingsOf, loadCase } from "./load-case.ts";

const files = [...new Glob("*.case.yaml").scanSync(import.meta.dir)].sort();
const cases = await Promise.all(
  files.map(async (file) => ({ file, ...readCase(await Bun.file(`${import.meta.dir}/${file}`).text()) })),
);

describe("configuration cases", () => {
  for (const each of cases) test(each.file, () => runCase(each));

  test("cover every code", () => {
    const produced = new Set(
      cases.flatMap((each) => each.diagnostics.map(({ head }) => /\[(.*)\]/.exec(head)![1]!)),
    );
    const missing = Object.keys(DIAGNOSTIC_CODES).filter((code) => !produced.has(code));
    expect(missing).toEqual([]);
  });
});

async function runCase(each: CaseFile): Promise<void> {
  const { model, diagnostics } = each;
  const loaded = await loadCase(each);
  expectFindings(await findingsOf(each), diagnostics);
  expect(loaded.ok).toBe(model !== undefined);
  // `toMatchObject` takes what is left out on the right as "anything", and lists by length and order.
  if (loaded.ok) expect(loaded.value.configuration).toMatchObject(model as object);
}

function expectFindings(findings: readonly Diagnostic[], expected: CaseFile["diagnostics"]): void {
  const heads = expected.map(({ head }) => head);
  expect(findings.map(headOf), renderDiagnostics(findings)).toEqual(heads);
  for (const [index, finding] of findings.entries()) {
    const { text, notes } = expected[index]!;
    expect(`${finding.message}\n${finding.suggestion ?? ""}`).toContain(text);
    expect(finding.related.map(({ origin }) => renderOrigin(origin))).toEqual([...notes]);
  }
}
