/**
 * Upstreams and their targets. They outlive snapshots: what a reload keeps, keeps its connections and counts. A
 * reload prepares its upstreams beside those that serve, and commits or discards them.
 */

import type { Timers } from "../base/clock.ts";
import type { Random } from "../base/random.ts";
import type { Steps } from "../base/steps.ts";
import type { Configuration, Settings, TargetModel } from "../config/model.ts";
import type { ClientTls } from "../io/client-tls.ts";
import type { Resolver } from "../io/resolver.ts";
import type { Meters } from "../observe/metrics/meters.ts";
import type { OutReason } from "../upstream/health/target-health.ts";
import type { PoolOptions } from "../upstream/stream-pool.ts";
import { Target } from "../upstream/target.ts";
import type { Upstream } from "../upstream/upstream.ts";
import { type PreparedTools, PreparedUpstream, type UpstreamEntry } from "./prepared-upstream.ts";
import { recogniseUpstreams } from "./recognise-upstreams.ts";
import type { UpstreamChanges } from "./reload-report.ts";
import type { KeySurroundings } from "./upstream-keys.ts";

export interface TargetCensus {
  readonly upstream: string;
  readonly target: string;
  /** Exchanges and tunnels under way. */
  readonly active: number;
  /** Connections, idle ones and those being made included. */
  readonly connections: number;
  readonly connecting: number;
  readonly idle: number;
  /** The IP addresses that its name has now; none for a Unix socket. */
  readonly ips: readonly string[];
  /** Why its name has no address (`ENOTFOUND`), or null. */
  readonly failure: string | null;
  /** Taken out by hand. */
  readonly drained: boolean;
  /** Why it takes no request now, or null. */
  readonly out: OutReason | null;
  /** All of its upstream are out, and all are used all the same. */
  readonly panic: boolean;
  /** No longer configured: what was under way goes on. */
  readonly leaving: boolean;
}

export interface TargetKey {
  readonly upstream: string;
  readonly target: string;
}

/** Until `commit`, nothing that serves knows of it. Exactly one of the last two is called, once. */
export interface PreparedUpstreams {
  readonly byName: ReadonlyMap<string, Upstream>;
  /** Settles when every name that is new has been asked for once. */
  resolved(): Promise<void>;
  commit(): UpstreamChanges;
  discard(): void;
}

/** All that a configuration has, and those of them that there is something to do about. */
interface NextUpstreams {
  readonly entries: readonly UpstreamEntry[];
  readonly around: KeySurroundings;
  readonly prepared: readonly PreparedUpstream[];
  readonly options: PoolOptions;
  readonly clients: Clients;
}

/** What upstreams with TLS are spoken to with, by their names. */
type Clients = ReadonlyMap<string, { towards(host: string): ClientTls }>;

export class UpstreamRegistry {
  readonly #resolver: Resolver;
  readonly #timers: Timers;
  readonly #random: Random;
  #entries: readonly UpstreamEntry[] = [];
  #around: KeySurroundings = { places: new Map(), owners: new Map() };
  #leaving: { upstream: string; target: Target }[] = [];
  #options: PoolOptions | null = null;
  #clients: Clients = new Map();
  /** Taken out by hand before they were there. */
  #drainedAhead: readonly TargetKey[];

  /** @param drained targets that are taken out by hand from the start */
  constructor(resolver: Resolver, timers: Timers, random: Random, drained: readonly TargetKey[] = []) {
    this.#drainedAhead = drained;
    this.#resolver = resolver;
    this.#timers = timers;
    this.#random = random;
  }

  /** Targets belong to their upstream and are never shared. */
  *prepare(configuration: Configuration, clients: Clients, meters: Meters): Steps<PreparedUpstreams> {
    const options = this.#optionsFor(configuration.settings);
    const present = { entries: this.#entries, around: this.#around };
    const { all, around } = yield* recogniseUpstreams(configuration, present, meters.steady);
    const prepared: PreparedUpstream[] = [];
    const entries: UpstreamEntry[] = [];
    const byName = new Map<string, Upstream>();
    const tools = this.#tools(options, clients, meters);
    for (const { model, key, entry, isUntouched } of all) {
      const made = isUntouched ? null : new PreparedUpstream(key, model, entry, tools);
      if (made !== null) prepared.push(made);
      entries.push(made === null ? entry! : made.entry);
      byName.set(key.name, entries.at(-1)!.upstream);
      yield;
    }
    return this.#preparation({ entries, around, prepared, options, clients }, byName);
  }

  #preparation(next: NextUpstreams, byName: ReadonlyMap<string, Upstream>): PreparedUpstreams {
    const { prepared } = next;
    return {
      byName,
      resolved: async () => {
        await Promise.all(prepared.flatMap(({ added }) => added.map((target) => target.resolved)));
      },
      commit: () => this.#commit(next),
      discard: () => {
        for (const { added } of prepared) for (const target of added) target.close();
      },
    };
  }

  /**
   * For targets that are found while running: these are now the upstream's. Those that stay keep their connections;
   * what is under way on the others goes on. False: there is no such upstream.
   */
  setTargets(name: string, targets: readonly TargetModel[], meters: Meters): boolean {
    const known = this.#entries.find(({ upstream }) => upstream.name === name);
    if (known === undefined) return false;
    const model = { ...known.model, targets };
    const prepared = new PreparedUpstream(
      known.key,
      model,
      known,
      this.#tools(this.#options!, this.#clients, meters),
    );
    for (const target of prepared.commit()) {
      target.close();
      this.#leaving.push({ upstream: name, target });
    }
    this.#leaving = this.#leaving.filter(({ target }) => isInUse(target));
    this.#entries = this.#entries.map((entry) => (entry === known ? prepared.entry : entry));
    prepared.useMeters();
    return true;
  }

