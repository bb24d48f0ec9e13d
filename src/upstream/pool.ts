/**
 * The connections to one target: idle ones are reused last in, first out, so that surplus ones age away.
 * A connection that has been idle for a moment must prove itself before it is used again.
 */
import type { Timers } from "../base/clock.ts";
import type { JointCells } from "../base/joint-cells.ts";
import type { ErrorCode } from "../base/proxy-error.ts";
import type { Approach, ConnectAddress, ConnectAttempt, ConnectHandler } from "../io/connect.ts";
import { connectError } from "../io/connect-error.ts";
import type { Connection, ConnectionHandler } from "../io/connection.ts";
import { peekSocket } from "../io/native.ts";
import { type ConnectRace, connectAny } from "./connect-race.ts";
import { H1Stream, type StreamOwner } from "./h1-stream.ts";
import { ConnectionCount } from "./joint/connection-count.ts";
import type { AddressSource, PoolOptions, StreamPool, StreamWaiter } from "./stream-pool.ts";

export class Pool implements StreamPool, StreamOwner {
  /** Of connections, busy, idle and being made. */
  readonly count: ConnectionCount = new ConnectionCount();
  options: PoolOptions;
  readonly #addresses: AddressSource;
  readonly #timers: Timers;
  readonly #idle: H1Stream[] = [];
  #closed = false;

  constructor(addresses: AddressSource, options: PoolOptions, timers: Timers) {
    this.#addresses = addresses;
    this.options = options;
    this.#timers = timers;
  }

  get total(): number {
    return this.count.total;
  }

  get connecting(): number {
    return this.count.connecting;
  }

  countIn(joint: JointCells | null): void {
    this.count.use(joint);
  }

  get idleCount(): number {
    return this.#idle.length;
  }

  /** A connection that is ready now, or null. */
  take(): H1Stream | null {
    for (let stream = this.#idle.pop(); stream !== undefined; stream = this.#idle.pop()) {
      if (this.#isUsable(stream)) {
        stream.useLimits(this.options.codec);
        return stream;
      }
      stream.retire();
    }
    return null;
  }

  /** Makes a new connection, trying each address of the target in turn; or says why not. */
  connect(waiter: StreamWaiter): ConnectAttempt | ErrorCode {
    const addresses = this.#addresses.connectAddresses();
    if (addresses.length === 0) return "upstream.name_not_found";
    const refusal = this.count.begin(this.options);
    if (refusal !== null) return refusal;
    return new PoolConnect(this, addresses, waiter, this.#timers);
  }

  onStreamFree(stream: H1Stream): void {
    const { idleConnections, idleTimeoutMs, maxAgeMs } = this.options;
    if (
      this.#closed ||
      this.#idle.length >= idleConnections ||
      !this.count.mayKeep(this.#idle.length, this.options) ||
      stream.idleSinceMs - stream.bornMs > maxAgeMs
    ) {
      stream.retire();
      return;
    }
    stream.reused = true;
    this.#idle.push(stream);
    stream.deadlineMs = stream.idleSinceMs + idleTimeoutMs;
    this.#timers.arm(stream);
  }

  onStreamGone(stream: H1Stream): void {
    this.count.gone();
    const at = this.#idle.lastIndexOf(stream);
    if (at >= 0) this.#idle.splice(at, 1);
  }

  /** A connection came for somebody who has left: it serves the next. */
  adopt(connection: Connection): H1Stream {
    const stream = new H1Stream(connection, this, this.options.codec, this.#timers);
    stream.idleSinceMs = stream.bornMs;
    return stream;
  }

  /** Idle connections are closed, busy ones when they are done. */
  close(): void {
    this.#closed = true;
    for (let stream = this.#idle.pop(); stream !== undefined; stream = this.#idle.pop()) stream.retire();
  }

  #isUsable(stream: H1Stream): boolean {
    const nowMs = this.#timers.clock.nowMs();
    const idleMs = nowMs - stream.idleSinceMs;
    if (nowMs - stream.bornMs > this.options.maxAgeMs) return false;
    if (idleMs < PROOF_AFTER_MS) return true;
    if (idleMs > this.options.idleTimeoutMs) return false;
    const state = peekSocket(stream.fd);
    return state === "clean" || state === "unknown";
  }
}

/** One wait for one new connection, over all addresses of the target. */
class PoolConnect implements ConnectAttempt, ConnectHandler {
  readonly #pool: Pool;
  readonly #race: ConnectRace;
  #waiter: StreamWaiter | null;

  constructor(pool: Pool, addresses: readonly ConnectAddress[], waiter: StreamWaiter, timers: Timers) {
    this.#pool = pool;
    this.#waiter = waiter;
    this.#race = connectAny(addresses, this, HTTP_1, timers);
  }

  /** The attempt goes on: what it yields serves the next request. */
  cancel(): void {
    this.#waiter = null;
    this.#race.settle();
  }

  onConnect(connection: Connection): ConnectionHandler {
    const pool = this.#pool;
    pool.count.made();
    const stream = pool.adopt(connection);
    // The stream must own the connection before its user writes to it.
    connection.handler = stream;
    if (this.#waiter !== null) this.#waiter.onStream(stream);
    else pool.onStreamFree(stream);
    return connection.handler;
  }

  onConnectFailure(cause: string): void {
    this.#pool.count.failed();
    this.#waiter?.onNoStream(connectError(cause));
  }
}

const HTTP_1: Approach = { alpn: "\x08http/1.1", preface: null };

/** Within this time the event loop would have told us of a FIN; the proof costs a system call. */
const PROOF_AFTER_MS = 10;
