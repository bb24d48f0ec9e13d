/**
 * One connection that has just come in: a PROXY header is taken off, then a ClientHello is looked at, and then it is
 * passed on, or TLS begins with the certificate for the name, or it turns out to be nothing that belongs here. The
 * bytes that were looked at go to whoever is next. All of it is bounded, in bytes and by one deadline. An authority that
 * asks whether a name is ours is answered before anything else, and that is all such a connection is for.
 */
import type { Timed } from "../base/clock.ts";
import { type ErrorCode, proxyError } from "../base/proxy-error.ts";
import type { Rostered } from "../base/roster.ts";
import { ACME_TLS } from "../io/challenge-certificates.ts";
import type { Connection, ConnectionHandler } from "../io/connection.ts";
import type { TlsContext } from "../io/tls-context.ts";
import { type ServerRole, startTls, type TlsWaiter } from "../io/tls-layer.ts";
import type { SecureClient } from "../pipeline/secure-client.ts";
import type { ProxyAddresses } from "../protocol/proxy-line/proxy-header.ts";
import { readProxyHeader } from "../protocol/proxy-line/read-proxy-header.ts";
import { ALERT, alertRecord } from "../protocol/tls/alert.ts";
import type { ClientHello } from "../protocol/tls/client-hello.ts";
import { HelloReader } from "../protocol/tls/hello-reader.ts";
import { RecordTail } from "../protocol/tls/record-tail.ts";
import type { Entrance } from "./entrance.ts";
import type { EntranceSnapshot, EntranceTls, ServedCertificate } from "./entrance-snapshot.ts";
import { looksLikeHttp, PLAIN_HTTP_ANSWER } from "./plain-http-answer.ts";
import { secureClient } from "./shown-certificate.ts";

export class Arrival implements ConnectionHandler, TlsWaiter, Timed, Rostered {
  rosterPlace = -1;
  deadlineMs: number;
  slotDueMs: number = Number.POSITIVE_INFINITY;
  timerNext: Timed | null = null;
  timerPrevious: Timed | null = null;
  readonly #connection: Connection;
  readonly #entrance: Entrance;
  /** The one it began with. */
  readonly #snapshot: EntranceSnapshot;
  readonly #startedMs: number;
  #stage: Stage;
  /** Of a PROXY header that has not come whole. */
  #header: Buffer = EMPTY;
  #reader: HelloReader | null = null;
  #hello: ClientHello | null = null;
  /** Null also while a challenge is answered. */
  #served: ServedCertificate | null = null;
  #hasSent = false;
  #ended = false;

  constructor(connection: Connection, entrance: Entrance) {
    const { snapshot, services } = entrance;
    this.#connection = connection;
    this.#entrance = entrance;
    this.#snapshot = snapshot;
    this.#startedMs = services.timers.clock.nowMs();
    this.deadlineMs = this.#startedMs + snapshot.handshakeMs;
    this.#stage = this.#expectsHeader() ? STAGE.header : this.#stageBehindHeader();
    services.timers.arm(this);
  }

