/** Every configuration that the documentation shows loads, and what its `tests:` say holds. */
import { expect, test } from "bun:test";
import { Glob } from "bun";
import { renderDiagnostics } from "../../src/config/diagnostics/render.ts";
import { loadTested } from "../../src/explain/load-tested.ts";
import { memoryFiles } from "../config/memory-files.ts";
import { completeExcerpt, environmentOf, filesOf } from "./complete-excerpt.ts";

const ROOT = `${import.meta.dir}/../..`;
/** Those of docs/configuration.md have a test of their own, which is stricter: each is whole. */
const pages = ["*.md", "docs/*.md"]
  .flatMap((glob) => [...new Glob(glob).scanSync(ROOT)])
  .filter((page) => page !== "docs/configuration.md")
  .sort();
let count = 0;

for (const page of pages) {
  const text = await Bun.file(`${ROOT}/${page}`).text();
  let before: string | null = null;
  for (const found of text.matchAll(/^( *)```yaml\n([\s\S]*?)^ *```/gm)) {
    const [, indent = "", block = ""] = found;
    const example = block.replaceAll(new RegExp(`^${indent}`, "gm"), "");
    // Configurations of others are shown, too.
    if (/^\w+:.*# of (?!\w*portward)/.test(example)) continue;
    const line = text.slice(0, found.index).split("\n").length;
    const whole = completeExcerpt(example, before);
    before = example;
    count++;
    test(`${page}:${line}`, async () => {
      const files = memoryFiles({ "example.yaml": whole, ...filesOf(whole) }, environmentOf(whole));
      const loaded = await loadTested(["example.yaml"], files);
      expect(loaded.ok ? "" : `${renderDiagnostics(loaded.error)}\n${whole}`).toBe("");
    });
  }
}

test("there are examples, in most pages", () => {
  expect(count).toBeGreaterThan(30);
});
