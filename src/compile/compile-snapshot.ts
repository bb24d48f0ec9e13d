/**
 * The configuration model to what requests read: one HttpSnapshot per HTTP listener, one TcpSnapshot per TCP
 * listener. All that can be worked out before a request comes is worked out here.
 */
import { err, ok, type Result } from "../base/result.ts";
import { atOnce, type Steps } from "../base/steps.ts";
import type {
  Configuration,
  HttpRouteModel,
  ListenerModel,
  Settings,
  TcpRouteModel,
  TunnelRouteModel,
} from "../config/model.ts";
import { acmeHome, challengesPlace } from "../config/values/acme-places.ts";
import type { Tracer } from "../exchange/exchange-trace.ts";
import type {
  HttpRoute,
  HttpSettings,
  HttpSnapshot,
  RouteAction,
  RouteBounds,
  TcpSnapshot,
} from "../exchange/snapshot.ts";
import { challengeFiles } from "../io/challenge-files.ts";
import { fieldsOf } from "../observe/line/template.ts";
import { type Meters, UNSEEN_METERS } from "../observe/metrics/meters.ts";
import type { RouteMeter } from "../observe/metrics/route-meter.ts";
import { createTrustCheck } from "../pipeline/trusted-proxies.ts";
import { AddedFields } from "../protocol/http/outbound-request.ts";
import { compileRedirect } from "../routing/compile-redirect.ts";
import { compileRewrite } from "../routing/compile-rewrite.ts";
import { compileRoutesInSteps } from "../routing/compile-routes.ts";
import type { RouteRule } from "../routing/router.ts";
import type { Upstream } from "../upstream/upstream.ts";
import { compileSending } from "./compile-sending.ts";
import { RuleMemory } from "./rule-memory.ts";

export interface CompileFailure {
  readonly code: string;
  readonly message: string;
  readonly listener: string | null;
  readonly route: string | null;
}

/** For whoever does not serve: nothing is counted or traced. */
export function compileHttp(
  configuration: Configuration,
  listener: ListenerModel,
  upstreams: ReadonlyMap<string, Upstream>,
): Result<HttpSnapshot, readonly CompileFailure[]> {
  const memory = ruleMemoryFor(configuration, UNSEEN_METERS);
  return atOnce(compileHttpInSteps(configuration, listener, upstreams, UNSEEN_METERS, null, memory));
}

/**
 * @param upstreams by name, as kept by the runtime
 * @param meters where requests are counted
 * @param tracer null: nothing is traced
 * @param memory of what was compiled before, begun for this configuration
 */
export function* compileHttpInSteps(
  configuration: Configuration,
  listener: ListenerModel,
  upstreams: ReadonlyMap<string, Upstream>,
  meters: Meters,
  tracer: Tracer | null,
  memory: RuleMemory,
): Steps<Result<HttpSnapshot, readonly CompileFailure[]>> {
  const { settings } = configuration;
  const failures: CompileFailure[] = [];
  const rules: RouteRule<HttpRoute>[] = [];
  const ofListener = listenerSettings(settings, listener, memory.fallback);
  for (const route of configuration.routes) {
    if (route.kind !== "http" || !route.listeners.includes(listener.name)) continue;
    yield;
    const known = memory.find(listener.name, route, upstreams);
    if (known !== null) {
      rules.push(known);
      continue;
    }
    const { folded } = meters;
    const rule = compileRoute(route, settings, ofListener.fallback, upstreams, (upstream) =>
      meters.route(listener.name, route.label, upstream),
    );
    if (rule.ok) {
      rules.push(rule.value);
      // What had no room to count in asks again each time.
      if (meters.folded === folded) memory.keep(listener.name, route, rule.value, upstreams);
    } else failures.push({ ...rule.error, listener: listener.name });
  }
  const router = yield* compileRoutesInSteps(rules, memory.parsed);
  if (!router.ok) {
    for (const { code, detail, first } of router.error) {
      failures.push({ code: `route.${code}`, message: detail, listener: listener.name, route: first });
    }
    return err(failures);
  }
  if (failures.length > 0) return err(failures);
  const own = Object.freeze({
    ...ofListener,
    tracer,
    meters: { listener: meters.listener(listener.name), unrouted: meters.route(listener.name, null, null) },
  });
  return ok(Object.freeze({ ...own, settings: own, router: router.value }));
}

/** Begun for a configuration; without one from before it remembers nothing. */
export function ruleMemoryFor(
  { settings }: Configuration,
  { steady }: Meters,
  memory: RuleMemory = new RuleMemory(),
): RuleMemory {
  memory.begin(settings, steady, () => boundsOf(settings));
  return memory;
}

/** Null for a listener without a route, which nobody can be served on. */
export function compileTcp(
  configuration: Configuration,
  listener: ListenerModel,
  upstreams: ReadonlyMap<string, Upstream>,
  meters: Meters,
): TcpSnapshot | null {
  const route = tcpRouteOf(configuration, listener);
  return route === null ? null : tunnelSnapshot(configuration, listener, route, upstreams, meters);
}

