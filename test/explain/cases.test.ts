/**
 * Runs every `cases/*.case.txt`: a configuration, requests, and what `explain` says of each. After a change of
 * wording, `PORTWARD_WRITE_CASES=1` writes them anew; what changed is then for the reader of the diff to judge.
 */
import { describe, expect, test } from "bun:test";
import { Glob } from "bun";
import { renderDiagnostics } from "../../src/config/diagnostics/render.ts";
import { parseConfiguration } from "../../src/config/load.ts";
import { Explainer } from "../../src/explain/explainer.ts";
import { renderExplanation } from "../../src/explain/render-explanation.ts";
import { readExplainCase, requestOf, writeExplainCase } from "./explain-case.ts";

const FOLDER = `${import.meta.dir}/cases`;
const { PORTWARD_WRITE_CASES: writes } = process.env;
const HINT = "if the new wording is meant, PORTWARD_WRITE_CASES=1 writes the cases anew";

for (const name of [...new Glob("*.case.txt").scanSync(FOLDER)].sort()) {
  const file = Bun.file(`${FOLDER}/${name}`);
  const each = readExplainCase(await file.text());
  const explainer = explainerOf(each.file, each.text);
  const texts = each.asked.map((asked) => renderExplanation(explainer.explain(requestOf(asked))));
  if (writes === "1") await file.write(writeExplainCase(each, texts));

  describe(name, () => {
    for (const [index, { title, expected }] of each.asked.entries()) {
      test(title, () => expect(texts[index], HINT).toBe(writes === "1" ? texts[index]! : expected));
    }

    test("lines fit a terminal of 110 columns", () => {
      const tooLong = texts.flatMap((text) => text.split("\n")).filter((line) => line.length > 110);
      expect(tooLong).toEqual([]);
    });
  });
}

function explainerOf(file: string, text: string): Explainer {
  const loaded = parseConfiguration(file, text);
  if (!loaded.ok) throw new Error(renderDiagnostics(loaded.error));
  return new Explainer(loaded.value);
}
