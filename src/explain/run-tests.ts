/**
 * Asks the `tests:` of a configuration. Each expectation that does not hold is an error at its own place; with the
 * first of a test come the steps that led to what was found.
 */
import { type Diagnostic, diagnose, type RelatedPlace, relatedAt } from "../config/diagnostics/diagnostic.ts";
import { quoted } from "../config/diagnostics/wording.ts";
import type { LoadedConfiguration } from "../config/load.ts";
import type { ConfiguredTest } from "../config/model.ts";
import { type Mismatch, mismatches } from "./expectations.ts";
import { Explainer } from "./explainer.ts";
import { renderSteps } from "./render-explanation.ts";
import type { StepName } from "./steps/step.ts";

/** Empty when every test holds. */
export function runTests(loaded: LoadedConfiguration): Diagnostic[] {
  const { provenance, tests } = loaded;
  if (tests.length === 0) return [];
  const explainer = new Explainer(loaded);
  const failures: Diagnostic[] = [];
  let failed = 0;
  for (const test of tests) {
    const decision = explainer.decide(test);
    const wrong = mismatches(test.expect, decision);
    if (wrong.length === 0) continue;
    const details = ++failed > EXPLAINED ? [] : storyOf(test, explainer);
    const route = decision.route === null ? null : provenance.route(decision.route).node;
    const related = route === null ? [] : [relatedAt(route, `${quoted(decision.route!)} takes the request`)];
    failures.push(...failuresOf(test, wrong, loaded, { details, related }));
  }
  return failures;
}

function failuresOf(
  test: ConfiguredTest,
  wrong: readonly Mismatch[],
  { provenance, secrets }: LoadedConfiguration,
  first: { readonly details: readonly string[]; readonly related: readonly RelatedPlace[] },
): Diagnostic[] {
  return wrong
    .map((mismatch) => ({ ...mismatch, place: provenance.test(test.label, "expect", ...mismatch.keys) }))
    .sort((a, b) => a.place.start - b.place.start)
    .map(({ expected, found, place }, index) => {
      const message = secrets.redact(`${titleOf(test)}: expected ${expected}, found ${found}`);
      return diagnose("test.failed", place, message, index === 0 ? first : {});
    });
}

function titleOf({ name, method, url }: ConfiguredTest): string {
  return name ?? `${method} ${url.text}`;
}

/** Timeouts and limits are left out: no test asks about them. */
function storyOf(test: ConfiguredTest, explainer: Explainer): string[] {
  const { steps } = explainer.explain(test);
  return renderSteps(steps.filter(({ step }) => !BOUNDS.has(step)));
}

const BOUNDS: ReadonlySet<StepName> = new Set(["timeout", "limit", "retry"]);
/** Nobody reads more stories than that, and each takes as long as a hundred tests. */
const EXPLAINED = 20;
