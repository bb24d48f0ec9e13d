/**
 * A host that a configuration names for the first time takes all of its requests away from the routes without a host,
 * also those that no route of the host is for. So a new host, and one that is named no more, is asked for the paths
 * of every route of its listener.
 */
import type { HttpRouteModel } from "../../config/model.ts";
import type { AskedRequest } from "../asked-request.ts";
import type { Samples } from "../samples.ts";
import type { Side } from "../side.ts";
import type { Socket } from "../socket.ts";
import { hostsOf } from "../structure/route-key.ts";
import { metConditions } from "./condition-values.ts";
import { hostSample } from "./host-samples.ts";
import { pathEdges } from "./path-edges.ts";
import { methodOf, PlainRequest } from "./route-edges.ts";

export function* claimedHostCases(before: Side, after: Side, samples: Samples): Generator<AskedRequest> {
  for (const socket of after.sockets) {
    const [old, fresh] = [routesAt(socket, before), routesAt(socket, after)];
    const [oldHosts, freshHosts] = [hostsIn(old), hostsIn(fresh)];
    const claimed = [...oldHosts.symmetricDifference(freshHosts)];
    if (claimed.length === 0 || old.length === 0 || fresh.length === 0) continue;
    for (const route of [...old, ...fresh]) {
      const met = metConditions(route.match, samples);
      const path = pathEdges(route.match.path, samples)[0];
      if (met === null || path === undefined) continue;
      const plain = new PlainRequest(socket, hostSample(null), methodOf(route), path, met);
      for (const host of claimed) yield plain.with({ host: hostSample(host) });
    }
  }
}

function routesAt(socket: Socket, side: Side): HttpRouteModel[] {
  const name = side.listenerAt(socket)?.name;
  if (name === undefined) return [];
  return [...side.routes.values()].filter(
    (route): route is HttpRouteModel => route.kind === "http" && route.listeners.includes(name),
  );
}

function hostsIn(routes: readonly HttpRouteModel[]): Set<string | null> {
  return new Set(routes.flatMap(({ match }) => hostsOf(match)));
}
