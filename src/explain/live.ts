/** How the targets of a running instance are now, for an explanation that is asked of it. */
import type { Configuration, TargetModel, UpstreamModel } from "../config/model.ts";
import { formatTarget, parseTargetAddress } from "../config/values/target-address.ts";

export interface LiveTarget {
  readonly upstream: string;
  readonly target: string;
  /** Whether new requests go there, as far as it depends on the target itself. */
  readonly takesRequests: boolean;
  /** `up`, `drained` … */
  readonly state: string;
  /** Why its name has no address, or null. */
  readonly failure: string | null;
  /** The addresses that its name has now. */
  readonly ips: readonly string[];
  readonly active: number;
  readonly idle: number;
}

/** By upstream, then by target. */
export type LiveTargets = ReadonlyMap<string, ReadonlyMap<string, LiveTarget>>;

export function liveTargets(all: Iterable<LiveTarget>): LiveTargets {
  const byUpstream = Map.groupBy(all, ({ upstream }) => upstream);
  return new Map(
    [...byUpstream].map(([name, targets]) => [name, new Map(targets.map((each) => [each.target, each]))]),
  );
}

/** The configuration as if somebody had written what is known of the targets now: drained ones, and those found. */
export function asOfNow(configuration: Configuration, live: LiveTargets): Configuration {
  const upstreams = configuration.upstreams.map((upstream) => {
    const known = live.get(upstream.name);
    return known === undefined ? upstream : upstreamNow(upstream, known);
  });
  return { ...configuration, upstreams };
}

function upstreamNow(upstream: UpstreamModel, live: ReadonlyMap<string, LiveTarget>): UpstreamModel {
  const written = new Set(upstream.targets.map(({ address }) => formatTarget(address)));
  const found = [...live.keys()].filter((name) => !written.has(name));
  const targets = upstream.targets.map((target) => {
    const takes = live.get(formatTarget(target.address))?.takesRequests ?? true;
    return takes ? target : { ...target, weight: 0 };
  });
  return { ...upstream, targets: [...targets, ...found.flatMap((name) => foundTarget(name, upstream))] };
}

/** It stands nowhere; its upstream is where it came from. */
function foundTarget(name: string, { origin }: UpstreamModel): TargetModel[] {
  const address = parseTargetAddress(name);
  return address.ok ? [{ address: address.value, weight: 1, priority: 0, zone: null, origin }] : [];
}

/** `3 under way, 2 connections kept; 10.1.1.1, 10.1.1.2` */
export function liveText({ failure, ips, active, idle }: LiveTarget): string {
  if (failure !== null) return `its name has no address (${failure})`;
  const load = `${active} under way, ${idle} kept ready`;
  return ips.length === 0 ? load : `${load}; ${ips.join(", ")}`;
}