export function tunnelSnapshot(
  configuration: Configuration,
  listener: ListenerModel,
  route: TunnelRouteModel,
  upstreams: ReadonlyMap<string, Upstream>,
  meters: Meters,
): TcpSnapshot {
  return Object.freeze({
    listener: listener.name,
    connections: configuration.settings.limits.connectionsPerListener,
    route,
    upstream: upstreams.get(route.upstream)!,
    meters: {
      listener: meters.listener(listener.name),
      route: meters.tunnel(listener.name, route.label, route.upstream),
    },
  });
}

/** The one route of a TCP listener. */
export function tcpRouteOf(configuration: Configuration, listener: ListenerModel): TcpRouteModel | null {
  for (const route of configuration.routes) {
    if (route.kind === "tcp" && route.listeners.includes(listener.name)) return route;
  }
  return null;
}

function listenerSettings(
  settings: Settings,
  { name, tls }: ListenerModel,
  fallback: RouteBounds,
): Omit<HttpSettings, "meters" | "tracer"> {
  const { limits, timeouts } = settings;
  return {
    listener: name,
    hsts: tls === null || tls.hsts === null ? null : hstsFields(tls.hsts),
    codec: limits,
    isTrusted: createTrustCheck(settings.trustedProxies),
    notFoundMessage: settings.notFoundMessage,
    keptFields: keptFieldsOf(settings.accessLogs),
    explainToken: settings.explainToken,
    challenges: settings.acme === null ? null : challengeFiles(challengesPlace(acmeHome(settings.acme))),
    deadlineHeader: settings.deadlineHeader,
    via: settings.via,
    forwarded: settings.forwarded,
    requestsPerConnection: limits.requestsPerConnection,
    connections: limits.connectionsPerListener,
    headMs: timeouts.headMs,
    keepAliveMs: timeouts.keepAliveMs,
    fallback,
  };
}

/** What access logs show of answers must be kept when they come: at the end their bytes are gone. */
function keptFieldsOf(logs: Settings["accessLogs"]): readonly string[] {
  const shown = ({ format, answerFields }: Settings["accessLogs"][number]) =>
    format === null ? answerFields : fieldsOf(format, "answer");
  return [...new Set(logs.flatMap(shown))];
}

function hstsFields(value: string): AddedFields {
  return new AddedFields([["Strict-Transport-Security", value]]);
}

function pathPatternOf({ match: { path } }: HttpRouteModel): string | null {
  if (path.kind === "prefix") return path.template;
  return path.kind === "exact" ? path.path : null;
}

function boundsOf({ limits, timeouts }: Pick<HttpRouteModel, "limits" | "timeouts">): RouteBounds {
  return {
    bodyBytes: limits.bodyBytes,
    minRateBytes: limits.minRateBytes,
    minRateWindowMs: limits.minRateWindowMs,
    connectMs: timeouts.connectMs,
    bodyMs: timeouts.bodyMs,
    responseMs: timeouts.responseMs,
    idleMs: timeouts.idleMs,
    totalMs: timeouts.totalMs,
  };
}

/** Whether it says nothing of its own, which the configuration tells by the same objects. */
function isPlain({ limits, timeouts }: HttpRouteModel, settings: Settings): boolean {
  return limits === settings.limits && timeouts === settings.timeouts;
}

function compileRoute(
  route: HttpRouteModel,
  settings: Settings,
  fallback: RouteBounds,
  upstreams: ReadonlyMap<string, Upstream>,
  meterFor: (upstream: string | null) => RouteMeter,
): Result<RouteRule<HttpRoute>, Omit<CompileFailure, "listener">> {
  const action = compileAction(route, upstreams, meterFor);
  if (!action.ok) return err({ code: "route.action", message: action.error, route: route.label });
  const value: HttpRoute = Object.freeze({
    label: route.label,
    pathPattern: pathPatternOf(route),
    bounds: isPlain(route, settings) ? fallback : boundsOf(route),
    meter: meterFor(route.action.kind === "proxy" ? route.action.upstream : null),
    action: action.value,
  });
  return ok({ match: route.match, label: route.label, value });
}

function compileAction(
  route: HttpRouteModel,
  upstreams: ReadonlyMap<string, Upstream>,
  meterFor: (upstream: string) => RouteMeter,
): Result<RouteAction, string> {
  const { action } = route;
  if (action.kind === "respond") {
    return ok({
      kind: "respond",
      status: action.status,
      fields: action.headers,
      body: Buffer.from(action.body),
    });
  }
  if (action.kind === "redirect") {
    const location = compileRedirect(route.match.path, action.to);
    if (!location.ok) return err(location.error.detail);
    return ok({ kind: "redirect", status: action.status, location: location.value });
  }
  const upstream = upstreams.get(action.upstream);
  if (upstream === undefined) return err(`no upstream '${action.upstream}'`);
  const sending = compileSending(route, upstreams, meterFor);
  if (action.rewrite === null) return ok({ kind: "proxy", upstream, rewrite: null, ...sending });
  const rewrite = compileRewrite(route.match.path, action.rewrite);
  if (!rewrite.ok) return err(rewrite.error.detail);
  return ok({ kind: "proxy", upstream, rewrite: rewrite.value, ...sending });
}
