/** How a route's requests are sent beyond where they go: repetitions, second attempts, shares and copies. */
import type { HttpRouteModel, MirrorModel, RetryModel, SplitModel } from "../config/model.ts";
import type { MirrorPolicy } from "../exchange/mirror.ts";
import type { RetryPolicy } from "../exchange/retry-policy.ts";
import type { ProxyAction } from "../exchange/snapshot.ts";
import type { Split } from "../exchange/split.ts";
import type { RouteMeter } from "../observe/metrics/route-meter.ts";
import type { Upstream } from "../upstream/upstream.ts";

type Upstreams = ReadonlyMap<string, Upstream>;

/**
 * @param upstreams by name: all that the configuration has
 * @param meterFor where requests are counted that go to an upstream
 */
export function compileSending(
  { retry, hedge, split, mirrors, grpcWeb }: HttpRouteModel,
  upstreams: Upstreams,
  meterFor: (upstream: string) => RouteMeter,
): Pick<ProxyAction, "retry" | "hedge" | "split" | "mirrors" | "grpcWeb"> {
  return {
    retry: retry === null ? null : compileRetry(retry),
    hedge,
    split: split === null ? null : compileSplit(split, upstreams, meterFor),
    mirrors: mirrors.map((mirror) => compileMirror(mirror, upstreams)),
    grpcWeb,
  };
}

function compileRetry(model: RetryModel): RetryPolicy {
  return Object.freeze({
    ...model,
    conditions: new Set(model.after),
    statuses: new Set(model.statuses),
    methods: model.methods === null ? null : new Set(model.methods),
  });
}

function compileSplit(
  { parts, by }: SplitModel,
  upstreams: Upstreams,
  meterFor: (upstream: string) => RouteMeter,
): Split {
  let below = 0;
  const stretches = parts.map(({ upstream, share }) => {
    below += share;
    return { upstream: upstreams.get(upstream)!, below, meter: meterFor(upstream) };
  });
  return Object.freeze({ parts: stretches, by });
}

function compileMirror({ upstream, share, bodyBytes }: MirrorModel, upstreams: Upstreams): MirrorPolicy {
  return Object.freeze({ upstream: upstreams.get(upstream)!, share, bodyBytes });
}
