/** Routes, upstreams and targets as they are in force, with the load of all workers together. */
import type { Configuration, RouteModel, UpstreamModel } from "../../config/model.ts";
import { balanceText } from "../../config/values/balance-text.ts";
import { formatAddress } from "../../config/values/listen-address.ts";
import { formatTarget } from "../../config/values/target-address.ts";
import type { UpstreamSource } from "../../discovery/discovery.ts";
import { matchText } from "../../explain/steps/match-words.ts";
import type { TargetCensus } from "../../runtime/start.ts";
import type { Instance } from "../instance.ts";
import type { SnapshotView, TargetView } from "../views.ts";
import type { WorkerReport } from "../worker-source.ts";

type Part = Pick<Instance, "version" | "startedAtMs" | "loaded" | "sources">;

export function snapshotOf(instance: Part, reports: readonly WorkerReport[]): SnapshotView {
  const { version, startedAtMs, loaded } = instance;
  const sources = new Map(instance.sources().map((source) => [source.upstream, source]));
  const { listeners, routes, upstreams } = loaded.configuration;
  const loads = Map.groupBy(
    reports.flatMap(({ targets }) => targets),
    ({ upstream }) => upstream,
  );
  return {
    name: "portward",
    version,
    started_at: new Date(startedAtMs).toISOString(),
    listeners: listeners.map((listener) => listenerView(listener, reports)),
    routes: routes.map(routeView),
    upstreams: upstreams.map((upstream) =>
      upstreamView(upstream, loads.get(upstream.name) ?? [], sources.get(upstream.name) ?? null),
    ),
  };
}

function listenerView(
  { name, address, protocol }: Configuration["listeners"][number],
  reports: readonly WorkerReport[],
): SnapshotView["listeners"][number] {
  const all = reports.flatMap(({ listeners }) => listeners.filter((each) => each.name === name));
  const bound = reports[0]?.addresses.find((each) => each.name === name);
  return {
    name,
    address: bound?.address ?? formatAddress(address),
    protocol,
    connections: sum(all, ({ connections }) => connections),
    unsent_bytes: sum(all, ({ unsentBytes }) => unsentBytes),
  };
}

function routeView(route: RouteModel): SnapshotView["routes"][number] {
  const { label, kind, listeners, origin } = route;
  const common = { label, kind, listeners: [...listeners], ...origin };
  if (route.kind !== "http") return { ...common, match: "all", action: "proxy", upstream: route.upstream };
  const { match, action } = route;
  const hosts = match.hosts.length === 0 ? "" : `${match.hosts.join(", ")} `;
  return {
    ...common,
    match: `${hosts}${matchText(match)}`,
    action: action.kind,
    upstream: action.kind === "proxy" ? action.upstream : null,
  };
}

/** Its targets as they are written, then those that were found while running. */
function upstreamView(
  { name, balance, targets }: UpstreamModel,
  loads: readonly TargetCensus[],
  source: UpstreamSource | null,
): SnapshotView["upstreams"][number] {
  const weights = new Map(targets.map(({ address, weight }) => [formatTarget(address), weight]));
  for (const { target, leaving } of loads) if (!leaving && !weights.has(target)) weights.set(target, 1);
  const views = [...weights].map(([target, weight]) => {
    const own = loads.filter((load) => load.target === target);
    return targetView(target, weight, own);
  });
  return {
    name,
    balance: balanceText(balance),
    source: source === null ? null : sourceViewOf(source),
    targets: views,
  };
}

function sourceViewOf(source: UpstreamSource): NonNullable<SnapshotView["upstreams"][number]["source"]> {
  const { provider, version, targets, sinceMs, answeredMs, problem, expired } = source;
  return {
    provider,
    version,
    targets,
    since: sinceMs === null ? null : new Date(sinceMs).toISOString(),
    answered_at: answeredMs === null ? null : new Date(answeredMs).toISOString(),
    problem: problem?.message ?? null,
    expired,
  };
}

/** Workers agree on a target's state but for moments. */
function targetView(target: string, weight: number, reports: readonly TargetCensus[]): TargetView {
  const { failure, ips } = reports[0] ?? { failure: null, ips: [] };
  return {
    target,
    weight,
    state: stateOf(reports),
    panic: reports.some(({ panic }) => panic),
    failure,
    ips: [...ips],
    active: sum(reports, ({ active }) => active),
    connections: sum(reports, ({ connections }) => connections),
    connecting: sum(reports, ({ connecting }) => connecting),
    idle: sum(reports, ({ idle }) => idle),
  };
}

/** What one worker alone has concluded of a target from its own requests counts, too. */
function stateOf(reports: readonly TargetCensus[]): TargetView["state"] {
  const out = reports.find((report) => report.out !== null)?.out ?? null;
  if (out !== null) return out;
  return reports.some(({ failure }) => failure !== null) ? "unresolved" : "up";
}

function sum<T>(all: readonly T[], of: (each: T) => number): number {
  return all.reduce((total, each) => total + of(each), 0);
}
