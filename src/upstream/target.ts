/**
 * One address that requests are sent to, with what is known of it while running. Targets outlive snapshots:
 * a reload that keeps a target keeps its connections and counts.
 */
import type { Timers } from "../base/clock.ts";
import type { JointCells } from "../base/joint-cells.ts";
import type { ErrorCode } from "../base/proxy-error.ts";
import type { ClientTls } from "../io/client-tls.ts";
import type { ConnectAddress } from "../io/connect.ts";
import type { Resolver, WatchedName } from "../io/resolver.ts";
import { JOINT_TARGET } from "../observe/metrics/joint-places.ts";
import { UNSEEN_METERS } from "../observe/metrics/meters.ts";
import type { TargetMeter } from "../observe/metrics/target-meter.ts";
import { AutoPool } from "./auto-pool.ts";
import type { Candidate } from "./balancer/balancer.ts";
import type { ZonedCandidate } from "./balancer/zone.ts";
import { H2Pool } from "./h2-pool.ts";
import { TargetHealth } from "./health/target-health.ts";
import { ConnectionCount } from "./joint/connection-count.ts";
import { JointCount } from "./joint/joint-count.ts";
import { Latency } from "./latency.ts";
import { Pool } from "./pool.ts";
import type { Sharer } from "./shares.ts";
import type { AddressSource, PoolOptions, StreamPool } from "./stream-pool.ts";

export type TargetAddress =
  | { readonly kind: "tcp"; readonly host: string; readonly port: number; readonly tls?: true }
  | { readonly kind: "unix"; readonly path: string };

/** A target as it is configured or found. */
export interface TargetSpec {
  readonly address: TargetAddress;
  /** Relative share of new requests; 0 takes none. */
  readonly weight: number;
  /** Its tier: the lowest number comes first. */
  readonly priority: number;
  readonly zone: string | null;
  /** What is spoken to it. */
  readonly protocol: UpstreamProtocol;
}

/** `auto`: what the target chooses in the ALPN of its TLS. */
export type UpstreamProtocol = keyof typeof POOLS;

/** What may change while a target stays the same. */
export type TargetStanding = Pick<TargetSpec, "weight" | "priority" | "zone">;

/** Who is told how a target fares: its upstream. */
export interface TargetGroup {
  /** An exchange or tunnel begins. */
  begun(target: Target): void;
  /** It is over. */
  ended(target: Target): void;
  answered(target: Target, status: number, latencyMs: number, nowMs: number): void;
  failed(target: Target, nowMs: number): void;
}

export class Target implements AddressSource, Candidate, ZonedCandidate, Sharer {
  /** `host:port` or `unix:/path`, as in logs. */
  readonly name: string;
  weight: number;
  priority: number;
  zone: string | null;
  /** What it should get of new requests now; kept by its upstream. */
  share: number;
  /** Exchanges and tunnels under way. */
  active = 0;
  readonly latency: Latency = new Latency();
  slot = -1;
  /** Null once it has left its upstream. */
  group: TargetGroup | null = null;
  readonly health: TargetHealth = new TargetHealth();
  /** It is used though it is out, because all are. */
  panicking = false;
  /** Since when it takes requests, or will have been; `Clock.nowMs` terms. */
  availableSinceMs: number = Number.NEGATIVE_INFINITY;
  /** Given by whoever shows what is counted. */
  meter: TargetMeter = UNSEEN_METERS.target("", "");
  readonly pool: StreamPool;
  readonly protocol: UpstreamProtocol;
  /** Null: it is spoken to in the clear. */
  readonly tls: ClientTls | null;
  /** So many may be under way here, and in all workers. */
  #limit: number = Number.POSITIVE_INFINITY;
  #jointLimit: number = Number.POSITIVE_INFINITY;
  readonly #underWay: JointCount = new JointCount(JOINT_TARGET.active);
  /** Null until there is one. */
  #tunnels: ConnectionCount | null = null;
  #joint: JointCells | null = null;
  readonly #address: TargetAddress;
  readonly #resolver: Resolver;
  readonly #watched: WatchedName | null;
  #rotation = 0;

  constructor(
    spec: TargetSpec,
    options: PoolOptions,
    resolver: Resolver,
    timers: Timers,
    tls: ClientTls | null = null,
  ) {
    const { address } = spec;
    this.tls = tls;
    this.name = targetName(address);
    this.weight = spec.weight;
    this.share = spec.weight;
    this.priority = spec.priority;
    this.zone = spec.zone;
    this.#address = address;
    this.#resolver = resolver;
    this.#watched = address.kind === "tcp" ? resolver.watch(address.host) : null;
    this.protocol = spec.protocol;
    this.pool = new POOLS[spec.protocol](this, options, timers);
  }

  /** Settles after the first answer for the target's name. */
  get resolved(): Promise<void> {
    return this.#watched?.first ?? Promise.resolve();
  }

  /** Why the target has no address, or null. */
  get failure(): string | null {
    return this.#watched?.failure ?? null;
  }

