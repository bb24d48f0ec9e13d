/** Targets and upstreams by name. They outlive snapshots: what a reload keeps, keeps its connections. */
import type { Timers } from "../base/clock.ts";
import type { Random } from "../base/random.ts";
import type { Configuration, Settings } from "../config/model.ts";
import type { Resolver } from "../io/resolver.ts";
import type { PoolOptions } from "../upstream/pool.ts";
import { Target } from "../upstream/target.ts";
import { Upstream } from "../upstream/upstream.ts";

export interface TargetCensus {
  readonly upstream: string;
  readonly target: string;
  /** Exchanges and tunnels under way. */
  readonly active: number;
  /** Connections, idle ones and those being made included. */
  readonly connections: number;
  readonly connecting: number;
  readonly idle: number;
}

export class UpstreamRegistry {
  readonly #resolver: Resolver;
  readonly #timers: Timers;
  readonly #random: Random;
  readonly #upstreams = new Map<string, Upstream>();

  constructor(resolver: Resolver, timers: Timers, random: Random) {
    this.#resolver = resolver;
    this.#timers = timers;
    this.#random = random;
  }

  get upstreams(): ReadonlyMap<string, Upstream> {
    return this.#upstreams;
  }

  /** Makes every upstream of the configuration. Targets belong to their upstream and are never shared. */
  build(configuration: Configuration): void {
    const options = poolOptions(configuration.settings);
    for (const model of configuration.upstreams) {
      const targets = model.targets.map(
        ({ address, weight }) => new Target(address, weight, options, this.#resolver, this.#timers),
      );
      this.#upstreams.set(model.name, new Upstream(model.name, targets, model.balance, this.#random));
    }
  }

  /** Settles when every name has been asked for once. */
  async resolved(): Promise<void> {
    await Promise.all([...this.#targets()].map((target) => target.resolved));
  }

  census(): TargetCensus[] {
    return [...this.#upstreams.values()].flatMap((upstream) =>
      upstream.targets.map(({ name, active, pool }) => ({
        upstream: upstream.name,
        target: name,
        active,
        connections: pool.total,
        connecting: pool.connecting,
        idle: pool.idleCount,
      })),
    );
  }

  close(): void {
    for (const target of this.#targets()) target.close();
    this.#upstreams.clear();
  }

  *#targets(): Generator<Target> {
    for (const upstream of this.#upstreams.values()) yield* upstream.targets;
  }
}

function poolOptions({ limits, pool }: Settings): PoolOptions {
  return {
    idleConnections: pool.idleConnections,
    idleTimeoutMs: pool.idleTimeoutMs,
    maxAgeMs: pool.maxAgeMs,
    connections: limits.connectionsPerTarget,
    pendingConnects: limits.pendingConnectsPerTarget,
    codec: limits,
  };
}
