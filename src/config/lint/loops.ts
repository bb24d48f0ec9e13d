/**
 * Requests that never come to an end: redirects that lead back to where they began, and targets that are listeners
 * of the proxy itself and send the request round. Both are followed with the routers and the rewrites that serve, so
 * that what is told happens. A redirect to another host, port or scheme leaves what can be known.
 */
import { compileRedirect } from "../../routing/compile-redirect.ts";
import { compileRewrite } from "../../routing/compile-rewrite.ts";
import { normalisePath } from "../../routing/normalise-path.ts";
import type { RoutedRequest, RouteHit } from "../../routing/router.ts";
import type { BuiltRoute } from "../build/routes.ts";
import { type Diagnostic, diagnose, relatedAt } from "../diagnostics/diagnostic.ts";
import { quoted } from "../diagnostics/wording.ts";
import type { HttpRouteModel, RouteModel, TunnelRouteModel } from "../model.ts";
import { nodeAt } from "../source/config-node.ts";
import { listenerBehind } from "./own-addresses.ts";
import { targetPlace } from "./own-targets.ts";
import type { LintSubject } from "./subject.ts";
import { pathFor, requestsFor } from "./witness.ts";

/** A request where it arrives. */
interface Arrival {
  readonly listener: string;
  readonly request: RoutedRequest;
}

export function reportLoops(subject: LintSubject): void {
  const told = new Set<RouteModel>();
  for (const route of subject.routes) {
    if (told.has(route.model)) continue;
    const loop = loopFrom(route, subject);
    if (loop === null) continue;
    for (const model of loop) told.add(model);
    subject.found.add(explain(route, loop, subject));
  }
}

/** The routes that a request passes again and again, from this one on; null when it gets out. */
function loopFrom({ model }: BuiltRoute, subject: LintSubject): RouteModel[] | null {
  if (model.kind !== "http") return tunnelLoop(model, subject);
  const { action } = model;
  if (
    action.kind === "respond" ||
    (action.kind === "proxy" && ownListener(action.upstream, subject) === null)
  ) {
    return null;
  }
  const path = pathFor(model.match, subject.effort);
  if (path === null) return null;
  for (const listener of model.listeners) {
    for (const request of requestsFor(model.match, path, subject.effort)) {
      const loop = follow({ listener, request }, model, subject);
      if (loop !== null) return loop;
    }
  }
  return null;
}

function follow(first: Arrival, start: HttpRouteModel, subject: LintSubject): RouteModel[] | null {
  const passed: HttpRouteModel[] = [];
  let arrival: Arrival | null = first;
  while (arrival !== null) {
    const hit = subject.routers.get(arrival.listener)?.match(arrival.request) ?? null;
    // Of redirects and of targets, each kind is followed alone: they happen on different ways.
    if (hit === null || hit.value.action.kind !== start.action.kind) return null;
    if (passed.length === 0 && hit.value !== start) return null;
    passed.push(hit.value);
    if (passed.length > MOST_HOPS) return ringOf(passed, start);
    arrival = nextArrival(arrival, hit, subject);
  }
  return null;
}

/** The last round; null when the first route only leads into it, since the others are told for themselves. */
function ringOf(passed: readonly HttpRouteModel[], start: HttpRouteModel): HttpRouteModel[] | null {
  const before = passed.lastIndexOf(passed.at(-1)!, -2);
  const ring = before === -1 ? [] : passed.slice(before + 1);
  return ring.includes(start) ? ring : null;
}

function nextArrival(arrival: Arrival, hit: RouteHit<HttpRouteModel>, subject: LintSubject): Arrival | null {
  const { action } = hit.value;
  if (action.kind === "redirect") return afterRedirect(arrival, hit, action.to, subject);
  if (action.kind === "respond") return null;
  const listener = ownListener(action.upstream, subject);
  if (listener === null || listener.protocol !== "http") return null;
  const rewrite = compileRewrite(hit.value.match.path, action.rewrite);
  const { request } = arrival;
  const target = rewrite.ok ? rewrite.value(request.path, request.query, hit) : null;
  return target === null ? null : { listener: listener.name, request: withTarget(request, target) };
}

