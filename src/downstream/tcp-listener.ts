/** One listening address of a `tcp` route: accepts, counts, and drains its sessions. */
import { proxyError } from "../base/proxy-error.ts";
import type { Connection, ConnectionHandler } from "../io/connection.ts";
import { NOTHING_KNOWN } from "../observe/exchange-record.ts";
import type { Upstream } from "../upstream/upstream.ts";

import { type TcpRoute, type TcpServices, TcpSession, type TcpSessionHost } from "./tcp-session.ts";

export class TcpListener implements TcpSessionHost {
  readonly listener: string;
  readonly route: TcpRoute;
  readonly upstream: Upstream;
  readonly services: TcpServices;
  readonly #limit: number;
  readonly #sessions = new Set<TcpSession>();

  /** @param limit connections at once; those beyond are closed as they are accepted */
  constructor(listener: string, route: TcpRoute, limit: number, upstream: Upstream, services: TcpServices) {
    this.listener = listener;
    this.route = route;
    this.upstream = upstream;
    this.services = services;
    this.#limit = limit;
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

  /** For `listen`: makes the owner of a connection that has been accepted. */
  accept(connection: Connection): ConnectionHandler {
    if (this.#sessions.size >= this.#limit) return this.#turnAway(connection);
    const session = new TcpSession(connection, this);
    this.#sessions.add(session);
    // It may come to its end at once, and must hear of that.
    connection.handler = session;
    session.start();
    return connection.handler;
  }

  onSessionEnd(session: TcpSession): void {
    this.#sessions.delete(session);
  }

  /** Tunnels go on. The listening socket is the caller's. */
  drain(): void {
    for (const session of [...this.#sessions]) session.drain();
  }

  cut(): void {
    for (const session of [...this.#sessions]) session.cut();
  }

  #turnAway(connection: Connection): ConnectionHandler {
    const { remoteAddress } = connection;
    connection.abort();
    this.services.observer.record({
      ...NOTHING_KNOWN,
      kind: "tcp",
      listener: this.listener,
      route: this.route.label,
      remoteAddress,
      closedBy: "proxy",
      error: proxyError("limit.connections"),
    });
    return connection.handler;
  }
}
