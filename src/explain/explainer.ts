/** A decision in words: what happens to a request, step by step, each with the place that decided it. */
import type { Configuration, RouteModel } from "../config/model.ts";
import type { Provenance } from "../config/provenance.ts";
import type { RouteStep } from "../routing/router.ts";
import { Decider } from "./decider.ts";
import type { Decision } from "./decision.ts";
import type { ExplainedRequest } from "./request.ts";
import { answeredStep, captureSteps, refusedStep, rewriteSteps } from "./steps/action-steps.ts";
import { boundsSteps, retrySteps } from "./steps/bounds-steps.ts";
import { clientStep, listenerStep } from "./steps/listener-steps.ts";
import { pathSteps, receivedStep } from "./steps/request-steps.ts";
import { routingSteps } from "./steps/routing-steps.ts";
import { sentSteps } from "./steps/sent-steps.ts";
import { type Matter, type Step, step } from "./steps/step.ts";
import { upstreamSteps } from "./steps/upstream-steps.ts";

export interface Explanation {
  readonly decision: Decision;
  readonly steps: readonly Step[];
}

export class Explainer {
  readonly #decider: Decider;
  readonly #provenance: Provenance;
  readonly #routes: ReadonlyMap<string, RouteModel>;

  constructor(configuration: Configuration, provenance: Provenance) {
    this.#decider = new Decider(configuration);
    this.#provenance = provenance;
    this.#routes = new Map(configuration.routes.map((route) => [route.label, route]));
  }

  /** The decision alone, which is a hundred times cheaper. */
  decide(request: ExplainedRequest): Decision {
    return this.#decider.decide(request);
  }

  explain(request: ExplainedRequest): Explanation {
    const trace: RouteStep[] = [];
    const decision = this.#decider.decide(request, trace);
    const { configuration } = this.#decider;
    const matter = { decision, trace, configuration, provenance: this.#provenance, routes: this.#routes };
    return { decision, steps: stepsOf(matter) };
  }
}

function stepsOf(matter: Matter): Step[] {
  const { decision } = matter;
  if (decision.listener === null) return [listenerStep(matter)];
  if (decision.http === null) return [listenerStep(matter), ...tunnelSteps(matter)];
  return [
    listenerStep(matter),
    clientStep(matter),
    receivedStep(matter),
    ...(wasRead(matter) ? [...pathSteps(matter), ...routingSteps(matter), ...captureSteps(matter)] : []),
    ...outcomeSteps(matter),
    ...boundsSteps(matter),
    ...retrySteps(matter),
  ];
}

/** Whether the request got as far as routing, which leaves a trace of at least the hosts it looked at. */
function wasRead({ decision, trace }: Matter): boolean {
  const { outcome } = decision;
  return trace.length > 0 || outcome.kind !== "refused" || outcome.error.code === "route.not_found";
}

function outcomeSteps(matter: Matter): Step[] {
  const { outcome } = matter.decision;
  switch (outcome.kind) {
    case "refused":
      return [...rewriteSteps(matter), ...unservedSteps(matter), refusedStep(outcome, matter)];
    case "answered":
      return [answeredStep(outcome, matter)];
    case "forwarded":
      return [
        ...rewriteSteps(matter),
        ...sentSteps(outcome, matter),
        ...upstreamSteps(outcome.upstream.name, matter),
      ];
    default:
      return [];
  }
}

/** The upstream whose targets are all drained. */
function unservedSteps(matter: Matter): Step[] {
  const { outcome, http } = matter.decision;
  const action = http?.hit?.value.action;
  const isUnserved = outcome.kind === "refused" && outcome.error.code === "upstream.no_target";
  return isUnserved && action?.kind === "proxy" ? upstreamSteps(action.upstream.name, matter) : [];
}

function tunnelSteps(matter: Matter): Step[] {
  const { decision, provenance } = matter;
  const { route, outcome } = decision;
  const upstream = outcome.kind === "tunnelled" ? upstreamSteps(outcome.upstream, matter) : [];
  const taken = step("route", `${route} is taken: a tunnel of bytes, whatever the request`, {
    source: provenance.route(route!),
    facts: { route, outcome: "taken" },
  });
  return [taken, ...upstream, ...boundsSteps(matter)];
}
