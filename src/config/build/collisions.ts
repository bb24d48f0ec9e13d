/**
 * Routes of one listener that collide: the same twice, two that match a request equally well, one that never
 * gets any. Routing finds them while it compiles, with the code that serves; here they get their places.
 */
import { compileRoutes } from "../../routing/compile-routes.ts";
import type { RouteProblem, RouteProblemCode, Router } from "../../routing/router.ts";
import type { DiagnosticCode } from "../diagnostics/codes.ts";
import { type Diagnostic, diagnose, relatedAt } from "../diagnostics/diagnostic.ts";
import type { DiagnosticList } from "../diagnostics/diagnostic-list.ts";
import { quoted } from "../diagnostics/wording.ts";
import type { HttpRouteModel } from "../model.ts";
import { type ConfigNode, valueAt } from "../source/config-node.ts";
import { type RouteMemory, ruleOf } from "./route-memory.ts";
import { type BuiltRoute, isHttp } from "./routes.ts";

/** Gives the routers of the listeners whose routes get on with each other. */
export function reportCollisions(
  routes: readonly BuiltRoute[],
  found: DiagnosticList,
  memory: RouteMemory | null,
): ReadonlyMap<string, Router<HttpRouteModel>> {
  const nodes = new Map(routes.map(({ model, node }) => [model.label, node]));
  const routers = new Map<string, Router<HttpRouteModel>>();
  for (const [listener, gathered] of byListener(routes)) {
    const http = gathered.filter(isHttp).map(({ model }) => model);
    const rules = http.map((model) => memory?.ruleOf(model) ?? ruleOf(model));
    const compiled = compileRoutes(rules, memory?.parsed);
    if (compiled.ok) routers.set(listener, compiled.value);
    else for (const problem of compiled.error) found.add(collision(problem, nodes));
    const [first, ...more] = gathered.filter(({ model }) => model.kind === "tcp");
    for (const route of more) found.add(secondTcpRoute(listener, first!, route));
    reportTlsRoutes(listener, gathered, found);
  }
  return routers;
}

function byListener(routes: readonly BuiltRoute[]): Map<string, BuiltRoute[]> {
  const gathered = new Map<string, BuiltRoute[]>();
  for (const route of routes) {
    for (const listener of route.model.listeners) {
      const list = gathered.get(listener);
      if (list === undefined) gathered.set(listener, [route]);
      else list.push(route);
    }
  }
  return gathered;
}

function collision(problem: RouteProblem, nodes: ReadonlyMap<string, ConfigNode>): Diagnostic {
  const code = CODES[problem.code];
  const first = nodes.get(problem.first)!;
  if (problem.second === null) return diagnose(code, valueAt(first, "path") ?? first, problem.detail);
  const second = nodes.get(problem.second)!;
  const place = code === "route.unreachable" ? (valueAt(second, "path") ?? second) : second;
  const related = [relatedAt(first, RELATION[problem.code] ?? "the other route")];
  return diagnose(code, place, messageOf(problem, problem.second), { related });
}

function messageOf({ code, first, detail }: RouteProblem, second: string): string {
  switch (code) {
    case "duplicate":
      return `${quoted(second)} is the same as ${quoted(first)}: ${detail}`;
    case "unreachable":
      return `no request reaches ${quoted(second)}: ${detail}`;
    default:
      return `${quoted(second)} collides with ${quoted(first)}: ${detail}`;
  }
}

function secondTcpRoute(listener: string, first: BuiltRoute, second: BuiltRoute): Diagnostic {
  const message = `${quoted(listener)} already has a tcp route, and nothing tells two apart`;
  const related = [relatedAt(first.node, "the first tcp route")];
  const suggestion = "put all targets in one route, or use another port";
  return diagnose("listener.one_tcp_route", second.node, message, { related, suggestion });
}

/** Each name and protocol of a listener is passed on to one place, and either here or there. */
function reportTlsRoutes(listener: string, routes: readonly BuiltRoute[], found: DiagnosticList): void {
  if (!routes.some(({ model }) => model.kind === "tls")) return;
  const claimed = new Map<string, BuiltRoute>();
  for (const route of routes) if (isHttp(route)) claimHosts(route.model.match.hosts, [""], route, claimed);
  for (const route of routes) {
    if (route.model.kind !== "tls") continue;
    const { hosts, alpn } = route.model;
    const taken = claimHosts(hosts, alpn.length === 0 ? [""] : alpn, route, claimed);
    if (taken === null) continue;
    const message = `connections for ${quoted(taken.host)} at ${quoted(listener)} have a route already`;
    const related = [relatedAt(taken.first.node, "the other route")];
    found.add(diagnose("listener.ambiguous_tls", route.node, message, { related }));
  }
}

/** The first host that another kind of route, or another route that passes TLS on, has claimed; else null. */
function claimHosts(
  hosts: readonly string[],
  protocols: readonly string[],
  route: BuiltRoute,
  claimed: Map<string, BuiltRoute>,
): { host: string; first: BuiltRoute } | null {
  let taken: { host: string; first: BuiltRoute } | null = null;
  for (const host of hosts.length === 0 ? [""] : hosts) {
    for (const protocol of protocols) {
      const key = JSON.stringify([host, protocol]);
      const first = claimed.get(key);
      if (first === undefined) claimed.set(key, route);
      else if (route.model.kind === "tls") taken ??= { host: host === "" ? "any name" : host, first };
    }
  }
  return taken;
}

const RELATION: Partial<Record<RouteProblemCode, string>> = {
  duplicate: "first defined here",
  unreachable: "the route that takes its requests",
};

const CODES: Record<RouteProblemCode, DiagnosticCode> = {
  invalidHost: "value.host",
  invalidPath: "route.path",
  invalidRegex: "value.regex",
  duplicate: "route.duplicate",
  ambiguous: "route.ambiguous",
  unreachable: "route.unreachable",
  tooManyAlike: "route.ambiguous",
};
