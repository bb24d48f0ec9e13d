/** One listening address of a `tcp` route: accepts, counts, and drains its sessions. */
import { proxyError } from "../base/proxy-error.ts";
import { Roster } from "../base/roster.ts";
import type { TcpSnapshot } from "../exchange/snapshot.ts";
import type { Connection, ConnectionHandler } from "../io/connection.ts";
import { NOTHING_KNOWN } from "../observe/exchange-record.ts";
import type { SecureClient } from "../pipeline/secure-client.ts";
import { type ConnectionReport, type ConnectionsQuestion, reportConnections } from "./connection-report.ts";
import { type TcpServices, TcpSession, type TcpSessionHost } from "./tcp-session.ts";

export class TcpListener implements TcpSessionHost {
  snapshot: TcpSnapshot;
  readonly services: TcpServices;
  #onEmpty: (() => void) | null = null;
  readonly #sessions: Roster<TcpSession> = new Roster();

  constructor(snapshot: TcpSnapshot, services: TcpServices) {
    this.snapshot = snapshot;
    this.services = services;
  }

  get connections(): number {
    return this.#sessions.size;
  }

  /** Clients that are held between two rounds, with no connect under way. */
  get waiting(): number {
    let count = 0;
    for (const session of this.#sessions) if (session.waiting) count++;
    return count;
  }

  report(question: ConnectionsQuestion): ConnectionReport[] {
    return reportConnections(this.snapshot.listener, this.#sessions, question);
  }

  /**
   * For `listen`: makes the owner of a connection that has been accepted.
   * @param snapshot of another route than the listener's own
   * @param secure what is known of a client that speaks TLS, to us or to the target
   */
  accept(
    connection: Connection,
    snapshot: TcpSnapshot = this.snapshot,
    secure: SecureClient | null = null,
  ): ConnectionHandler {
    if (this.#sessions.size >= snapshot.connections) return this.#turnAway(connection);
    const session = new TcpSession(connection, this, snapshot, secure);
    this.#sessions.add(session);
    this.snapshot.meters.listener.connectionOpened();
    // It may come to its end at once, and must hear of that.
    connection.handler = session;
    session.start();
    return connection.handler;
  }

  onSessionEnd(session: TcpSession): void {
    if (this.#sessions.delete(session)) this.snapshot.meters.listener.connectionClosed();
    this.services.connectionEnded();
    if (this.#sessions.size === 0) this.#onEmpty?.();
  }

  /** For connections that come from now on. */
  use(snapshot: TcpSnapshot): void {
    snapshot.meters.listener.takeOver(this.snapshot.meters.listener, this.#sessions.size);
    this.snapshot = snapshot;
  }

  /**
   * Tunnels go on. The listening socket is the caller's.
   * @param onEmpty called once no session is left, which may be at once
   */
  drain(onEmpty: () => void = () => {}): void {
    this.#onEmpty = onEmpty;
    if (this.#sessions.size === 0) onEmpty();
    for (const session of this.#sessions) session.drain();
  }

  cut(): void {
    for (const session of this.#sessions) session.cut();
  }

  #turnAway(connection: Connection): ConnectionHandler {
    const { remoteAddress } = connection;
    const { listener, route } = this.snapshot.meters;
    listener.turnedAway();
    route.failed("limit.connections");
    connection.abort();
    this.services.observer.record({
      ...NOTHING_KNOWN,
      kind: "tcp",
      listener: this.snapshot.listener,
      route: this.snapshot.route.label,
      remoteAddress,
      closedBy: "proxy",
      error: proxyError("limit.connections"),
    });
    return connection.handler;
  }
}
