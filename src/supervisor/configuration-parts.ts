/**
 * A configuration on its way to the workers: what is common to all of it, then its routes and upstreams in parts so
 * small that a worker has its clients wait for none of them. A worker keeps the parts of the configuration that it was
 * told of last, so of the next one it needs only those that are new; and the routes in the others are the same objects
 * to it as before.
 */
import type { Configuration, HttpRouteModel, RouteModel, UpstreamModel } from "../config/model.ts";

/** Begins another configuration; what has come of one before it, and was not asked for, is forgotten. */
export interface CommonPart {
  readonly type: "common";
  readonly common: Omit<Configuration, "routes" | "upstreams">;
  /** All that it consists of, in order. Those that the worker has not follow. */
  readonly parts: readonly number[];
}

export interface RoutesPart {
  readonly type: "routes";
  readonly id: number;
  /** Again, because objects are the same only within one message: by that routes tell that they say nothing themselves. */
  readonly standard: Standard;
  readonly routes: readonly RouteModel[];
}

export interface UpstreamsPart {
  readonly type: "upstreams";
  readonly id: number;
  readonly upstreams: readonly UpstreamModel[];
}

export type ConfigurationPart = CommonPart | RoutesPart | UpstreamsPart;

export function isConfigurationPart(event: { readonly type: string }): event is ConfigurationPart {
  return event.type === "common" || event.type === "routes" || event.type === "upstreams";
}

export type Standard = Pick<HttpRouteModel, "limits" | "timeouts">;

/** Puts the parts together as they come. */
export class GatheredConfiguration {
  #common: CommonPart | null = null;
  /** The same objects for as long as they say the same. */
  #standard: Standard | null = null;
  #held = new Map<number, RoutesPart | UpstreamsPart>();

  add(part: ConfigurationPart): void {
    if (part.type === "common") this.#begin(part);
    else if (part.type === "upstreams") this.#held.set(part.id, part);
    else this.#held.set(part.id, withStandard(part, this.#standard!));
  }

  /** What has come; its parts are kept for the next one. */
  take(): Configuration {
    if (this.#common === null) throw new Error(UNSENT);
    const { common, parts } = this.#common;
    this.#common = null;
    const routes: RouteModel[] = [];
    const upstreams: UpstreamModel[] = [];
    for (const id of parts) {
      const part = this.#held.get(id);
      if (part === undefined) throw new Error(UNSENT);
      if (part.type === "routes") for (const route of part.routes) routes.push(route);
      else for (const upstream of part.upstreams) upstreams.push(upstream);
    }
    return { ...common, routes, upstreams };
  }

  #begin(part: CommonPart): void {
    const { settings } = part.common;
    const { limits, timeouts } = settings;
    if (!Bun.deepEquals(this.#standard, { limits, timeouts }, true)) this.#standard = { limits, timeouts };
    this.#common = { ...part, common: { ...part.common, settings: { ...settings, ...this.#standard } } };
    const wanted = new Set(part.parts);
    for (const id of this.#held.keys()) if (!wanted.has(id)) this.#held.delete(id);
  }
}

function withStandard(part: RoutesPart, standard: Standard): RoutesPart {
  const routes = part.routes.map((route) => {
    if (route.kind !== "http") return route;
    const limits = route.limits === part.standard.limits ? standard.limits : route.limits;
    const timeouts = route.timeouts === part.standard.timeouts ? standard.timeouts : route.timeouts;
    return { ...route, limits, timeouts };
  });
  return { ...part, routes };
}

const UNSENT = "the supervisor speaks of a configuration that it has not sent";
