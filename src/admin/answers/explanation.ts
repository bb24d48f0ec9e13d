/** What would happen to a request, as text and as data, with the targets as they are now. */
import type { Explanation } from "../../explain/explainer.ts";
import { explanationAsData } from "../../explain/explanation-data.ts";
import { type LiveTargets, liveTargets } from "../../explain/live.ts";
import { renderExplanation } from "../../explain/render-explanation.ts";
import type { ExplanationView, SnapshotView, TargetView } from "../views.ts";

export function explanationView(explanation: Explanation): ExplanationView {
  return {
    text: renderExplanation(explanation),
    explanation: explanationAsData(explanation) as ExplanationView["explanation"],
  };
}

export function liveTargetsOf({ upstreams }: SnapshotView): LiveTargets {
  return liveTargets(
    upstreams.flatMap(({ name, targets }) =>
      targets.map((target) => ({ ...target, upstream: name, takesRequests: takesRequests(target) })),
    ),
  );
}

/** A name without an address is asked for all the same, and the next target then. */
function takesRequests({ state, panic }: TargetView): boolean {
  return panic || state === "up" || state === "unresolved";
}
