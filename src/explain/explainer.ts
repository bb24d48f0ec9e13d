/** A decision in words: what happens to a request, step by step, each with the place that decided it. */
import type { LoadedConfiguration } from "../config/load.ts";
import type { ListenerModel, RouteModel } from "../config/model.ts";
import type { Secrets } from "../config/references/secrets.ts";
import type { RouteStep } from "../routing/router.ts";
import { Decider } from "./decider.ts";
import type { Decision } from "./decision.ts";
import { asOfNow, type LiveTargets } from "./live.ts";
import type { ExplainedRequest } from "./request.ts";
import { answeredStep, captureSteps, refusedStep, rewriteSteps } from "./steps/action-steps.ts";
import { boundsSteps, retrySteps } from "./steps/bounds-steps.ts";
import { filterSteps } from "./steps/filter-steps.ts";
import { clientStep, listenerStep } from "./steps/listener-steps.ts";
import { pathSteps, receivedStep } from "./steps/request-steps.ts";
import { routingSteps } from "./steps/routing-steps.ts";
import { sentSteps } from "./steps/sent-steps.ts";
import { shareSteps } from "./steps/share-steps.ts";
import { type Matter, redacted, type Step, step } from "./steps/step.ts";
import { upstreamSteps } from "./steps/upstream-steps.ts";

export interface Explanation {
  readonly decision: Decision;
  /** Without the secrets that the configuration holds. */
  readonly steps: readonly Step[];
  /** Whoever shows more of the decision than the steps lets these look over it. */
  readonly secrets: Secrets;
}

export class Explainer {
  readonly #loaded: Pick<LoadedConfiguration, "configuration" | "provenance" | "secrets">;
  readonly #decider: Decider;
  readonly #routes: ReadonlyMap<string, RouteModel>;
  readonly #live: LiveTargets | null;

  /** @param live how the targets are now, when an instance is asked */
  constructor(
    loaded: Pick<LoadedConfiguration, "configuration" | "provenance" | "secrets">,
    live: LiveTargets | null = null,
  ) {
    const configuration = live === null ? loaded.configuration : asOfNow(loaded.configuration, live);
    this.#loaded = { ...loaded, configuration };
    this.#live = live;
    this.#decider = new Decider(configuration);
    this.#routes = new Map(loaded.configuration.routes.map((route) => [route.label, route]));
  }

  /** The decision alone, which is a hundred times cheaper. */
  decide(request: ExplainedRequest): Decision {
    return this.#decider.decide(request);
  }

  explain(request: ExplainedRequest): Explanation {
    const trace: RouteStep[] = [];
    return this.#explained(this.#decider.decide(request, trace), trace);
  }

  /** As `decide`, for a connection that is known to come in at this listener. */
  decideAt(listener: ListenerModel, request: ExplainedRequest): Decision {
    return this.#decider.decideAt(listener, request);
  }

  /** As `explain`, likewise. */
  explainAt(listener: ListenerModel, request: ExplainedRequest): Explanation {
    const trace: RouteStep[] = [];
    return this.#explained(this.#decider.decideAt(listener, request, trace), trace);
  }

  #explained(decision: Decision, trace: readonly RouteStep[]): Explanation {
    const { configuration, provenance, secrets } = this.#loaded;
    const matter = { decision, trace, configuration, provenance, routes: this.#routes, live: this.#live };
    return { decision, steps: stepsOf(matter).map((each) => redacted(each, secrets)), secrets };
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
        ...filterSteps(matter),
        ...sentSteps(outcome, matter),
        ...upstreamSteps(outcome.upstream.name, matter),
        ...shareSteps(matter),
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
  if (route === null) return [step("route", "no tls route is for this name: refused with an alert")];
  const upstream = outcome.kind === "tunnelled" ? upstreamSteps(outcome.upstream, matter) : [];
  const taken = step("route", `${route} is taken: a tunnel of bytes, whatever the request`, {
    source: provenance.route(route!),
    facts: { route, outcome: "taken" },
  });
  return [taken, ...upstream, ...boundsSteps(matter)];
}
