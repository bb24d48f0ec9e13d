/**
 * Runs every `cases/*.case.txt`: two configurations and what `plan` says of them. After a change of wording,
 * `PORTWARD_WRITE_CASES=1` writes them anew; what changed is then for the reader of the diff to judge.
 */
import { describe, expect, test } from "bun:test";
import { Glob } from "bun";
import { planAsData } from "../../src/plan/report/plan-data.ts";
import { renderPlan } from "../../src/plan/report/render-plan.ts";
import { type PlanCase, readPlanCase, writePlanCase } from "./plan-case.ts";
import { loaded, tryPlan } from "./plan-of.ts";

const FOLDER = `${import.meta.dir}/cases`;
const { PORTWARD_WRITE_CASES: writes } = process.env;

for (const name of [...new Glob("*.case.txt").scanSync(FOLDER)].sort()) {
  const file = Bun.file(`${FOLDER}/${name}`);
  const each = readPlanCase(await file.text());
  const plan = await planIn(each);
  const text = renderPlan(plan);
  if (writes === "1") await file.write(writePlanCase(each, text));

  describe(name, () => {
    test("says what it should", () => expect(text).toBe(writes === "1" ? text : each.expected));

    test("as data it says whether anything would change", () => {
      const data = JSON.parse(JSON.stringify(planAsData(plan))) as { would_change: boolean };
      expect(data.would_change).toBe(!text.endsWith("\nNothing would change.\n"));
    });
  });
}

async function planIn({ old, fresh, traffic }: PlanCase) {
  const made = await tryPlan(
    loaded(old.text, old.name),
    loaded(fresh.text, fresh.name),
    traffic === null ? undefined : { ...traffic, pieceBytes: 100 },
  );
  if (!made.ok) throw new Error(made.error);
  return made.value;
}