  onData(chunk: Buffer): void {
    this.#hasSent = true;
    if (this.#stage === STAGE.header) this.#readHeader(chunk);
    else if (this.#stage === STAGE.hello) this.#readHello(chunk);
    else if (this.#stage === STAGE.plain) this.#admit(null, chunk);
  }

  onEnd(): void {
    this.#ended = true;
    // Half a ClientHello, a FIN: nothing can come of it. During the handshake the library says so.
    if (this.#stage !== STAGE.handshake) this.#giveUp(this.#hasSent ? "tls.handshake" : null, "FIN");
  }

  onClose(cause: string | null): void {
    if (this.#stage !== STAGE.over) this.#end(this.#hasSent ? "tls.handshake" : null, cause);
  }

  onBlocked(): void {}

  onDrain(): void {}

  onSecured(): void {
    // The authority has seen what it wanted to see.
    if (this.#served === null) {
      this.#leave();
      return this.#connection.close();
    }
    const { serverName } = this.#hello!;
    const client = secureClient(serverName, this.#served.names, this.#connection.tls!);
    this.#admit(client, EMPTY);
  }

  onTlsFailure(cause: string): void {
    this.#end(isAboutCertificate(cause) ? "tls.client_certificate" : "tls.handshake", cause);
  }

  expire(): void {
    // Browsers open connections in advance; one that was never used is no failure.
    this.#giveUp(this.#hasSent ? "tls.handshake_timeout" : null, null);
  }

  cut(): void {
    this.#giveUp(this.#hasSent ? "proxy.draining" : null, null);
  }

  #expectsHeader(): boolean {
    const { proxyProtocol } = this.#snapshot;
    return proxyProtocol !== "off" && (proxyProtocol === "require" || this.#isPeerTrusted());
  }

  /** Who may reach a Unix socket has been let in by its file. */
  #isPeerTrusted(): boolean {
    const { remoteAddress } = this.#connection;
    return remoteAddress === "" || this.#snapshot.isTrusted(remoteAddress);
  }

  #stageBehindHeader(): Stage {
    const { tls, passed } = this.#snapshot;
    return tls === null && passed === null ? STAGE.plain : STAGE.hello;
  }

  #readHeader(chunk: Buffer): void {
    if (!this.#isPeerTrusted()) return this.#giveUp("proxy_header.untrusted", null);
    const bytes = this.#header.length === 0 ? chunk : Buffer.concat([this.#header, chunk]);
    const read = readProxyHeader(bytes);
    if (read.kind === "needMore") {
      this.#header = bytes;
      return;
    }
    const isMissing = read.kind === "fault" && read.fault === "notProxy";
    if (read.kind === "fault" && !(isMissing && this.#snapshot.proxyProtocol === "accept")) {
      return this.#giveUp("proxy_header.malformed", null, read.fault);
    }
    if (read.kind === "header" && read.header.addresses !== null) this.#present(read.header.addresses);
    this.#header = EMPTY;
    this.#stage = this.#stageBehindHeader();
    const rest = read.kind === "header" ? bytes.subarray(read.bytes) : bytes;
    if (rest.length > 0) this.onData(rest);
  }

  #present({ source, sourcePort, destination, destinationPort }: ProxyAddresses): void {
    const meant = { address: plain(destination), port: destinationPort };
    this.#connection.presentAs({ address: plain(source), port: sourcePort, destination: meant });
  }

  #readHello(chunk: Buffer): void {
    this.#reader ??= new HelloReader();
    const reader = this.#reader;
    const status = reader.push(chunk);
    if (status === "fault") this.#refuseHello(reader);
    else if (status === "hello") this.#choose(reader.hello!, reader.bytes);
  }

  #choose(hello: ClientHello, bytes: Buffer): void {
    this.#hello = hello;
    const challenge = this.#challengeOf(hello);
    if (challenge !== null) return this.#answerChallenge(challenge, bytes);
    const { passed, tls } = this.#snapshot;
    const route = passed?.find(hello.serverName, hello.alpn) ?? null;
    if (route !== null) {
      this.#leave();
      return feed(this.#connection, this.#entrance.pass(this.#connection, route, hello.serverName), bytes);
    }
    // By now a reload may have closed the listener; its certificates are good to the end.
    if (tls === null) this.#refuse("tls.unknown_name", ALERT.unrecognizedName);
    else this.#shakeHands(tls, hello, bytes);
  }

  /** A target behind a tls route may obtain certificates of its own: only what we have asked for is answered. */
  #challengeOf({ alpn, serverName }: ClientHello): TlsContext | null {
    if (alpn.length !== 1 || alpn[0] !== ACME_TLS || serverName === null) return null;
    return this.#snapshot.challenges?.(serverName) ?? null;
  }

  #answerChallenge(context: TlsContext, bytes: Buffer): void {
    if (this.#isTooOften()) return;
    this.#startTls({ side: "server", context, alpn: ACME_TLS_WIRE, clientCertificate: "off" }, bytes);
  }

  #shakeHands(tls: EntranceTls, hello: ClientHello, bytes: Buffer): void {
    if (this.#isTooOften()) return;
    const served = tls.certificates.choose(hello);
    if (served === null) return this.#refuse("tls.unknown_name", ALERT.unrecognizedName);
    this.#served = served;
    const { alpn, clientCertificate } = tls;
    this.#startTls({ side: "server", context: served.context, alpn, clientCertificate }, bytes);
  }

  #isTooOften(): boolean {
    if (this.#entrance.mayShakeHands(this.#connection.remoteAddress)) return false;
    this.#giveUp("limit.handshakes", null);
    return true;
  }

  #startTls(role: ServerRole, bytes: Buffer): void {
    this.#stage = STAGE.handshake;
    this.#reader = null;
    startTls(this.#connection, role, bytes, new RecordTail(), this);
  }

  #refuseHello({ fault, bytes }: HelloReader): void {
    if (fault !== "notTls") return this.#refuse("tls.client_hello", ALERT.decodeError, fault);
    if (this.#snapshot.protocol === "http" && looksLikeHttp(bytes)) {
      this.#connection.send(PLAIN_HTTP_ANSWER);
    }
    this.#stop("tls.not_tls", null, null);
    this.#connection.close();
  }

  /** With an alert, so that the client can tell its user why. */
  #refuse(code: ErrorCode, alert: (typeof ALERT)[keyof typeof ALERT], rule: string | null = null): void {
    this.#connection.send(alertRecord(alert));
    this.#stop(code, null, rule);
    this.#connection.close();
  }

