/**
 * Names to addresses, kept fresh while running. Each watched name is asked for again before its answer is out
 * of date, in the background: no request ever waits for a name. A failed refresh keeps the last good
 * addresses; a name without any is tried again soon, then more and more rarely.
 */
import { isIP } from "node:net";
import type { Clock, Timers } from "../base/clock.ts";
import { createRandom, type Random } from "../base/random.ts";
import { type Lookup, serverLookup, systemLookup } from "./resolver-lookup.ts";
import { NameRefresh } from "./resolver-refresh.ts";
import { timeoutTimers } from "./timeout-timers.ts";

/** One watched name. `addresses` changes in place as answers come; a failed refresh keeps the last good ones. */
export interface WatchedName {
  readonly name: string;
  /** Numeric, both families, in the resolver's order; empty while `failure` says why. */
  readonly addresses: readonly string[];
  /** The system's word (`ENOTFOUND`, `ETIMEOUT`) when there is no address, else null. */
  readonly failure: string | null;
  /** Settles, without throwing, after the first answer or failure. */
  readonly first: Promise<void>;
}

export interface Resolver {
  /** Starts or shares the watching of a name; a numeric address answers at once. */
  watch(name: string): WatchedName;
  /** One `watch` less; the last one stops the refreshing. */
  unwatch(name: string): void;
  /** Asks others from now on, and at once for every name; what is known holds until they have answered. */
  reconfigure(options: ResolverSettings): void;
  close(): void;
}

export interface ResolverSettings {
  /** Name servers as `address:port`; empty: the system's resolver, which knows /etc/hosts too. */
  readonly servers: readonly string[];
  /** How long an answer without a TTL is believed. */
  readonly refreshMs: number;
}

export interface ResolverOptions extends ResolverSettings {
  readonly clock: Clock;
  /** For tests; otherwise each name has a timer of the runtime's. */
  readonly timers?: Timers;
  /** For tests; otherwise as `servers` says. */
  readonly lookup?: Lookup;
  /** Spreads the refreshing of many names. */
  readonly random?: Random;
}

export function createResolver(options: ResolverOptions): Resolver {
  let { servers } = options;
  const lookupFor = () => options.lookup ?? (servers.length > 0 ? serverLookup(servers) : systemLookup);
  const setup = {
    refreshMs: options.refreshMs,
    timers: options.timers ?? timeoutTimers(options.clock),
    lookup: lookupFor(),
    random: options.random ?? createRandom(randomSeed()),
  };
  const watched = new Map<string, { refresh: NameRefresh; watchers: number }>();
  return {
    watch(name) {
      if (isIP(name) !== 0) return literal(name);
      const known = watched.get(name);
      if (known !== undefined) known.watchers++;
      else watched.set(name, { refresh: new NameRefresh(name, setup), watchers: 1 });
      return watched.get(name)!.refresh;
    },
    unwatch(name) {
      const known = watched.get(name);
      if (known === undefined || --known.watchers > 0) return;
      watched.delete(name);
      known.refresh.stop();
    },
    reconfigure(settings) {
      setup.refreshMs = settings.refreshMs;
      if (settings.servers.join() === servers.join()) return;
      servers = settings.servers;
      setup.lookup = lookupFor();
      for (const { refresh } of watched.values()) refresh.askNow();
    },
    close() {
      for (const { refresh } of watched.values()) refresh.stop();
      watched.clear();
    },
  };
}

function literal(address: string): WatchedName {
  return { name: address, addresses: [address], failure: null, first: Promise.resolve() };
}

function randomSeed(): [number, number, number, number] {
  const [a, b, c, d] = crypto.getRandomValues(new Uint32Array(4));
  return [a! | 1, b!, c!, d!];
}
