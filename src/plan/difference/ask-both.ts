/**
 * Puts requests to both configurations and gathers those that would be answered differently: by kind of difference
 * and pair of routes, with a count and one example. However many requests come, memory is bounded by the number of
 * groups; what would be one more group is counted with others of its kind.
 */

import type { Decision } from "../../explain/decision.ts";
import type { AskedRequest } from "../asked-request.ts";
import type { Side } from "../side.ts";
import type { RouteComparison } from "../structure/routes.ts";
import { DecisionComparer } from "./compare-decisions.ts";
import { type Difference, GRAVITY } from "./difference.ts";

/** Where requests come from. */
export type Origin = "traffic" | "boundary";

export type Counts = { [origin in Origin]: number };

export interface DifferenceGroup {
  /** The gravest first; at least one. */
  readonly differences: readonly Difference[];
  /** Labels. Null for none, or, if `isMixed`, for several. */
  readonly before: string | null;
  readonly after: string | null;
  /** Requests of many more pairs of routes, which have no group of their own. */
  readonly isMixed: boolean;
  readonly counts: Readonly<Counts>;
  readonly example: AskedRequest;
}

export class BothSides {
  readonly asked: Counts = { traffic: 0, boundary: 0 };
  readonly different: Counts = { traffic: 0, boundary: 0 };
  readonly #before: Side;
  readonly #after: Side;
  readonly #comparer: DecisionComparer;
  readonly #groups = new Map<string, OpenGroup>();
  /** Groups of one set of differences. */
  readonly #sizes = new Map<string, number>();

  constructor(before: Side, after: Side, routes: RouteComparison) {
    this.#before = before;
    this.#after = after;
    this.#comparer = new DecisionComparer(before, after, routes);
  }

  ask(request: AskedRequest, origin: Origin): void {
    const before = decisionOf(this.#before, request);
    const after = decisionOf(this.#after, request);
    this.asked[origin]++;
    const differences = this.#comparer.differences(before, after);
    if (differences.length === 0) return;
    this.different[origin]++;
    this.#groupOf(differences, before.route, after.route, request, origin).counts[origin]++;
  }

  /** The gravest kind first, then the most frequent in what was really asked. */
  groups(): DifferenceGroup[] {
    return [...this.#groups.values()].sort(
      (a, b) =>
        GRAVITY.indexOf(a.differences[0]!) - GRAVITY.indexOf(b.differences[0]!) ||
        Number(a.isMixed) - Number(b.isMixed) ||
        b.counts.traffic - a.counts.traffic ||
        b.counts.boundary - a.counts.boundary,
    );
  }

  #groupOf(
    differences: readonly Difference[],
    before: string | null,
    after: string | null,
    example: AskedRequest,
    origin: Origin,
  ): OpenGroup {
    const kind = differences.join();
    const own = this.#groups.get(`${kind}\n${before}\n${after}`);
    if (own === undefined) return this.#newGroup(kind, { differences, before, after }, example);
    // A request that somebody made says more than one that could be made.
    if (origin === "traffic" && own.counts.traffic === 0) own.example = detached(example);
    return own;
  }

  #newGroup(kind: string, about: About, example: AskedRequest): OpenGroup {
    const size = this.#sizes.get(kind) ?? 0;
    const isMixed = size >= GROUPS_OF_A_KIND;
    const key = isMixed ? kind : `${kind}\n${about.before}\n${about.after}`;
    const known = this.#groups.get(key);
    if (known !== undefined) return known;
    if (!isMixed) this.#sizes.set(kind, size + 1);
    const routes = isMixed ? { before: null, after: null } : {};
    const counts = { traffic: 0, boundary: 0 };
    const group = { ...about, ...routes, isMixed, counts, example: detached(example) };
    this.#groups.set(key, group);
    return group;
  }
}

type About = Pick<DifferenceGroup, "differences" | "before" | "after">;

interface OpenGroup extends DifferenceGroup {
  readonly counts: Counts;
  example: AskedRequest;
}

export function decisionOf(side: Side, request: AskedRequest): Decision {
  const listener = side.listenerAt(request.socket);
  if (listener !== null) return side.explainer.decideAt(listener, request);
  return { request, listener: null, http: null, route: null, outcome: { kind: "unheard" } };
}

/** Texts out of a log are parts of a larger text, which must not be kept for their sake. */
function detached({ socket, ...rest }: AskedRequest): AskedRequest {
  return { socket, ...structuredClone(rest) };
}

/** More than anybody reads; a change of the settings can reach ten thousand routes. */
const GROUPS_OF_A_KIND = 50;
