/** What a route does with its requests, in a form that is equal when nobody could see a difference. */
import type { HttpAction, HttpRouteModel, RouteModel, TunnelRouteModel } from "../../config/model.ts";
import type { Rewrite } from "../../routing/route-match.ts";
import { canonicalJson } from "./aspects.ts";
import { takesRemainder, withoutNames } from "./route-key.ts";

/** Without the upstream, and without timeouts and limits, which may come from elsewhere. */
export function ownActionKey(route: RouteModel): string {
  return canonicalJson([route.kind === "http" ? httpKey(route) : tunnelKey(route), restOf(route)]);
}

/** The name of the upstream that requests go to; null when the proxy answers. */
export function upstreamOf(route: RouteModel): string | null {
  if (route.kind !== "http") return route.upstream;
  return route.action.kind === "proxy" ? route.action.upstream : null;
}

/** Fields of one name keep their order; of different names it means nothing. */
export function sortedFields({ headers }: Extract<HttpAction, { kind: "respond" }>) {
  return [...headers].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

/** Null for none. */
export function rewriteKey(rewrite: Rewrite | null, route: HttpRouteModel): string | null {
  if (rewrite === null) return null;
  if (rewrite.kind === "regex") return JSON.stringify(rewrite);
  const replacesAll = rewrite.kind === "prefix" && takesRemainder(route.match);
  return JSON.stringify([rewrite.kind, replacesAll, withoutNames(rewrite.to, route)]);
}

function httpKey(route: HttpRouteModel): unknown {
  const { action } = route;
  switch (action.kind) {
    case "proxy": {
      const { upstream: _upstream, rewrite, ...rest } = action;
      return [rest, rewriteKey(rewrite, route)];
    }
    case "redirect":
      return { ...action, to: withoutNames(action.to, route) };
    case "respond":
      return { ...action, headers: sortedFields(action) };
  }
}

function tunnelKey({ kind, reconnect, proxyProtocol }: TunnelRouteModel): unknown {
  return [kind, reconnect, proxyProtocol];
}

/** What the model has beyond the keys that this program compares one by one. */
function restOf(route: RouteModel): unknown {
  return Object.entries(route)
    .filter(([key]) => !ROUTE_KEYS.has(key))
    .sort();
}

export const ROUTE_KEYS: ReadonlySet<string> = new Set([
  "kind",
  "label",
  "listeners",
  "origin",
  "match",
  "action",
  "limits",
  "timeouts",
  "upstream",
  "reconnect",
  "hosts",
]);