  #giveUp(code: ErrorCode | null, cause: string | null, rule: string | null = null): void {
    this.#stop(code, cause, rule);
    this.#connection.abort();
  }

  #end(code: ErrorCode | null, cause: string | null): void {
    this.#stop(code, cause, null);
  }

  #stop(code: ErrorCode | null, cause: string | null, rule: string | null): void {
    if (this.#stage === STAGE.over) return;
    this.#leave();
    if (code === null) return;
    const totalMs = this.#entrance.services.timers.clock.nowMs() - this.#startedMs;
    const serverName = this.#hello?.serverName ?? null;
    const error = proxyError(code, { cause, rule });
    this.#entrance.recordEnd(this.#connection.remoteAddress, error, totalMs, serverName);
  }

  #admit(client: SecureClient | null, bytes: Buffer): void {
    this.#leave();
    feed(this.#connection, this.#entrance.admit(this.#connection, client), bytes);
    if (this.#ended && !this.#connection.closed) this.#connection.handler.onEnd();
  }

  #leave(): void {
    this.#stage = STAGE.over;
    this.#entrance.services.timers.disarm(this);
    this.#entrance.onArrivalEnd(this);
  }
}

/** Hands the connection over, with what was read of it. */
function feed(connection: Connection, owner: ConnectionHandler, bytes: Buffer): void {
  if (owner instanceof Arrival) return;
  connection.handler = owner;
  if (bytes.length > 0 && !connection.closed) owner.onData(bytes);
}

function plain(address: string): string {
  return address.startsWith("::ffff:") && address.includes(".") ? address.slice(7) : address;
}

/** What the library calls a certificate that is missing or no good, as against a handshake that failed otherwise. */
function isAboutCertificate(cause: string): boolean {
  return (cause.includes("CERT") && !cause.includes("ALERT")) || cause === "UNABLE_TO_VERIFY_LEAF_SIGNATURE";
}

/** In wire form (RFC 7301 section 3.1). */
const ACME_TLS_WIRE = `\x0a${ACME_TLS}`;
const STAGE = { header: 0, hello: 1, handshake: 2, plain: 3, over: 4 } as const;
type Stage = (typeof STAGE)[keyof typeof STAGE];
const EMPTY = Buffer.alloc(0);
