/**
 * Finds regex routes that no request can reach: a prefix beats a regex of the same host, so one that takes
 * every path, and asks of a request no more than the regex route does, leaves nothing for it.
 */
import { type Candidate, inPlace } from "./candidate.ts";
import type { Conflicts } from "./conflicts.ts";
import { covers } from "./constraint-sets.ts";
import type { PathNode } from "./path-node.ts";
import type { RegexRoutes } from "./regex-routes.ts";

interface Host<T> {
  readonly root: PathNode<T>;
  readonly regexes: Iterable<RegexRoutes<T>>;
}

/** A rule is reported when it is hidden on each of its hosts. */
export function reportHiddenRegexes<T>(hosts: Iterable<Host<T>>, conflicts: Conflicts<T>): void {
  // By position: a rule has a candidate for each of its hosts.
  const hidden = new Map<number, readonly [cover: Candidate<T>, hidden: Candidate<T>]>();
  const reachable = new Set<number>();
  for (const { root, regexes } of hosts) {
    const catchAll = inPlace(root.below);
    for (const candidate of [...regexes].flatMap(({ place }) => inPlace(place))) {
      const cover = catchAll.find((other) => covers(other.constraints, candidate.constraints));
      if (cover === undefined) reachable.add(candidate.order);
      else hidden.set(candidate.order, [cover, candidate]);
    }
  }
  for (const [order, [cover, candidate]] of hidden) {
    if (!reachable.has(order)) conflicts.unreachable(cover, candidate);
  }
}
