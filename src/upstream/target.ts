/**
 * One address that requests are sent to, with what is known of it while running. Targets outlive snapshots:
 * a reload that keeps a target keeps its connections and counts.
 */
import type { Timers } from "../base/clock.ts";
import type { ConnectAddress } from "../io/connect.ts";
import type { Resolver, WatchedName } from "../io/resolver.ts";
import { type AddressSource, Pool, type PoolOptions } from "./pool.ts";

export type TargetAddress =
  | { readonly kind: "tcp"; readonly host: string; readonly port: number }
  | { readonly kind: "unix"; readonly path: string };

export class Target implements AddressSource {
  /** `host:port` or `unix:/path`, as in logs. */
  readonly name: string;
  /** Relative share of new requests; 0 takes none. */
  weight: number;
  /** Exchanges and tunnels under way. */
  active = 0;
  readonly pool: Pool;
  readonly #address: TargetAddress;
  readonly #resolver: Resolver;
  readonly #watched: WatchedName | null;
  #rotation = 0;

  constructor(
    address: TargetAddress,
    weight: number,
    options: PoolOptions,
    resolver: Resolver,
    timers: Timers,
  ) {
    this.name = targetName(address);
    this.weight = weight;
    this.#address = address;
    this.#resolver = resolver;
    this.#watched = address.kind === "tcp" ? resolver.watch(address.host) : null;
    this.pool = new Pool(this, options, timers);
  }

  /** Settles after the first answer for the target's name. */
  get resolved(): Promise<void> {
    return this.#watched?.first ?? Promise.resolve();
  }

  /** Why the target has no address, or null. */
  get failure(): string | null {
    return this.#watched?.failure ?? null;
  }

  /** All addresses, each time beginning with the next one, so that a name with several spreads its load. */
  connectAddresses(): readonly ConnectAddress[] {
    const address = this.#address;
    if (address.kind === "unix") return [address];
    const ips = this.#watched!.addresses;
    const first = ips.length > 1 ? this.#rotation++ % ips.length : 0;
    return ips.map((_, i) => ({ kind: "tcp", ip: ips[(first + i) % ips.length]!, port: address.port }));
  }

  /** The configuration no longer has this target. */
  close(): void {
    this.pool.close();
    if (this.#address.kind === "tcp") this.#resolver.unwatch(this.#address.host);
  }
}

export function targetName(address: TargetAddress): string {
  if (address.kind === "unix") return `unix:${address.path}`;
  return address.host.includes(":") ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`;
}
