/**
 * A configuration on its way to the workers: what is common to all of it, then its routes and upstreams in parts so
 * small that a worker has its clients wait for none of them. It is put into bytes once, however many it is sent to.
 */
import type { Configuration, HttpRouteModel, RouteModel, UpstreamModel } from "../config/model.ts";
import { CLONE, encodeFrame } from "./channel/frames.ts";

/** Begins another configuration; what has come of one before it, and was not asked for, is forgotten. */
export interface CommonPart {
  readonly type: "common";
  readonly common: Omit<Configuration, "routes" | "upstreams">;
}

export interface BulkPart {
  readonly type: "bulk";
  /** Again, because objects are the same only within one message: by that routes tell that they say nothing themselves. */
  readonly standard: Pick<HttpRouteModel, "limits" | "timeouts">;
  readonly routes: readonly RouteModel[];
  readonly upstreams: readonly UpstreamModel[];
}

export type ConfigurationPart = CommonPart | BulkPart;

export function* partsOf({ routes, upstreams, ...common }: Configuration): Generator<ConfigurationPart> {
  yield { type: "common", common };
  const { limits, timeouts } = common.settings;
  const count = Math.max(routes.length, upstreams.length);
  for (let from = 0; from < count; from += PART_ENTRIES) {
    const to = from + PART_ENTRIES;
    const standard = { limits, timeouts };
    yield { type: "bulk", standard, routes: routes.slice(from, to), upstreams: upstreams.slice(from, to) };
  }
}

/** As events of the control channel. */
export function framesOf(configuration: Configuration): readonly Buffer[] {
  return Array.from(partsOf(configuration), (value) => encodeFrame({ kind: "event", id: 0, value }, CLONE));
}

/** Puts the parts together as they come. */
export class GatheredConfiguration {
  #common: CommonPart["common"] | null = null;
  #routes: RouteModel[] = [];
  #upstreams: UpstreamModel[] = [];

  add(part: ConfigurationPart): void {
    if (part.type === "common") {
      this.#common = part.common;
      this.#routes = [];
      this.#upstreams = [];
      return;
    }
    for (const route of part.routes) this.#routes.push(this.#withStandard(route, part.standard));
    for (const upstream of part.upstreams) this.#upstreams.push(upstream);
  }

  /** What has come; it is not kept. */
  take(): Configuration {
    if (this.#common === null)
      throw new Error("the supervisor speaks of a configuration that it has not sent");
    const configuration = { ...this.#common, routes: this.#routes, upstreams: this.#upstreams };
    this.#common = null;
    this.#routes = [];
    this.#upstreams = [];
    return configuration;
  }

  #withStandard(route: RouteModel, standard: BulkPart["standard"]): RouteModel {
    if (route.kind !== "http") return route;
    const { limits, timeouts } = this.#common!.settings;
    return {
      ...route,
      limits: route.limits === standard.limits ? limits : route.limits,
      timeouts: route.timeouts === standard.timeouts ? timeouts : route.timeouts,
    };
  }
}

/** Some 200 kB, of which half a millisecond makes objects again. */
const PART_ENTRIES = 250;
