/**
 * The HTTP/2 connections to one target. Requests share the first that has room, so that there are few of them and
 * what arrives together is written together. Those that find none wait, for room or for a new connection.
 */
import type { Timers } from "../base/clock.ts";
import type { JointCells } from "../base/joint-cells.ts";
import { type ErrorCode, type ProxyError, proxyError } from "../base/proxy-error.ts";
import type { Approach, ConnectAttempt, ConnectHandler } from "../io/connect.ts";
import { connectError } from "../io/connect-error.ts";
import type { Connection, ConnectionHandler } from "../io/connection.ts";
import { peekSocket } from "../io/native.ts";
import type { GrownWindows } from "../protocol/h2/window-growth.ts";
import { connectAny } from "./connect-race.ts";
import { H2Connection, type H2ConnectionOwner } from "./h2-connection.ts";
import { ConnectionCount } from "./joint/connection-count.ts";
import type { AddressSource, LentStream, PoolOptions, StreamPool, StreamWaiter } from "./stream-pool.ts";

export class H2Pool implements StreamPool, H2ConnectionOwner, ConnectHandler {
  /** Of connections, busy, idle and being made. */
  readonly count: ConnectionCount = new ConnectionCount();
  readonly grown: GrownWindows = { bytes: 0 };
  options: PoolOptions;
  readonly #addresses: AddressSource;
  readonly #timers: Timers;
  readonly #waiters: Set<StreamWaiter> = new Set();
  #connections: H2Connection[] = [];
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
    return this.#connections.filter(({ streams }) => streams === 0).length;
  }

  /** Whether there are connections on which the target has told what it takes, and it never was tunnels. */
  get takesNoTunnels(): boolean {
    const said = this.#connections.filter(({ takesTunnels, closing }) => takesTunnels !== null && !closing);
    return said.length > 0 && !said.some(({ takesTunnels }) => takesTunnels);
  }

  /** Who waits already goes first. */
  take(needsTunnel: boolean): LentStream | null {
    return this.#waiters.size === 0 ? this.#lend(needsTunnel) : null;
  }

  connect(waiter: StreamWaiter): ConnectAttempt | ErrorCode {
    if (waiter.needsTunnel && this.takesNoTunnels) return "upstream.no_web_socket";
    const refusal = this.#needsConnection() ? this.#connect() : null;
    return refusal !== null && this.total === 0 ? refusal : this.wait(waiter);
  }

  /** For a stream of whatever connection has room next. */
  wait(waiter: StreamWaiter): ConnectAttempt {
    this.#waiters.add(waiter);
    return { cancel: () => void this.#waiters.delete(waiter) };
  }

  onRoom(): void {
    for (const waiter of this.#waiters) {
      const stream = this.#lend(waiter.needsTunnel);
      if (stream !== null) {
        this.#waiters.delete(waiter);
        waiter.onStream(stream);
      } else if (!waiter.needsTunnel) break;
      else if (this.takesNoTunnels) {
        this.#waiters.delete(waiter);
        waiter.onNoStream(proxyError("upstream.no_web_socket"));
      }
    }
    if (this.#waiters.size > 0 && this.#needsConnection()) this.#connect();
  }

  onIdle(connection: H2Connection): void {
    const { idleConnections, idleTimeoutMs, maxAgeMs } = this.options;
    const isOld = connection.idleSinceMs - connection.bornMs > maxAgeMs;
    const idle = this.idleCount;
    const isTooMany = idle > idleConnections || !this.count.mayKeep(idle - 1, this.options);
    if (this.#closed || isOld || isTooMany) return connection.retire();
    connection.deadlineMs = connection.idleSinceMs + idleTimeoutMs;
    this.#timers.arm(connection);
  }

  onGone(connection: H2Connection): void {
    this.#connections = this.#connections.filter((each) => each !== connection);
    this.count.gone();
    if (this.#waiters.size > 0 && this.#needsConnection()) this.#replace();
  }

  close(): void {
    this.#closed = true;
    for (const connection of [...this.#connections]) connection.retire();
  }

  onConnect(socket: Connection): ConnectionHandler {
    return this.adopt(socket);
  }

  /** A connection that was made for us. */
  adopt(socket: Connection): ConnectionHandler {
    this.count.made();
    const connection = new H2Connection(socket, this, this.options.codec, this.#timers);
    // The connection must own the socket before its users write to it.
    socket.handler = connection;
    this.#connections.push(connection);
    this.onRoom();
    if (connection.streams === 0) this.onIdle(connection);
    return socket.handler;
  }

  /** While there are others, whoever waits may still get a stream of theirs. */
  onConnectFailure(cause: string): void {
    this.count.failed();
    if (this.total === 0) this.#failAll(connectError(cause));
  }

  /** Those that waited for room on a connection that is gone need another; nobody else may come to make it. */
  #replace(): void {
    const refusal = this.#connect();
    if (refusal !== null && this.total === 0) this.#failAll(proxyError(refusal));
  }

  #failAll(error: ProxyError): void {
    const waiters = [...this.#waiters];
    this.#waiters.clear();
    for (const waiter of waiters) waiter.onNoStream(error);
  }

  #lend(needsTunnel: boolean): LentStream | null {
    // Whoever turns out to be of no use leaves: the list is another one then.
    for (const connection of this.#connections) {
      const fits = connection.hasRoom && (!needsTunnel || connection.takesTunnels === true);
      if (fits && this.#isUsable(connection)) return connection.lend();
    }
    return null;
  }

  /** Whether those that are being made, and those of which it is not known yet how much they take, are too few. */
  #needsConnection(): boolean {
    const open = this.connecting + this.#connections.filter(({ isNew }) => isNew).length;
    return this.#waiters.size >= open * STREAMS_EXPECTED;
  }

  #connect(): ErrorCode | null {
    const addresses = this.#addresses.connectAddresses();
    if (addresses.length === 0) return "upstream.name_not_found";
    const refusal = this.count.begin(this.options);
    if (refusal !== null) return refusal;
    connectAny(addresses, this, HTTP_2, this.#timers);
    return null;
  }

  /** One that has been idle for a moment must prove itself. What it may have sent is no answer to anything. */
  #isUsable(connection: H2Connection): boolean {
    const nowMs = this.#timers.clock.nowMs();
    if (nowMs - connection.bornMs > this.options.maxAgeMs) connection.retire();
    else if (connection.streams > 0 || nowMs - connection.idleSinceMs < PROOF_AFTER_MS) return true;
    else if (peekSocket(connection.fd) !== "closed") return true;
    else connection.retire();
    return false;
  }
}

/** Of a connection that has not told yet; most servers take a hundred and more. */
const STREAMS_EXPECTED = 100;
/** Within this time the event loop would have told us of a FIN; the proof costs a system call. */
const PROOF_AFTER_MS = 10;

const HTTP_2: Approach = { alpn: "\x02h2", preface: null };
