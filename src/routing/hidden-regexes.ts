/**
 * Finds regex routes that no request can reach: a prefix beats a regex of the same host, so one that takes
 * every path, and asks of a request no more than the regex route does, leaves nothing for it.
 */
import { type Candidate, inPlace } from "./candidate.ts";
import type { Conflicts } from "./conflicts.ts";
import { covers } from "./constraint-sets.ts";
import type { PathNode } from "./path-node.ts";
import type { RegexRoutes } from "./regex-routes.ts";
import type { RouteRule } from "./router.ts";

interface Host<T> {
  readonly root: PathNode<T>;
  readonly regexes: Iterable<RegexRoutes<T>>;
}

/** A rule is reported when it is hidden on each of its hosts. */
export function reportHiddenRegexes<T>(hosts: Iterable<Host<T>>, conflicts: Conflicts<T>): void {
  const hidden = new Map<RouteRule<T>, readonly [cover: Candidate<T>, hidden: Candidate<T>]>();
  const reachable = new Set<RouteRule<T>>();
  for (const { root, regexes } of hosts) {
    const catchAll = inPlace(root.below);
    for (const candidate of [...regexes].flatMap(({ place }) => inPlace(place))) {
      const cover = catchAll.find((other) => covers(other.constraints, candidate.constraints));
      if (cover === undefined) reachable.add(candidate.rule);
      else hidden.set(candidate.rule, [cover, candidate]);
    }
  }
  for (const [rule, [cover, candidate]] of hidden) {
    if (!reachable.has(rule)) conflicts.unreachable(cover, candidate);
  }
}
