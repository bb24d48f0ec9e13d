/**
 * The way into a listener that speaks TLS, passes it on or takes PROXY headers: holds connections until it is known
 * what they are, and then hands them to the listener for HTTP or the one for tunnels. Plain listeners have none.
 */
import { type ErrorCode, type ProxyError, proxyError } from "../base/proxy-error.ts";
import { Roster } from "../base/roster.ts";
import type { Services, TcpSnapshot } from "../exchange/snapshot.ts";
import type { Connection, ConnectionHandler } from "../io/connection.ts";
import { closedBy } from "../observe/closed-by.ts";
import { NOTHING_KNOWN } from "../observe/exchange-record.ts";
import type { ListenerMeter } from "../observe/metrics/listener-meter.ts";
import type { SecureClient } from "../pipeline/secure-client.ts";
import { Arrival } from "./arrival.ts";
import { clientSource } from "./client-source.ts";
import type { ConnectionReport, ConnectionsQuestion } from "./connection-report.ts";
import type { EntranceSnapshot } from "./entrance-snapshot.ts";
import type { HttpListener } from "./http-listener.ts";
import type { TcpListener } from "./tcp-listener.ts";

/** Both listeners of one address; at least one of them. */
export interface Interior {
  readonly http: HttpListener | null;
  /** For what is passed on, and for a listener's own tcp route. */
  readonly tcp: TcpListener | null;
}

export class Entrance {
  snapshot: EntranceSnapshot;
  readonly services: Services;
  readonly interior: Interior;
  readonly #arrivals: Roster<Arrival> = new Roster();
  #onEmpty: (() => void) | null = null;

  constructor(snapshot: EntranceSnapshot, interior: Interior, services: Services) {
    this.snapshot = snapshot;
    this.interior = interior;
    this.services = services;
  }

  get connections(): number {
    const { http, tcp } = this.interior;
    return this.#arrivals.size + (http?.connections ?? 0) + (tcp?.connections ?? 0);
  }

  get unsentBytes(): number {
    return this.interior.http?.unsentBytes ?? 0;
  }

  /** Of what has begun; a handshake under way has nothing to tell yet. */
  report(question: ConnectionsQuestion): ConnectionReport[] {
    const { http, tcp } = this.interior;
    const reports = [...(http?.report(question) ?? []), ...(tcp?.report(question) ?? [])];
    return reports.sort((a, b) => a.id - b.id).slice(0, question.limit);
  }

  /** For `listen`. */
  accept(connection: Connection): ConnectionHandler {
    if (this.connections >= this.snapshot.connections) {
      this.recordEnd(connection.remoteAddress, proxyError("limit.connections"), 0);
      connection.abort();
      return connection.handler;
    }
    const arrival = new Arrival(connection, this);
    this.#arrivals.add(arrival);
    return arrival;
  }

  /** For connections that come from now on; certificates change for handshakes that begin from now on. */
  use(snapshot: EntranceSnapshot): void {
    this.snapshot = snapshot;
  }

  /** @param onEmpty called once nothing is under way any more, which may be at once */
  drain(onEmpty: () => void): void {
    const { http, tcp } = this.interior;
    const check = () => {
      if (this.connections === 0) onEmpty();
    };
    this.#onEmpty = check;
    for (const arrival of this.#arrivals) arrival.cut();
    http?.drain(check);
    tcp?.drain(check);
  }

  cut(): void {
    for (const arrival of this.#arrivals) arrival.cut();
    this.interior.http?.cut();
    this.interior.tcp?.cut();
  }

  /** Whether one more handshake of this source may begin: a full one costs us as much as twenty small requests. */
  mayShakeHands(address: string): boolean {
    const limit = this.snapshot.tls?.handshakes ?? null;
    if (limit === null) return true;
    const { perSecond, rates } = limit;
    return rates.take(clientSource(address), perSecond, this.services.timers.clock.nowMs());
  }

  /** For an arrival that has become something else, or nothing. */
  onArrivalEnd(arrival: Arrival): void {
    this.#arrivals.delete(arrival);
    this.#onEmpty?.();
  }

  /** The connection is what the listener is for. @returns its owner */
  admit(connection: Connection, secure: SecureClient | null): ConnectionHandler {
    const { http, tcp } = this.interior;
    if (secure !== null) this.#meter?.handshakeDone();
    if (this.snapshot.protocol === "http") return http!.accept(connection, secure);
    return tcp!.accept(connection, undefined, secure);
  }

  pass(connection: Connection, snapshot: TcpSnapshot, serverName: string | null): ConnectionHandler {
    return this.interior.tcp!.accept(connection, snapshot, { serverName, shownNames: [], certificate: null });
  }

  get #meter(): ListenerMeter | undefined {
    const { http, tcp } = this.interior;
    return (http ?? tcp)?.snapshot.meters.listener;
  }

  #count(code: ErrorCode): void {
    const { http, tcp } = this.interior;
    if (code === "limit.connections") this.#meter?.turnedAway();
    if (code.startsWith("tls.") || code === "limit.handshakes") this.#meter?.handshakeFailed();
    (http?.snapshot.meters.unrouted ?? tcp?.snapshot.meters.route)?.failed(code);
  }

  recordEnd(
    remoteAddress: string,
    error: ProxyError,
    totalMs: number,
    serverName: string | null = null,
  ): void {
    this.#count(error.code);
    this.services.observer.record({
      ...NOTHING_KNOWN,
      kind: this.snapshot.protocol === "http" ? "http" : "tcp",
      listener: this.snapshot.listener,
      remoteAddress,
      host: serverName,
      closedBy: closedBy(error.code),
      totalMs,
      error,
    });
  }
}
