/**
 * A target that says itself what it speaks, in the ALPN of its TLS: the first connection asks, and what it learns is
 * remembered for as long as there are connections. In cleartext nobody asks, and it is HTTP/1.1. A WebSocket goes over
 * HTTP/1.1 too where HTTP/2 does not take it.
 */
import type { Timers } from "../base/clock.ts";
import type { JointCells } from "../base/joint-cells.ts";
import { type ErrorCode, type ProxyError, proxyError } from "../base/proxy-error.ts";
import type { Approach, ConnectAttempt, ConnectHandler } from "../io/connect.ts";
import { connectError } from "../io/connect-error.ts";
import type { Connection, ConnectionHandler } from "../io/connection.ts";
import { connectAny } from "./connect-race.ts";
import { H2Pool } from "./h2-pool.ts";
import { ConnectionCount } from "./joint/connection-count.ts";
import { Pool } from "./pool.ts";
import type { AddressSource, LentStream, PoolOptions, StreamPool, StreamWaiter } from "./stream-pool.ts";

export class AutoPool implements StreamPool, ConnectHandler {
  readonly #addresses: AddressSource;
  readonly #http1: Pool;
  readonly #http2: H2Pool;
  /** Null: it has to be asked. */
  #spoken: Pool | H2Pool | null = null;
  readonly #waits: Set<Wait> = new Set();
  readonly #timers: Timers;
  /** The connection that asks. */
  readonly #asking: ConnectionCount = new ConnectionCount();

  constructor(addresses: AddressSource, options: PoolOptions, timers: Timers) {
    this.#addresses = addresses;
    this.#timers = timers;
    this.#http1 = new Pool(addresses, options, timers);
    this.#http2 = new H2Pool(addresses, options, timers);
  }

  get options(): PoolOptions {
    return this.#http1.options;
  }

  set options(options: PoolOptions) {
    this.#http1.options = this.#http2.options = options;
  }

  get total(): number {
    return this.#http1.total + this.#http2.total + this.#asking.total;
  }

  get connecting(): number {
    return this.#http1.connecting + this.#http2.connecting + this.#asking.connecting;
  }

  countIn(joint: JointCells | null): void {
    this.#asking.use(joint);
    this.#http1.countIn(joint);
    this.#http2.countIn(joint);
  }

  get idleCount(): number {
    return this.#http1.idleCount + this.#http2.idleCount;
  }

  take(needsTunnel: boolean): LentStream | null {
    const stream = this.#spoken?.take(needsTunnel) ?? null;
    const goesElsewhere = needsTunnel && this.#spoken === this.#http2 && this.#http2.takesNoTunnels;
    return stream === null && goesElsewhere ? this.#http1.take() : stream;
  }

  connect(waiter: StreamWaiter): ConnectAttempt | ErrorCode {
    if (this.total === 0) this.#spoken = null;
    if (this.#spoken !== null) return this.#connectTo(this.#spoken, waiter);
    const addresses = this.#addresses.connectAddresses();
    if (addresses.length === 0) return "upstream.name_not_found";
    const isAsked = this.#asking.total > 0;
    const refusal = isAsked ? null : this.#asking.begin(this.options);
    if (refusal !== null) return refusal;
    const wait = new Wait(waiter, this.#http1, () => void this.#waits.delete(wait));
    this.#waits.add(wait);
    if (!isAsked) connectAny(addresses, this, EITHER, this.#timers);
    return wait;
  }

  close(): void {
    this.#http1.close();
    this.#http2.close();
  }

  onConnect(connection: Connection): ConnectionHandler {
    this.#asking.failed();
    const waits = [...this.#waits];
    this.#waits.clear();
    if (connection.tls?.alpn === "h2") return this.#useHttp2(connection, waits);
    return this.#useHttp1(connection, waits);
  }

  onConnectFailure(cause: string): void {
    this.#asking.failed();
    const waits = [...this.#waits];
    this.#waits.clear();
    for (const { waiter } of waits) waiter.onNoStream(connectError(cause));
  }

  #connectTo(spoken: Pool | H2Pool, waiter: StreamWaiter): ConnectAttempt | ErrorCode {
    if (!waiter.needsTunnel) return spoken.connect(waiter);
    const wait = new Wait(waiter, this.#http1, () => {});
    const attempt = spoken.connect(wait);
    if (attempt === "upstream.no_web_socket") return this.#http1.connect(waiter);
    if (typeof attempt === "string") return attempt;
    wait.goOnWith(attempt);
    return wait;
  }

  #useHttp2(connection: Connection, waits: readonly Wait[]): ConnectionHandler {
    this.#spoken = this.#http2;
    this.#http2.count.begun();
    for (const wait of waits) wait.goOnWith(this.#http2.wait(wait));
    return this.#http2.adopt(connection);
  }

  /** The first who waits gets this connection, the others one of their own. */
  #useHttp1(connection: Connection, [first, ...others]: readonly Wait[]): ConnectionHandler {
    this.#spoken = this.#http1;
    this.#http1.count.adopted();
    const stream = this.#http1.adopt(connection);
    connection.handler = stream;
    if (first === undefined) this.#http1.onStreamFree(stream);
    else first.waiter.onStream(stream);
    for (const wait of others) wait.goOnWith(this.#http1.connect(wait.waiter));
    return connection.handler;
  }
}

/** Somebody who waits, first for the answer to what is spoken, then for a stream. */
class Wait implements ConnectAttempt, StreamWaiter {
  readonly needsTunnel: boolean;
  readonly waiter: StreamWaiter;
  readonly #http1: Pool;
  #cancel: () => void;

  constructor(waiter: StreamWaiter, http1: Pool, cancel: () => void) {
    this.needsTunnel = waiter.needsTunnel;
    this.waiter = waiter;
    this.#http1 = http1;
    this.#cancel = cancel;
  }

  onStream(stream: LentStream): void {
    this.waiter.onStream(stream);
  }

  onNoStream(error: ProxyError): void {
    if (error.code !== "upstream.no_web_socket") return this.waiter.onNoStream(error);
    const stream = this.#http1.take();
    if (stream !== null) this.waiter.onStream(stream);
    else this.goOnWith(this.#http1.connect(this.waiter));
  }

  cancel(): void {
    this.#cancel();
  }

  goOnWith(attempt: ConnectAttempt | ErrorCode): void {
    if (typeof attempt === "string") this.waiter.onNoStream(proxyError(attempt));
    else this.#cancel = () => attempt.cancel();
  }
}

const EITHER: Approach = { alpn: "\x02h2\x08http/1.1", preface: null };
