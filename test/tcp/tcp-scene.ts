/** A TCP listener in the test's hands: fake time, real sockets, targets that come and go. */
import { createRandom } from "../../src/base/random.ts";
import { NO_BREAKER } from "../../src/config/schema/protection.ts";
import { TcpListener } from "../../src/downstream/tcp-listener.ts";
import type { TcpRoute } from "../../src/exchange/snapshot.ts";
import { connect } from "../../src/io/connect.ts";
import { type ListenSocket, listen } from "../../src/io/listen.ts";
import { createResolver, type Resolver } from "../../src/io/resolver.ts";
import { type ExchangeRecord, keptRecord } from "../../src/observe/exchange-record.ts";
import { UNSEEN_METERS } from "../../src/observe/metrics/meters.ts";
import type { PoolOptions } from "../../src/upstream/stream-pool.ts";
import { Target, type TargetAddress } from "../../src/upstream/target.ts";
import { Upstream } from "../../src/upstream/upstream.ts";
import { RecordingOwner } from "../support/connection-pair.ts";
import { eventually } from "../support/eventually.ts";
import { FakeClock } from "../support/fake-clock.ts";

export const EVERY_MS = 10_000;
export const ATTEMPTS = 3;
export const CONNECT_MS = 2_000;

const METERS = { listener: UNSEEN_METERS.listener(""), route: UNSEEN_METERS.tunnel("", "", "") };

export class TcpScene implements Disposable {
  readonly clock: FakeClock;
  readonly records: ExchangeRecord[] = [];
  readonly targets: readonly Target[];
  readonly listener: TcpListener;
  readonly #socket: ListenSocket;
  readonly #clients: RecordingOwner[] = [];

  constructor(addresses: readonly TargetAddress[], options: Partial<SceneOptions> = {}) {
    const { clock, resolver, limit } = { ...defaults(), ...options };
    this.clock = clock;
    const { timers } = clock;
    const specs = addresses.map((address) => ({
      address,
      weight: 1,
      priority: 0,
      zone: null,
      protocol: "http1" as const,
    }));
    this.targets = specs.map((spec) => new Target(spec, POOL, resolver, timers));
    const tools = { random: createRandom([1, 2, 3, 4]), timers };
    const upstream = new Upstream("origin", this.targets, SETTINGS, tools);
    const observer = {
      wantsAll: true,
      record: (record: ExchangeRecord) => void this.records.push(keptRecord(record)),
    };
    const services = { timers: clock.timers, observer, connectionEnded() {} };
    this.listener = new TcpListener(
      { listener: "tunnel", connections: limit, route: ROUTE, upstream, meters: METERS },
      services,
    );
    const bound = listen({ kind: "tcp", host: "127.0.0.1", port: 0 }, (connection) => {
      const handler = this.listener.accept(connection);
      options.onAccept?.(this);
      return handler;
    });
    if (!bound.ok) throw new Error(bound.error);
    this.#socket = bound.value;
  }

  /** Targets' share of `active`. */
  get active(): number {
    return this.targets.reduce((sum, target) => sum + target.active, 0);
  }

  async client(): Promise<RecordingOwner> {
    const client = new RecordingOwner();
    this.#clients.push(client);
    connect(
      { kind: "tcp", ip: "127.0.0.1", port: this.#socket.port! },
      {
        onConnect: (connection) => {
          client.connection = connection;
          return client;
        },
        onConnectFailure: (cause) => {
          throw new Error(cause);
        },
      },
    );
    await eventually(() => client.connection !== undefined, "a client");
    return client;
  }

  /** A round has failed and the next one is waited for. */
  async held(count = 1): Promise<void> {
    await eventually(() => this.listener.waiting === count, `${count} held`);
  }

  async record(): Promise<ExchangeRecord> {
    await eventually(() => this.records.length > 0, "a record");
    return this.records[0]!;
  }

  [Symbol.dispose](): void {
    this.#socket.close();
    for (const { connection } of this.#clients) connection?.abort();
    this.listener.cut();
  }
}

interface SceneOptions {
  readonly clock: FakeClock;
  readonly resolver: Resolver;
  readonly limit: number;
  /** Runs in the event in which a client has been accepted, before its connects have an outcome. */
  readonly onAccept: (scene: TcpScene) => void;
}

function defaults(): Omit<SceneOptions, "onAccept"> {
  const clock = new FakeClock();
  const resolver = createResolver({ servers: [], refreshMs: 1_000, clock, timers: clock.timers });
  return { clock, resolver, limit: 100 };
}

/** A port of 127.0.0.1 that refuses until it is opened. */
export class PortTarget implements Disposable {
  readonly address: TargetAddress & { readonly kind: "tcp" };
  readonly connections: RecordingOwner[] = [];
  #socket: ListenSocket | null = null;

  constructor() {
    const port = this.#listen(0);
    this.close();
    this.address = { kind: "tcp", host: "127.0.0.1", port };
  }

  open(): this {
    this.#listen(this.address.port);
    return this;
  }

  close(): void {
    this.#socket?.close();
    this.#socket = null;
  }

  async accepted(index = 0): Promise<RecordingOwner> {
    await eventually(() => this.connections.length > index, "a connection at the target");
    return this.connections[index]!;
  }

  [Symbol.dispose](): void {
    this.close();
    for (const { connection } of this.connections) connection.abort();
  }

  #listen(port: number): number {
    const bound = listen({ kind: "tcp", host: "127.0.0.1", port }, (connection) => {
      const owner = new RecordingOwner();
      owner.connection = connection;
      this.connections.push(owner);
      return owner;
    });
    if (!bound.ok) throw new Error(bound.error);
    this.#socket = bound.value;
    return bound.value.port!;
  }
}

const ROUTE: TcpRoute = {
  label: "test/0",
  proxyProtocol: "off",
  timeouts: { connectMs: CONNECT_MS, idleMs: 600_000 },
  reconnect: { everyMs: EVERY_MS, attempts: ATTEMPTS },
};

const POOL: PoolOptions = {
  idleConnections: 0,
  idleTimeoutMs: 0,
  maxAgeMs: 0,
  connections: 2,
  pendingConnects: 10,
  codec: { headBytes: 0, fieldCount: 0, lineBytes: 0, chunkExtensionBytes: 0 },
};

const SETTINGS = {
  balance: { policy: "round_robin", slowStartMs: 0, failoverBelow: 0.5, zone: null },
  outliers: null,
  breaker: NO_BREAKER,
} as const;
