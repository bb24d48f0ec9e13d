/** docs/explain.md shows what the program says, to the last character, and its examples hold. */
import { expect, test } from "bun:test";
import { renderDiagnostics } from "../../src/config/diagnostics/render.ts";
import { parseConfiguration } from "../../src/config/load.ts";
import { parseRequestUrl } from "../../src/config/values/request-url.ts";
import { Explainer } from "../../src/explain/explainer.ts";
import { renderExplanation } from "../../src/explain/render-explanation.ts";
import { runTests } from "../../src/explain/run-tests.ts";

const text = await Bun.file(`${import.meta.dir}/../../docs/explain.md`).text();
const yaml = [...text.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, example]) => example!);
const shown = [...text.matchAll(/```text\n([\s\S]*?)```/g)].map(([, output]) => output!);

/** The report of a failing test, which begins with its place. */
const report = shown.find((output) => output.startsWith("shop.yaml:"))!;

test("the explanation is the one of the example", () => {
  const [, url, output] = /^\$ portward explain --config shop.yaml '(.*)'\n([\s\S]*)$/.exec(shown[0]!)!;
  const parsed = parseRequestUrl(url!);
  if (!parsed.ok) throw new Error(parsed.error);
  const request = { method: "GET", url: parsed.value, headers: [], from: null };
  expect(renderExplanation(new Explainer(load(yaml[0]!)).explain(request))).toBe(output!);
});

test("the tests of the examples hold", () => {
  expect(yaml.length).toBe(2);
  for (const example of yaml) expect(renderDiagnostics(runTests(load(example)))).toBe("");
});

test("the report of a failing test is the one of the first example with another path", () => {
  const wrong = yaml[0]!.replace('path: "/users?page=2"', 'path: "/api/users?page=2"');
  expect(`${renderDiagnostics(runTests(load(wrong)))}1 error\n`).toBe(report);
});

function load(example: string) {
  const loaded = parseConfiguration("shop.yaml", example);
  if (!loaded.ok) throw new Error(renderDiagnostics(loaded.error));
  return loaded.value;
}
