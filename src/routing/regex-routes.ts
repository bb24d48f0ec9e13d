/**
 * The regex paths of one host. They are tried in the order of their definition, when no exact path and no
 * prefix fits; unlike those they cost one run each. Rules with the same pattern share the run.
 */
import { type Candidate, type Captured, firstHit, inPlace } from "./candidate.ts";
import type { LinearRegex, RegexMatch } from "./regex.ts";
import type { RoutedRequest, RouteFailure, RouteHit } from "./router.ts";
import type { TraceRecorder } from "./trace.ts";

export interface RegexRoutes<T> {
  readonly regex: LinearRegex;
  readonly failure: RouteFailure;
  place: Candidate<T>;
}

export function findRegex<T>(
  routes: readonly RegexRoutes<T>[],
  request: RoutedRequest,
  recorder: TraceRecorder<T> | null,
): RouteHit<T> | null {
  for (const { regex, failure, place } of routes) {
    // Most fail here, at a quarter of the cost of a match with groups.
    const match = regex.test(request.path) ? regex.match(request.path) : null;
    if (match !== null) {
      const captured = new RegexCaptured(request.path, regex.groupNames, match);
      const hit = firstHit(place, request, captured, recorder);
      if (hit !== null) return hit;
    } else if (recorder !== null) {
      for (const { label } of inPlace(place)) recorder.failed(label, failure);
    }
  }
  return null;
}

class RegexCaptured implements Captured {
  readonly path: string;
  readonly #names: readonly string[];
  readonly #match: RegexMatch;

  constructor(path: string, names: readonly string[], match: RegexMatch) {
    this.path = path;
    this.#names = names;
    this.#match = match;
  }

  /** Up to the end of the match; a slash that ends it is left to what follows, as it is for prefixes. */
  get matchedLength(): number {
    const { end } = this.#match;
    return end > 0 && this.path[end - 1] === "/" ? end - 1 : end;
  }

  capture(index: number): string {
    return this.#match.group(this.#names[index]!);
  }
}
