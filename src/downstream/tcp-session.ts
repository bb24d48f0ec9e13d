/**
 * One downstream connection of a `tcp` route. The client is held while no target accepts; then its bytes and the
 * target's flow through a tunnel. While it is held we read on, up to a bound, because only a socket that is
 * read tells that the client has left.
 */
import type { Timers } from "../base/clock.ts";
import { type ProxyError, proxyError } from "../base/proxy-error.ts";
import type { Rostered } from "../base/roster.ts";
import type { TcpSnapshot } from "../exchange/snapshot.ts";
import { type RunningTunnel, startTunnel, type TunnelSummary } from "../exchange/tunnel.ts";
import type { Connection, ConnectionHandler } from "../io/connection.ts";
import { type CloseSide, closedBy } from "../observe/closed-by.ts";
import { type ExchangeObserver, NOTHING_KNOWN } from "../observe/exchange-record.ts";
import type { SecureClient } from "../pipeline/secure-client.ts";
import type { KeySource, PickRequest } from "../upstream/balancer/balancer.ts";
import type { SessionCensus } from "./connection-report.ts";
import { proxyHeader } from "./sent-proxy-header.ts";
import { type RoundOwner, TcpRounds } from "./tcp-rounds.ts";

export interface TcpServices {
  readonly timers: Timers;
  readonly observer: ExchangeObserver;
  readonly connectionEnded: () => void;
}

/** The listener, as its sessions see it. */
export interface TcpSessionHost {
  readonly services: TcpServices;
  onSessionEnd(session: TcpSession): void;
}

export class TcpSession implements ConnectionHandler, RoundOwner, PickRequest, Rostered {
  rosterPlace = -1;
  readonly #connection: Connection;
  readonly #host: TcpSessionHost;
  /** The one it began with, to its end. */
  readonly #snapshot: TcpSnapshot;
  readonly #rounds: TcpRounds;
  readonly #startedMs: number;
  readonly #remoteAddress: string;
  readonly #secure: SecureClient | null;
  #connectedMs = -1;
  #held: Buffer[] = [];
  #heldBytes = 0;
  #clientEnded = false;
  #tunnel: RunningTunnel | null = null;
  #over = false;

  constructor(
    connection: Connection,
    host: TcpSessionHost,
    snapshot: TcpSnapshot,
    secure: SecureClient | null,
  ) {
    const { services } = host;
    this.#secure = secure;
    const { route, upstream } = snapshot;
    this.#connection = connection;
    this.#host = host;
    this.#snapshot = snapshot;
    this.#startedMs = services.timers.clock.nowMs();
    this.#remoteAddress = connection.remoteAddress;
    const { proxyProtocol } = route;
    const preface = proxyProtocol === "off" ? null : proxyHeader(proxyProtocol, connection, secure);
    const options = { connectMs: route.timeouts.connectMs, ...route.reconnect, preface };
    this.#rounds = new TcpRounds(upstream, this, options, services.timers, this);
  }

  get waiting(): boolean {
    return this.#rounds.waiting;
  }

  get census(): SessionCensus {
    const state = this.#over ? "closing" : this.#tunnel === null ? "waiting" : "tunnel";
    return { connection: this.#connection, protocol: "tcp", state, requests: 1 };
  }

  start(): void {
    this.#rounds.start();
  }

  /** A tunnel goes on; a client that is held is held no longer than the round under way. */
  drain(): void {
    if (this.#tunnel !== null) return;
    if (this.waiting) this.onNoTarget(proxyError("proxy.draining"));
    else this.#rounds.finishRound();
  }

  cut(): void {
    if (this.#tunnel !== null) this.#tunnel.cut("proxy.draining");
    else this.#giveUp(proxyError("proxy.draining"), () => this.#connection.abort());
  }

  /** Of a connection nothing is known but where it comes from. */
  keyOf(source: KeySource): string | null {
    return source.kind === "source" ? this.#remoteAddress : null;
  }

  onTarget(upstream: Connection): ConnectionHandler {
    const { timers } = this.#host.services;
    const held = this.#held;
    this.#held = [];
    this.#connectedMs = timers.clock.nowMs();
    this.#tunnel = startTunnel({
      downstream: this.#connection,
      upstream,
      downstreamLeftover: held.length === 0 ? null : Buffer.concat(held),
      upstreamLeftover: null,
      downstreamEnded: this.#clientEnded,
      idleMs: this.#snapshot.route.timeouts.idleMs,
      timers,
      onEnd: (summary) => this.#tunnelEnded(summary),
    });
    return upstream.handler;
  }

  onNoTarget(error: ProxyError): void {
    this.#giveUp(error, () => this.#connection.close());
  }

  onData(chunk: Buffer): void {
    this.#held.push(chunk);
    this.#heldBytes += chunk.length;
    if (this.#heldBytes >= HELD_BYTES) this.#connection.pause();
  }

  /**
   * Gone, or only done with sending: `printf ping | nc -N` looks the same. So a round under way is finished, for
   * the sake of the second, and none follows, for the sake of the first.
   */
  onEnd(): void {
    this.#clientEnded = true;
    if (this.waiting) this.onNoTarget(proxyError("request.aborted"));
    else this.#rounds.finishRound();
  }

  onClose(cause: string | null): void {
    this.#giveUp(proxyError("request.aborted", { cause }), () => {});
  }

  onBlocked(): void {}

  onDrain(): void {}

  #giveUp(error: ProxyError, part: () => void): void {
    if (this.#over) return;
    this.#over = true;
    const target = this.#rounds.target?.name ?? null;
    this.#rounds.stop();
    part();
    this.#report(error, target, 0, 0, closedBy(error.code));
  }

  #tunnelEnded(summary: TunnelSummary): void {
    this.#over = true;
    const target = this.#rounds.target!.name;
    this.#rounds.release();
    const { error, downstreamBytes, upstreamBytes, firstToClose } = summary;
    this.#report(error, target, downstreamBytes, upstreamBytes, firstToClose);
  }

  #report(
    error: ProxyError | null,
    target: string | null,
    receivedBytes: number,
    sentBytes: number,
    closedBy: CloseSide | null,
  ): void {
    const { services } = this.#host;
    const { listener, route, meters } = this.#snapshot;
    const totalMs = services.timers.clock.nowMs() - this.#startedMs;
    meters.route.ended(totalMs, receivedBytes, sentBytes);
    if (error !== null) meters.route.failed(error.code);
    if (error !== null || services.observer.wantsAll) {
      services.observer.record({
        ...NOTHING_KNOWN,
        kind: "tcp",
        listener,
        route: route.label,
        target,
        host: this.#secure?.serverName ?? null,
        remoteAddress: this.#remoteAddress,
        attempts: this.#rounds.attempts,
        reused: this.#connectedMs < 0 ? null : false,
        closedBy,
        receivedBytes,
        sentBytes,
        queueMs: this.#since(this.#rounds.attemptMs),
        connectMs: this.#since(this.#connectedMs),
        totalMs,
        error,
      });
    }
    this.#host.onSessionEnd(this);
  }

  #since(ms: number): number | null {
    return ms < 0 ? null : ms - this.#startedMs;
  }
}

/** Of a client's bytes while it is held; more stay in the kernel. A protocol's greeting is smaller than this. */
const HELD_BYTES = 64 * 1024;
