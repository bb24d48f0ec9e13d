/**
 * Has places made to count in for everything in a configuration, as compiling it asks for them. For the process that
 * gives places out and serves nobody itself; those that serve then find them.
 */
import type { Configuration, HttpRouteModel, ListenerModel } from "../config/model.ts";
import type { Meters } from "../observe/metrics/meters.ts";
import { targetName } from "../upstream/target.ts";

export function declareMeters({ listeners, routes, upstreams }: Configuration, meters: Meters): void {
  for (const { name, protocol, tls } of listeners) {
    meters.listener(name);
    if (limitsHandshakes(tls)) meters.handshakeRates(name);
    for (const { cert } of tls?.certificates ?? []) meters.certificate(name, cert);
    if (protocol === "http") meters.route(name, null, null);
  }
  for (const route of routes) {
    for (const listener of route.listeners) {
      if (route.kind !== "http") meters.tunnel(listener, route.label, route.upstream);
      else for (const upstream of upstreamsOf(route)) meters.route(listener, route.label, upstream);
    }
  }
  for (const { name, targets } of upstreams) {
    meters.upstream(name);
    for (const { address } of targets) meters.target(name, targetName(address));
  }
}

function limitsHandshakes(tls: ListenerModel["tls"]): boolean {
  return tls !== null && tls.handshakesPerSource !== Number.POSITIVE_INFINITY;
}

function upstreamsOf({ action, split }: HttpRouteModel): (string | null)[] {
  if (action.kind !== "proxy") return [null];
  return [action.upstream, ...(split?.parts ?? []).map(({ upstream }) => upstream)];
}
