/**
 * A pattern that has been rewritten: requests that only the old one takes, and only the new one. The nearest
 * examples of each alone may well be taken by both.
 */
import type { HttpRouteModel } from "../../config/model.ts";
import type { RouteMatch, ValueMatch } from "../../routing/route-match.ts";
import type { AskedRequest } from "../asked-request.ts";
import { type Samples, textOf } from "../samples.ts";
import type { Side } from "../side.ts";
import type { ItemChange } from "../structure/change.ts";
import { hostsOf } from "../structure/route-key.ts";
import { type Conditions, metConditions } from "./condition-values.ts";
import { hostSample } from "./host-samples.ts";
import { pathEdges } from "./path-edges.ts";
import { methodOf, PlainRequest } from "./route-edges.ts";

export function* telltaleCases(
  before: Side,
  after: Side,
  changes: readonly ItemChange[],
  samples: Samples,
): Generator<AskedRequest> {
  for (const change of changes) {
    if (change.kind !== "changed") continue;
    const was = before.routes.get(change.before.name);
    const is = after.routes.get(change.after.name);
    if (was?.kind !== "http" || is?.kind !== "http") continue;
    yield* ofPair(was, is, before, samples);
    yield* ofPair(is, was, after, samples);
  }
}

/** What `route` takes and `other` does not. */
function* ofPair(
  route: HttpRouteModel,
  other: HttpRouteModel,
  side: Side,
  samples: Samples,
): Generator<AskedRequest> {
  const met = metConditions(route.match, samples);
  const path = pathEdges(route.match.path, samples)[0];
  const socket = side.socketNamed(route.listeners[0]!)!;
  if (met === null || path === undefined) return;
  const plain = new PlainRequest(socket, hostSample(hostsOf(route.match)[0]!), methodOf(route), path, met);
  const only = pathOfOne(route.match, other.match, samples);
  if (only !== null) yield plain.with({ path: only });
  for (const conditions of valuesOfOne(route.match, other.match, met, samples))
    yield plain.with({ conditions });
}

function pathOfOne({ path }: RouteMatch, { path: other }: RouteMatch, samples: Samples): string | null {
  if (path.kind !== "regex" || other.kind !== "regex" || path.source === other.source) return null;
  return textOf(samples.path([path.source], [other.source]));
}

function* valuesOfOne(
  one: RouteMatch,
  other: RouteMatch,
  met: Conditions,
  samples: Samples,
): Generator<Conditions> {
  for (const group of ["headers", "query"] as const) {
    for (const { name, value } of one[group]) {
      const theirs = other[group].find((each) => each.name === name)?.value;
      const text = valueOfOne(value, theirs, samples);
      if (text === null) continue;
      yield { ...met, [group]: met[group].map((pair) => (pair[0] === name ? [name, text] : pair)) };
    }
  }
}

function valueOfOne(
  own: ValueMatch["value"],
  theirs: ValueMatch["value"] | undefined,
  samples: Samples,
): string | null {
  if (own.kind !== "regex" || theirs?.kind !== "regex" || own.source === theirs.source) return null;
  return textOf(samples.value([own.source], [theirs.source]));
}
