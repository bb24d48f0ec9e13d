/** One listening address that speaks HTTP: accepts, counts, and drains its sessions. */

import { proxyError } from "../base/proxy-error.ts";
import { Roster } from "../base/roster.ts";
import type { HttpSnapshot, Services } from "../exchange/snapshot.ts";
import type { Connection, ConnectionHandler } from "../io/connection.ts";
import { NOTHING_KNOWN } from "../observe/exchange-record.ts";
import type { SecureClient } from "../pipeline/secure-client.ts";
import { HeadStock } from "../protocol/h2/stream-record.ts";
import type { GrownWindows } from "../protocol/h2/window-growth.ts";
import { type ConnectionReport, type ConnectionsQuestion, reportConnections } from "./connection-report.ts";
import { H1Session } from "./h1-session.ts";
import { H2Session } from "./h2-session.ts";
import { H2Waiting } from "./h2-waiting.ts";
import type { HttpSession } from "./http-session.ts";
import { ReaderStock } from "./reader-stock.ts";
import type { SessionHost } from "./session-host.ts";
import { SharedBacklog } from "./shared-backlog.ts";
import { UnrulySources } from "./unruly-sources.ts";

export class HttpListener implements SessionHost {
  snapshot: HttpSnapshot;
  readonly services: Services;
  readonly readers: ReaderStock;
  readonly heads: HeadStock = new HeadStock();
  readonly backlog: SharedBacklog = new SharedBacklog();
  readonly grown: GrownWindows = { bytes: 0 };
  readonly unruly: UnrulySources = new UnrulySources();
  /** What has come of connections that wait for their turn to be read. */
  waitingBytes = 0;
  draining = false;
  #onEmpty: (() => void) | null = null;
  readonly #sessions: Roster<HttpSession> = new Roster();

  constructor(snapshot: HttpSnapshot, services: Services) {
    this.snapshot = snapshot;
    this.services = services;
    this.readers = new ReaderStock(snapshot.codec);
  }

  get connections(): number {
    return this.#sessions.size;
  }

  get unsentBytes(): number {
    return [...this.#sessions].reduce((sum, session) => sum + session.unsentBytes, 0);
  }

  report(question: ConnectionsQuestion): ConnectionReport[] {
    return reportConnections(this.snapshot.listener, this.#sessions, question);
  }

  /**
   * For `listen`: makes the owner of a connection that has been accepted. What it speaks was agreed on in the
   * handshake (`connection.tls.alpn`), if there was one.
   * @param secure what is known of a client that speaks TLS to us
   */
  accept(connection: Connection, secure: SecureClient | null = null): ConnectionHandler {
    if (this.#sessions.size >= this.snapshot.connections) return this.#turnAway(connection);
    const session =
      connection.tls?.alpn === "h2"
        ? this.#h2Session(connection, secure, NOTHING)
        : new H1Session(connection, this, secure);
    this.#sessions.add(session);
    this.snapshot.meters.listener.connectionOpened();
    return session;
  }

  switchToH2(
    session: HttpSession,
    connection: Connection,
    secure: SecureClient | null,
    firstBytes: Buffer,
  ): void {
    const successor = this.#h2Session(connection, secure, firstBytes);
    this.#succeed(session, successor, connection);
    if (successor instanceof H2Session) successor.onData(firstBytes);
    if (this.draining) successor.drain();
  }

  /** For `H2Waiting`, whose time has come. */
  beginH2(waiting: H2Waiting): void {
    const { connection, bytes } = waiting;
    const successor = new H2Session(connection, this, waiting.secure);
    this.#succeed(waiting, successor, connection);
    if (bytes.length > 0) successor.onData(bytes);
    if (waiting.ended) successor.onEnd();
    if (this.draining) successor.drain();
  }

  onSessionEnd(session: HttpSession): void {
    if (this.#sessions.delete(session)) this.snapshot.meters.listener.connectionClosed();
    this.services.connectionEnded();
    if (this.#sessions.size === 0) this.#onEmpty?.();
  }

  /** For requests that begin from now on, on connections that exist as on new ones. */
  use(snapshot: HttpSnapshot): void {
    snapshot.meters.listener.takeOver(this.snapshot.meters.listener, this.#sessions.size);
    this.snapshot = snapshot;
    this.readers.useLimits(snapshot.codec);
  }

  /**
   * Idle sessions end now, the others with their answer under way. The listening socket is the caller's.
   * @param onEmpty called once no session is left, which may be at once
   */
  drain(onEmpty: () => void = () => {}): void {
    this.draining = true;
    this.#onEmpty = onEmpty;
    if (this.#sessions.size === 0) onEmpty();
    for (const session of this.#sessions) session.drain();
  }

  cut(): void {
    this.draining = true;
    for (const session of this.#sessions) session.cut();
  }

  #succeed(session: HttpSession, successor: HttpSession & ConnectionHandler, connection: Connection): void {
    connection.handler = successor;
    this.#sessions.add(successor);
    this.#sessions.delete(session);
  }

  #h2Session(connection: Connection, secure: SecureClient | null, firstBytes: Buffer): H2Session | H2Waiting {
    const nowMs = this.services.timers.clock.nowMs();
    const dueMs = this.#dueMs(connection, nowMs);
    if (dueMs === nowMs || this.waitingBytes + firstBytes.length > MAX_WAITING_BYTES)
      return new H2Session(connection, this, secure);
    this.waitingBytes += firstBytes.length;
    return new H2Waiting(connection, this, secure, firstBytes, dueMs);
  }

  /** A proxy that we trust stands for many. */
  #dueMs(connection: Connection, nowMs: number): number {
    if (this.unruly.isEmpty) return nowMs;
    const address = connection.remoteAddress;
    return this.snapshot.isTrusted(address) ? nowMs : this.unruly.dueMs(address, nowMs);
  }

  #turnAway(connection: Connection): ConnectionHandler {
    const { listener, unrouted } = this.snapshot.meters;
    listener.turnedAway();
    unrouted.failed("limit.connections");
    this.services.observer.record({
      ...NOTHING_KNOWN,
      kind: "http",
      listener: this.snapshot.listener,
      remoteAddress: connection.remoteAddress,
      closedBy: "proxy",
      error: proxyError("limit.connections"),
    });
    connection.abort();
    return connection.handler;
  }
}

const NOTHING: Buffer = Buffer.alloc(0);
/** Beyond that, connections are read at once whoever they come from. */
const MAX_WAITING_BYTES = 8 * 1024 * 1024;
