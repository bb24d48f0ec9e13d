/** docs/plan.md shows what the program says, to the last character, and lists all kinds of difference. */
import { expect, test } from "bun:test";
import { DIFFERENCES } from "../../src/plan/difference/difference.ts";
import { renderPlan } from "../../src/plan/report/render-plan.ts";
import { loaded, tryPlan } from "./plan-of.ts";

const FILE = Bun.file(`${import.meta.dir}/../../docs/plan.md`);
const text = await FILE.text();
const { PORTWARD_WRITE_CASES: writes } = process.env;

test("the plan is the one of the example", async () => {
  const [old, fresh] = blocks("yaml");
  const made = await tryPlan(loaded(old!, "old.yaml"), loaded(fresh!, "new.yaml"), {
    text: blocks("json")[0]!,
  });
  if (!made.ok) throw new Error(made.error);
  const [shown] = blocks("text");
  const [command] = shown!.split("\n", 1);
  const expected = `${command}\n${renderPlan(made.value)}`;
  if (writes === "1") await FILE.write(text.replace(shown!, () => expected));
  else expect(shown!).toBe(expected);
});

test("all kinds of difference are listed, in their order", () => {
  const table = text.slice(text.indexOf("## Kinds of difference"), text.indexOf("## As data"));
  const rows = [...table.matchAll(/^\| `(\w+)` \| (.*) \|$/gm)].map(([, kind, says]) => [kind!, says!]);
  expect(rows).toEqual(Object.entries(DIFFERENCES).map(([kind, says]) => [kind, says]));
});

function blocks(language: string): string[] {
  return [...text.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, "g"))].map(
    ([, block]) => block!,
  );
}
