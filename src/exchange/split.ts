/**
 * Which upstream a request of a route goes to when several share its requests. Requests with the same key go the same
 * way, and a share that grows takes requests over without moving any between the others.
 */
import { hashText } from "../base/hash.ts";
import { type Random, randomShare } from "../base/random.ts";
import type { RouteMeter } from "../observe/metrics/route-meter.ts";
import type { KeySource, PickRequest } from "../upstream/balancer/balancer.ts";
import type { Upstream } from "../upstream/upstream.ts";
import type { HttpRoute, ProxyAction } from "./snapshot.ts";

export interface Split {
  /** In their order, each with the end of its stretch of 0 to 1. */
  readonly parts: readonly {
    readonly upstream: Upstream;
    readonly below: number;
    readonly meter: RouteMeter;
  }[];
  /** Null: each request is drawn for. */
  readonly by: KeySource | null;
}

export function chosenUpstream(
  { upstream, split }: ProxyAction,
  request: PickRequest,
  random: Random,
): Upstream {
  if (split === null) return upstream;
  const key = split.by === null ? null : request.keyOf(split.by);
  const point = key === null ? randomShare(random) : hashText(key, SEED) / 2 ** 32;
  for (const part of split.parts) if (point < part.below) return part.upstream;
  return upstream;
}

/** Where a request of a route is counted, by the upstream that it went to. */
export function meterFor({ meter, action }: HttpRoute, upstream: Upstream | null): RouteMeter {
  if (action.kind !== "proxy" || action.split === null) return meter;
  for (const part of action.split.parts) if (part.upstream === upstream) return part.meter;
  return meter;
}

/** Other than the balancers': else a hashing one behind a small share would see only keys of one neighbourhood. */
const SEED = 0x5eed_5711;