/** Where the client asks next. */
function afterRedirect(
  { listener, request }: Arrival,
  hit: RouteHit<HttpRouteModel>,
  to: string,
  subject: LintSubject,
): Arrival | null {
  const redirect = compileRedirect(hit.value.match.path, to);
  const location = redirect.ok ? redirect.value(request, hit) : null;
  if (location === null) return null;
  if (location.startsWith("/")) return { listener, request: withTarget(request, location) };
  const url = URL.parse(location);
  if (url === null || !(url.protocol in DEFAULT_PORTS) || url.hostname !== request.host) return null;
  const isSecure = url.protocol === "https:";
  const port = url.port === "" ? DEFAULT_PORTS[url.protocol] : Number(url.port);
  const next = subject.listeners.find(
    ({ address, tls }) => address.kind === "tcp" && address.port === port && (tls !== null) === isSecure,
  );
  return next === undefined
    ? null
    : { listener: next.name, request: withTarget(request, url.pathname + url.search) };
}

function withTarget(request: RoutedRequest, target: string): RoutedRequest {
  const [withoutFragment] = target.split("#");
  const [path, ...query] = withoutFragment!.split("?");
  return { ...request, path: normalisePath(path!) ?? "/", query: query.join("?") };
}

/** A tunnel that leads to its own listener, or by way of others back to it. */
function tunnelLoop(start: TunnelRouteModel, subject: LintSubject): RouteModel[] | null {
  const passed: RouteModel[] = [];
  let route: RouteModel | undefined = start;
  while (route !== undefined && route.kind !== "http") {
    if (passed.includes(route)) return route === start ? passed : null;
    passed.push(route);
    const listener = ownListener(route.upstream, subject);
    route = subject.routes.find(({ model }) => model.listeners.includes(listener?.name ?? ""))?.model;
  }
  return null;
}

/** The listener that one of the upstream's targets is. */
function ownListener(upstream: string, { upstreams, listeners }: LintSubject) {
  for (const { address } of upstreams.get(upstream)?.targets ?? []) {
    const listener = listenerBehind(address, listeners);
    if (listener !== null) return listener;
  }
  return null;
}

function explain(route: BuiltRoute, loop: readonly RouteModel[], subject: LintSubject): Diagnostic {
  const ring = [...new Set(loop)];
  const others = ring.filter((model) => model !== route.model);
  const related = others.map((model) => relatedAt(nodeOf(model, subject), `${quoted(model.label)} leads on`));
  const way =
    others.length === 0
      ? "to itself"
      : `to ${others.map(({ label }) => quoted(label)).join(" and ")}, and back`;
  if (route.model.kind === "http" && route.model.action.kind === "redirect") {
    const place = nodeAt(route.node, ["redirect", "to"]) ?? route.node;
    const message = `${quoted(route.model.label)} redirects ${way}: clients give up after some twenty rounds`;
    return diagnose("route.redirect_loop", place, message, { related });
  }
  const message = `${quoted(route.model.label)} sends what it gets ${way}: requests can go round until connections run out`;
  return diagnose("route.proxy_loop", ownTargetPlace(route, subject), message, { related });
}

function ownTargetPlace({ model, node }: BuiltRoute, { upstreams, upstreamNodes, listeners }: LintSubject) {
  const name =
    model.kind !== "http" ? model.upstream : model.action.kind === "proxy" ? model.action.upstream : "";
  const targets = upstreams.get(name)?.targets ?? [];
  const index = targets.findIndex(({ address }) => listenerBehind(address, listeners) !== null);
  return targetPlace(upstreamNodes.get(name) ?? node, index);
}

function nodeOf(model: RouteModel, { routes }: LintSubject) {
  return routes.find((each) => each.model === model)!.node;
}

const DEFAULT_PORTS: Readonly<Record<string, number>> = { "http:": 80, "https:": 443 };
/** As browsers have it. */
const MOST_HOPS = 20;