  /** By hand, until it is taken back or the target is gone. */
  setDrained({ upstream, target }: TargetKey, drained: boolean): void {
    for (const entry of this.#entries) {
      if (entry.upstream.name === upstream) entry.upstream.setDrained(target, drained);
    }
  }

  /** By active checks. */
  setChecked({ upstream, target }: TargetKey, up: boolean): void {
    for (const entry of this.#entries) {
      if (entry.upstream.name === upstream) entry.upstream.setChecked(target, up);
    }
  }

  census(): TargetCensus[] {
    const present = this.#entries.flatMap(({ upstream }) =>
      upstream.targets.map((target) => censusOf(upstream.name, target, false)),
    );
    const leaving = this.#leaving.filter(({ target }) => isInUse(target));
    return [...present, ...leaving.map(({ upstream, target }) => censusOf(upstream, target, true))];
  }

  /** Of those that are leaving too: they are the load of somebody. */
  countLoads(): void {
    for (const { upstream } of this.#entries) upstream.look();
    const targets = [
      ...this.#present(),
      ...this.#leaving.map(({ upstream, target }) => [upstream, target] as const),
    ];
    for (const [, { meter }] of targets) meter.clearLoad();
    for (const [upstream, target] of targets) target.meter.addLoad(censusOf(upstream, target, false));
    for (const { upstream } of this.#entries) upstream.meter.set(upstream.waiting);
  }

  *#present(): Generator<readonly [upstream: string, target: Target]> {
    for (const { upstream } of this.#entries) {
      for (const target of upstream.targets) yield [upstream.name, target];
    }
  }

  close(): void {
    for (const { upstream } of this.#entries) {
      upstream.close();
      for (const target of upstream.targets) target.close();
    }
    this.#entries = [];
  }

  #tools(options: PoolOptions, clients: Clients, meters: Meters): PreparedTools {
    return {
      meters,
      random: this.#random,
      timers: this.#timers,
      makeTarget: (spec, tls) => new Target(spec, options, this.#resolver, this.#timers, tls),
      tlsOf: (upstream, { address }) =>
        address.kind === "tcp" && address.tls === true
          ? (clients.get(upstream)?.towards(address.host) ?? null)
          : null,
    };
  }

  #commit({ entries, around, prepared, options, clients }: NextUpstreams): UpstreamChanges {
    this.#clients = clients;
    const kept = new Set(entries.map(({ upstream }) => upstream));
    const touched = prepared.filter(({ isTouched }) => isTouched);
    const removed = this.#entries.filter(({ upstream }) => !kept.has(upstream));
    const left = [
      ...touched.flatMap((each) =>
        each.commit().map((target) => ({ upstream: each.entry.key.name, target })),
      ),
      ...removed.flatMap(({ upstream, key }) =>
        upstream.targets.map((target) => ({ upstream: key.name, target })),
      ),
    ];
    for (const { upstream } of removed) upstream.close();
    for (const { target } of left) target.close();
    this.#leaving = [...this.#leaving, ...left].filter(({ target }) => isInUse(target));
    this.#entries = entries;
    this.#around = around;
    for (const each of prepared) each.useMeters();
    for (const key of this.#drainedAhead) this.setDrained(key, true);
    this.#drainedAhead = [];
    this.#useOptions(options);
    return changesOf(prepared, removed, entries.length - prepared.length, left.length);
  }

  /** The same object as long as it says the same, so that a look tells that nothing has changed. */
  #optionsFor(settings: Settings): PoolOptions {
    const options = poolOptions(settings);
    return JSON.stringify(options) === JSON.stringify(this.#options) ? this.#options! : options;
  }

  #useOptions(options: PoolOptions): void {
    if (options === this.#options) return;
    this.#options = options;
    for (const { upstream } of this.#entries) {
      for (const { pool } of upstream.targets) pool.options = options;
    }
  }
}

function changesOf(
  prepared: readonly PreparedUpstream[],
  removed: readonly UpstreamEntry[],
  untouched: number,
  targetsRemoved: number,
): UpstreamChanges {
  const names = (wanted: PreparedUpstream["change"]) =>
    prepared.filter(({ change }) => change === wanted).map(({ entry }) => entry.key.name);
  return {
    added: names("added"),
    changed: names("changed"),
    removed: removed.map(({ key }) => key.name),
    kept: untouched + names("none").length,
    targetsAdded: prepared.reduce((sum, { added }) => sum + added.length, 0),
    targetsRemoved,
  };
}

function isInUse({ active, pool }: Target): boolean {
  return active > 0 || pool.total > 0;
}

function censusOf(upstream: string, target: Target, leaving: boolean): TargetCensus {
  const { name, active, pool, ips, failure, health } = target;
  return {
    upstream,
    target: name,
    active,
    connections: pool.total,
    connecting: pool.connecting,
    idle: pool.idleCount,
    ips,
    failure,
    drained: health.drained,
    out: health.out,
    panic: target.panicking,
    leaving,
  };
}

function poolOptions({ limits, pool }: Settings): PoolOptions {
  const { headBytes, fieldCount, lineBytes, chunkExtensionBytes } = limits;
  return {
    idleConnections: pool.idleConnections,
    idleTimeoutMs: pool.idleTimeoutMs,
    maxAgeMs: pool.maxAgeMs,
    connections: limits.connectionsPerTarget,
    pendingConnects: limits.pendingConnectsPerTarget,
    codec: { headBytes, fieldCount, lineBytes, chunkExtensionBytes },
  };
}
