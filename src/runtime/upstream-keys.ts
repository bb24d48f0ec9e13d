/**
 * What an upstream is recognised by from one configuration to the next. A named one is its name. A route's inline
 * targets have no name of their own but the route's label, and that is a position: a route put in front moves all
 * that follow. So they are known by what their route listens to and matches, which no two routes share.
 */
import type { Steps } from "../base/steps.ts";
import type { Configuration, ListenerModel, RouteModel, UpstreamModel } from "../config/model.ts";
import { formatAddress } from "../config/values/listen-address.ts";
import { targetName } from "../upstream/target.ts";

export interface UpstreamKey {
  readonly identity: string;
  readonly name: string;
  readonly targets: string;
}

/** What keys are made of, beside the upstream itself. */
export interface KeySurroundings {
  /** What listeners are recognised by, by their names. */
  readonly places: ReadonlyMap<string, string>;
  /** The routes that have targets of their own, by their labels. */
  readonly owners: ReadonlyMap<string, RouteModel>;
}

export function keySurroundings({ listeners, routes }: Configuration): KeySurroundings {
  const places = new Map(listeners.map((listener) => [listener.name, listenerKey(listener)]));
  const owners = new Map<string, RouteModel>();
  for (const route of routes) if (upstreamOf(route) === route.label) owners.set(route.label, route);
  return { places, owners };
}

/** In the order of the upstreams. */
export function* upstreamKeys(
  upstreams: readonly UpstreamModel[],
  { places, owners }: KeySurroundings,
): Steps<UpstreamKey[]> {
  const keys: UpstreamKey[] = [];
  for (const upstream of upstreams) {
    keys.push(keyOf(upstream, owners.get(upstream.name), places));
    yield;
  }
  return keys;
}

/**
 * What a listener is recognised by: its address. Port 0 is a new port every time, and then the name tells which
 * is which.
 */
export function listenerKey({ address, name }: ListenerModel): string {
  const text = formatAddress(address);
  return address.kind === "tcp" && address.port === 0 ? `${text} ${name}` : text;
}

function keyOf(
  { name, targets }: UpstreamModel,
  owner: RouteModel | undefined,
  places: ReadonlyMap<string, string>,
): UpstreamKey {
  return {
    identity: owner === undefined ? name : routeKey(owner, places),
    name,
    targets: targets.map(({ address }) => targetName(address)).join(),
  };
}

function routeKey(route: RouteModel, places: ReadonlyMap<string, string>): string {
  const match = route.kind === "http" ? route.match : route.kind === "tls" ? [route.hosts, route.alpn] : null;
  return JSON.stringify([route.kind, route.listeners.map((name) => places.get(name)), match]);
}

function upstreamOf(route: RouteModel): string | null {
  if (route.kind !== "http") return route.upstream;
  return route.action.kind === "proxy" ? route.action.upstream : null;
}
