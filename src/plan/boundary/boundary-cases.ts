/**
 * Requests made out of the configurations themselves: at the edges of every route of both, so that a change is found
 * that no log has an example of. What has changed comes first, because whoever asks may stop.
 */
import type { AskedRequest } from "../asked-request.ts";
import type { Samples } from "../samples.ts";
import type { Side } from "../side.ts";
import type { ConfigurationComparison } from "../structure/compare-configurations.ts";
import { claimedHostCases } from "./claimed-hosts.ts";
import { orderCases } from "./order-cases.ts";
import { RouteEdges } from "./route-edges.ts";
import { settingsCases } from "./settings-cases.ts";
import { telltaleCases } from "./telltales.ts";

/** Made one by one. The same request may come more than once. */
export function* boundaryCases(
  before: Side,
  after: Side,
  { routes, reordered, changes }: ConfigurationComparison,
  samples: Samples,
): Generator<AskedRequest> {
  const edges = [new RouteEdges(after, samples), new RouteEdges(before, samples)] as const;
  const { touched } = routes;
  yield* settingsCases(before, after, samples);
  yield* orderCases(reordered, after, samples);
  for (const label of touched.after) yield* edges[0].of(after.routes.get(label)!);
  for (const label of touched.before) yield* edges[1].of(before.routes.get(label)!);
  yield* telltaleCases(before, after, changes.routes, samples);
  yield* claimedHostCases(before, after, samples);
  for (const route of after.routes.values()) yield* edges[0].of(route);
  for (const route of before.routes.values()) yield* edges[1].of(route);
}
