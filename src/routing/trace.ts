/**
 * How `explain` looks over the matcher's shoulder. With a recorder the search does not stop at the first hit:
 * the hit is kept, and the walk goes on to name the rules that would have come next. It is the same walk,
 * so that what is explained is what is served.
 */
import type { RouteFailure, RouteHit, RouteStep } from "./router.ts";

export class TraceRecorder<T> {
  /** What the router answers: the first rule that fits. */
  hit: RouteHit<T> | null = null;
  readonly #steps: RouteStep[];

  constructor(steps: RouteStep[]) {
    this.#steps = steps;
  }

  failed(label: string, outcome: RouteFailure): void {
    this.#steps.push({ type: "route", label, outcome });
  }

  fits(label: string, hit: RouteHit<T>): void {
    this.#steps.push({ type: "route", label, outcome: this.hit === null ? TAKEN : LESS_SPECIFIC });
    this.hit ??= hit;
  }
}

const TAKEN = { kind: "taken" } as const;
const LESS_SPECIFIC = { kind: "lessSpecific" } as const;