  /** The IP addresses that its name has now; none for a Unix socket. */
  get ips(): readonly string[] {
    return this.#watched?.addresses ?? [];
  }

  /** All addresses, each time beginning with the next one, so that a name with several spreads its load. */
  connectAddresses(): readonly ConnectAddress[] {
    const address = this.#address;
    if (address.kind === "unix") return [address];
    const ips = this.#watched!.addresses;
    const first = ips.length > 1 ? this.#rotation++ % ips.length : 0;
    const { port } = address;
    return ips.map((_, i) => ({ kind: "tcp", ip: ips[(first + i) % ips.length]!, port, tls: this.tls }));
  }

  get full(): boolean {
    if (this.active >= this.#limit) return true;
    return (
      this.#jointLimit !== Number.POSITIVE_INFINITY && this.active + this.#underWay.others >= this.#jointLimit
    );
  }

  /** `Infinity`: none. */
  useLimits(limit: number, jointLimit: number): void {
    this.#limit = limit;
    this.#jointLimit = jointLimit;
    this.#tell();
  }

  /** Whether there is a place for one more; `hold` is to follow at once. */
  claim(): boolean {
    if (this.#jointLimit === Number.POSITIVE_INFINITY) return true;
    return this.#underWay.claim(this.active, 0, this.#jointLimit);
  }

  unclaim(): void {
    this.#tell();
  }

  /** An exchange or tunnel begins. */
  hold(): void {
    this.active++;
    if (this.#jointLimit !== Number.POSITIVE_INFINITY) this.#tell();
    this.group?.begun(this);
  }

  /** It is over. */
  release(): void {
    this.active--;
    if (this.#jointLimit !== Number.POSITIVE_INFINITY) this.#tell();
    this.group?.ended(this);
  }

  /** One more tunnel, which is a connection; or why not. */
  openTunnel(): ErrorCode | null {
    if (this.#tunnels === null) {
      this.#tunnels = new ConnectionCount();
      this.#tunnels.use(this.#joint);
    }
    const refusal = this.#tunnels.begin({ ...this.pool.options, pendingConnects: Number.POSITIVE_INFINITY });
    if (refusal === null) this.#tunnels.made();
    return refusal;
  }

  closeTunnel(): void {
    this.#tunnels!.gone();
  }

  /** The head of an answer came after so long; for a tunnel, which has status 0, the connection. */
  answered(status: number, latencyMs: number, nowMs: number): void {
    this.latency.observe(latencyMs, nowMs);
    this.group?.answered(this, status, latencyMs, nowMs);
  }

  /** An attempt failed after so long. One that fails fast must not look fast. */
  failed(waitedMs: number, nowMs: number): void {
    this.latency.observe(Math.max(waitedMs, FAILURE_MS), nowMs);
    this.group?.failed(this, nowMs);
  }

  /** Taken out for a while for doing worse than the others. */
  ejected(): void {
    this.meter.ejected();
  }

  /** Has what is counted from here on counted there, and acts as one with the other workers through it. */
  useMeter(meter: TargetMeter): void {
    this.meter = meter;
    if (meter.joint?.isAt(this.#joint) !== true) this.#join(meter.joint);
  }

  /** What of a target may change while it stays the same target. */
  adjust({ weight, priority, zone }: TargetStanding): void {
    this.weight = weight;
    this.priority = priority;
    this.zone = zone;
  }

  /** Whether `adjust` would change nothing. */
  isAs({ weight, priority, zone }: TargetStanding): boolean {
    return weight === this.weight && priority === this.priority && zone === this.zone;
  }

  /** It is no longer one of its upstream's targets; what is under way there goes on. */
  leave(): void {
    this.group = null;
    this.share = 0;
    this.slot = -1;
    this.#join(null);
  }

  /** The configuration no longer has this target. */
  close(): void {
    this.#join(null);
    this.pool.close();
    if (this.#address.kind === "tcp") this.#resolver.unwatch(this.#address.host);
  }

  /** Who has left, or is gone, counts nowhere: its place may be another's before its last request is over. */
  #join(joint: JointCells | null): void {
    if (joint === this.#joint) return;
    this.#joint = joint;
    this.health.joint = joint;
    this.health.circuit?.join(joint);
    this.#underWay.use(joint);
    this.pool.countIn(joint);
    this.#tunnels?.use(joint);
  }

  #tell(): void {
    this.#underWay.tell(this.#jointLimit === Number.POSITIVE_INFINITY ? 0 : this.active);
  }
}

const POOLS = { http1: Pool, h2: H2Pool, auto: AutoPool } as const;

/** As slow as that a failure counts at least. */
const FAILURE_MS = 1_000;

export function targetName(address: TargetAddress): string {
  if (address.kind === "unix") return `unix:${address.path}`;
  const scheme = address.tls === true ? "tls://" : "";
  return (
    scheme +
    (address.host.includes(":") ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`)
  );
}
