/**
 * Upstreams that can be asked what they would do and can do nothing: their names are not resolved, and their
 * pools may hold no connection.
 */
import type { Timers } from "../base/clock.ts";
import type { Random } from "../base/random.ts";
import type { Configuration } from "../config/model.ts";
import type { Resolver, WatchedName } from "../io/resolver.ts";
import type { PoolOptions } from "../upstream/stream-pool.ts";
import { Target, type TargetSpec } from "../upstream/target.ts";
import { Upstream } from "../upstream/upstream.ts";

/** By name. */
export function inertUpstreams({ settings, upstreams }: Configuration): ReadonlyMap<string, Upstream> {
  const options: PoolOptions = { ...NO_CONNECTIONS, codec: settings.limits };
  const makeTarget = (spec: TargetSpec) => new Target(spec, options, RESOLVER, TIMERS);
  const tools = { random: FIRST, timers: TIMERS };
  return new Map(
    upstreams.map((model) => {
      const { name, targets, protocol, discover } = model;
      const known = discover === null || targets.length > 0 ? targets : [TO_BE_FOUND];
      const inert = known.map((each) => makeTarget({ ...each, protocol }));
      return [name, new Upstream(name, inert, model, tools)];
    }),
  );
}

/** Stands for targets that only a running instance knows. */
const TO_BE_FOUND = {
  address: { kind: "tcp", host: "found.invalid", port: 1 },
  weight: 1,
  priority: 0,
  zone: null,
} as const;

const NO_CONNECTIONS = {
  idleConnections: 0,
  idleTimeoutMs: 0,
  maxAgeMs: 0,
  connections: 0,
  pendingConnects: 0,
};

/** Which target is drawn plays no part: what is asked is whether there is one. */
const FIRST: Random = { nextUint32: () => 0 };

const UNRESOLVED: WatchedName = { name: "", addresses: [], failure: null, first: Promise.resolve() };

const RESOLVER: Resolver = { watch: () => UNRESOLVED, unwatch() {}, reconfigure() {}, close() {} };

const TIMERS: Timers = { clock: { nowMs: () => 0, wallMs: () => 0 }, arm() {}, disarm() {} };
