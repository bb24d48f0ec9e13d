/** Other upstreams of a route: which of them take a share of its requests, and which get copies. */

import { keyText } from "../../config/values/balance-text.ts";
import { formatShare } from "../../config/values/share.ts";
import { type Matter, type Step, step } from "./step.ts";

/** Nothing without any. */
export function shareSteps({ decision, routes, provenance }: Matter): Step[] {
  const route = routes.get(decision.route!)!;
  if (route.kind !== "http") return [];
  const { label, split, mirrors } = route;
  const parts = split === null ? [] : split.parts;
  return [
    ...parts.map(({ upstream, share }) =>
      step(
        "upstream",
        `${formatShare(share)} of the requests go to ${upstream}, ${split!.by === null ? "drawn for each" : `by ${keyText(split!.by)}`}`,
        {
          source: provenance.route(label, "split", "to", upstream),
          facts: { upstream, share },
        },
      ),
    ),
    ...mirrors.map(({ upstream, share }) =>
      step(
        "upstream",
        `${share === 1 ? "a copy goes" : `copies of ${formatShare(share)} go`} to ${upstream}, its answer is thrown away`,
        {
          source: provenance.route(label, "mirror"),
          facts: { upstream, mirrored_share: share },
        },
      ),
    ),
  ];
}
