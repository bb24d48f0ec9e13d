/**
 * A compiled rule where it hangs in an index, and the choice among those that hang in one place. All rules of
 * one place have the same host and path pattern; they are in order of precedence, so the first that fits wins.
 */
import { type Constraints, compareConstraints, firstFailure } from "./constraints.ts";
import type { RoutedRequest, RouteHit } from "./router.ts";
import type { TraceRecorder } from "./trace.ts";

/** What a match reads comes first, so that it lies in one cache line. */
export interface Candidate<T> {
  readonly constraints: Constraints | null;
  /** Made once when it does not depend on the request's path. */
  readonly hit: RouteHit<T> | null;
  /** The next in this place. A list, because an array would be two more look-ups in cold memory. */
  next: Candidate<T> | null;
  /** Names of the captures, in the order of the pattern. */
  readonly names: readonly string[];
  readonly value: T;
  /** The last capture is the remainder, so that the whole path is matched. */
  readonly rest: boolean;
  /** Position of the definition, from 0. */
  readonly order: number;
  readonly label: string;
}

/** What the pattern matched in the path at hand. */
export interface Captured {
  readonly path: string;
  readonly matchedLength: number;
  capture(index: number): string;
}

/** @param first of a place in order */
export function firstHit<T>(
  first: Candidate<T>,
  request: RoutedRequest,
  captured: Captured,
  recorder: TraceRecorder<T> | null,
): RouteHit<T> | null {
  for (let candidate: Candidate<T> | null = first; candidate !== null; candidate = candidate.next) {
    const failure = candidate.constraints === null ? null : firstFailure(candidate.constraints, request);
    if (failure === null) {
      const hit = candidate.hit ?? makeHit(candidate, captured);
      if (recorder === null) return hit;
      recorder.fits(candidate.label, hit);
    } else if (recorder !== null) recorder.failed(candidate.label, failure);
  }
  return null;
}

/** The place with one more rule. A rule may hang in several places, so it is copied. */
export function added<T>(place: Candidate<T> | null, candidate: Candidate<T>): Candidate<T> {
  return { ...candidate, next: place };
}

export function inPlace<T>(place: Candidate<T> | null): Candidate<T>[] {
  const candidates: Candidate<T>[] = [];
  for (let candidate = place; candidate !== null; candidate = candidate.next) candidates.push(candidate);
  return candidates;
}

/** The same rules in the order of `firstHit`: by precedence, then as defined. */
export function ordered<T>(place: Candidate<T>): Candidate<T> {
  const candidates = inPlace(place).sort(
    (a, b) => compareConstraints(a.constraints, b.constraints) || a.order - b.order,
  );
  for (const [index, candidate] of candidates.entries()) candidate.next = candidates[index + 1] ?? null;
  return candidates[0]!;
}

function makeHit<T>(candidate: Candidate<T>, captured: Captured): RouteHit<T> {
  const { names, value } = candidate;
  const matchedLength = candidate.rest ? captured.path.length : captured.matchedLength;
  if (names.length === 0) return { value, captures: null, matchedLength };
  // Without a prototype: a capture may be called `constructor`.
  const captures: Record<string, string> = Object.create(null);
  for (let index = 0; index < names.length; index++) captures[names[index]!] = captured.capture(index);
  return { value, captures, matchedLength };
}
