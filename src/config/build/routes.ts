/** Checked routes to the model: names resolved, defaults laid under, listeners claimed. */
import type { DiagnosticList } from "../diagnostics/diagnostic-list.ts";
import type { HttpRouteModel, Limits, RouteModel, Timeouts, TunnelRouteModel } from "../model.ts";
import type { HttpRouteInput, RouteInput, TcpRouteInput, TlsRouteInput } from "../schema/route.ts";
import { type ConfigNode, itemsOf, valueAt } from "../source/config-node.ts";
import { originOf } from "../source/source-text.ts";
import { buildHttpAction, buildTcpUpstream, useUpstreams } from "./action.ts";
import type { RoutePart } from "./document-parts.ts";
import type { ListenerDraft, ListenerTable } from "./listeners.ts";
import { matchOf, unique } from "./match.ts";
import { routeRetryModel } from "./retry.ts";
import type { RouteMemory } from "./route-memory.ts";
import type { BuiltSettings } from "./settings.ts";
import type { UpstreamTable } from "./upstreams.ts";

export interface RouteSurroundings extends BuiltSettings {
  readonly listeners: ListenerTable;
  readonly upstreams: UpstreamTable;
  readonly found: DiagnosticList;
  /** Of those that were built before; null: nothing is remembered. */
  readonly memory: RouteMemory | null;
}

/** A finished route with the place it came from, for findings about routes that meet. */
export interface BuiltRoute<M extends RouteModel = RouteModel> {
  readonly model: M;
  readonly node: ConfigNode;
}

/** Null after findings, its own or earlier ones. */
export function buildRoute(part: RoutePart, around: RouteSurroundings): BuiltRoute | null {
  const { value } = part;
  if (value === null) return null;
  const listeners = listenersOf(part.node, value, around);
  const model =
    value.kind === "http"
      ? httpRoute(part, value, listeners, around)
      : tunnelRoute(part, value, listeners, around);
  return model === null || listeners.length === 0 ? null : { model, node: part.node };
}

export function isHttp(route: BuiltRoute): route is BuiltRoute<HttpRouteModel> {
  return route.model.kind === "http";
}

function httpRoute(
  part: RoutePart,
  route: HttpRouteInput,
  listeners: readonly string[],
  around: RouteSurroundings,
): HttpRouteModel | null {
  const { settings, upstreams, found, memory } = around;
  const known = memory?.built(part.node, part.label, listeners, settings) ?? null;
  // It is as it was. The upstreams that it names may not be.
  if (known !== null) return useUpstreams(part, route, known.upstream, upstreams, found) ? known.model : null;
  const before = found.toldCount;
  const model = newHttpRoute(part, route, listeners, around);
  if (model !== null && found.toldCount === before) {
    const upstream = route.targets === undefined ? null : upstreams.newest;
    memory?.keepBuilt(part.node, settings, { model, upstream });
  }
  return model;
}

function newHttpRoute(
  part: RoutePart,
  route: HttpRouteInput,
  listeners: readonly string[],
  { settings, upstreams, found }: RouteSurroundings,
): HttpRouteModel | null {
  const match = matchOf(part.node, route, found);
  if (match === null) return null;
  const action = buildHttpAction(part, route, match.path, upstreams, found);
  if (action === null) return null;
  const limits = limitsOver(settings.limits, route.limits);
  const timeouts = timeoutsOver(settings.timeouts, route.timeouts);
  return {
    kind: "http",
    label: part.label,
    listeners,
    origin: originOf(part.node),
    match,
    action,
    limits,
    timeouts,
    retry: action.kind === "proxy" ? routeRetryModel(settings.retry, route.retry) : null,
    split: route.split ?? null,
    mirrors: (route.mirror ?? []).map(({ upstream, share, body }) => ({ upstream, share, bodyBytes: body })),
    grpcWeb: route.filters ?? null,
    hedge: route.hedge === undefined ? null : { afterMs: route.hedge.after, budget: route.hedge.budget },
  };
}

function tunnelRoute(
  part: RoutePart,
  route: TcpRouteInput | TlsRouteInput,
  listeners: readonly string[],
  { tcpTimeouts, upstreams, found }: RouteSurroundings,
): TunnelRouteModel | null {
  const upstream = buildTcpUpstream(part, route, upstreams, found);
  if (upstream === null) return null;
  const timeouts = timeoutsOver(tcpTimeouts, route.timeouts);
  const reconnect = { everyMs: route.reconnect.every, attempts: route.reconnect.attempts };
  const { label, node } = part;
  const common = {
    label,
    listeners,
    origin: originOf(node),
    upstream,
    timeouts,
    reconnect,
    proxyProtocol: route.proxy_protocol,
  };
  if (route.kind === "tcp") return { kind: "tcp", ...common };
  return { kind: "tls", ...common, hosts: unique(route.host ?? []), alpn: unique(route.alpn ?? []) };
}

/** The names of the route's listeners, each once. Empty after findings, or when a listener is itself broken. */
function listenersOf(node: ConfigNode, value: RouteInput, { listeners }: RouteSurroundings): string[] {
  const places = itemsOf(valueAt(node, "listen")!);
  const drafts: (ListenerDraft | null)[] = value.listen.map((reference, index) => {
    const place = places[index] ?? node;
    const draft = listeners.resolve(reference, place);
    return draft === null ? null : listeners.claim(draft, value.kind, place);
  });
  return drafts.includes(null) ? [] : unique(drafts.map((draft) => draft!.name));
}

/** The same object for all routes that say nothing: ten thousand copies would have to be sent to every worker. */
function limitsOver(limits: Limits, own: HttpRouteInput["limits"]): Limits {
  if (own === undefined) return limits;
  return {
    ...limits,
    bodyBytes: own.body ?? limits.bodyBytes,
    chunkExtensionBytes: own.chunk_extensions ?? limits.chunkExtensionBytes,
    minRateBytes: own.min_rate ?? limits.minRateBytes,
    minRateWindowMs: own.min_rate_window ?? limits.minRateWindowMs,
  };
}

/** As `limitsOver`. */
function timeoutsOver(timeouts: Timeouts, own: HttpRouteInput["timeouts"]): Timeouts {
  if (own === undefined) return timeouts;
  return {
    ...timeouts,
    connectMs: own.connect ?? timeouts.connectMs,
    bodyMs: own.body ?? timeouts.bodyMs,
    responseMs: own.response ?? timeouts.responseMs,
    idleMs: own.idle ?? timeouts.idleMs,
    totalMs: ("total" in own ? own.total : undefined) ?? timeouts.totalMs,
  };
}
