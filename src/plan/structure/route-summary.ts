/** A route in a line: `:8080 shop.example prefix /api, GET -> api, path to /`. */
import type { RouteModel } from "../../config/model.ts";
import { matchText } from "../../explain/steps/match-words.ts";
import type { Side } from "../side.ts";
import { socketKeysOf } from "./route-key.ts";
import { targetsText } from "./upstreams.ts";

export function routeSummary(route: RouteModel, side: Side): string {
  const sockets = socketKeysOf(route, side).join(", ");
  if (route.kind !== "http") {
    const names = route.kind === "tls" && route.hosts.length > 0 ? ` ${route.hosts.join(", ")}` : "";
    return `${sockets}${names} ${route.kind} -> ${upstreamText(route.upstream, side)}`;
  }
  const { match, action } = route;
  const hosts = match.hosts.length === 0 ? "" : ` ${match.hosts.join(", ")}`;
  return `${sockets}${hosts} ${matchText(match)} -> ${actionText(action, side)}`;
}

function actionText(action: Extract<RouteModel, { kind: "http" }>["action"], side: Side): string {
  switch (action.kind) {
    case "proxy": {
      const where = upstreamText(action.upstream, side);
      return action.rewrite === null ? where : `${where}, rewritten to ${action.rewrite.to}`;
    }
    case "redirect":
      return `redirect ${action.status} to ${action.to}`;
    case "respond":
      return `respond ${action.status}`;
  }
}

function upstreamText(name: string, side: Side): string {
  return side.isInline(name) ? targetsText(side.upstreams.get(name)!) : name;
}
