/**
 * TLS towards a target: a connection that has been made is put under TLS, its peer's certificate is looked at, and
 * only then does whoever asked for it hear of it. What went wrong is a word like those of a connect.
 */
import { createHash } from "node:crypto";
import type { Connection, ConnectionHandler } from "./connection.ts";
import type { TlsContext } from "./tls-context.ts";
import { type EndWatch, startTls, type TlsWaiter } from "./tls-layer.ts";

/** One for each target; the context may be exchanged when its files change. */
export interface ClientTls {
  /** Equal for those that trust and show the same. */
  readonly key: string;
  readonly context: TlsContext;
  /** Whom the certificate must name; sent as SNI unless it is an address. */
  readonly serverName: string;
  /** False: whatever certificate is shown will do. */
  readonly verify: boolean;
  /** SHA-256 of public keys (SPKI) in base64, one of which the certificate must have; empty: any. */
  readonly pins: readonly string[];
  /** To be resumed by the next connection. TLS 1.3 wants each used once, and brings a new one each time. */
  session: Buffer | null;
  watch(): EndWatch;
}

export interface ClientTlsOwner {
  /** Returns who owns the connection from now on. */
  onSecured(connection: Connection): ConnectionHandler;
  /** `CERT_HAS_EXPIRED` and the like, or a word that begins with `TLS_`. The connection is gone. */
  onFailed(cause: string): void;
}

/** @param alpn in wire form, or "" */
export function secureToTarget(
  connection: Connection,
  tls: ClientTls,
  alpn: string,
  owner: ClientTlsOwner,
): void {
  new TargetHandshake(connection, tls, owner).start(alpn);
}

class TargetHandshake implements ConnectionHandler, TlsWaiter {
  readonly #connection: Connection;
  readonly #tls: ClientTls;
  readonly #owner: ClientTlsOwner;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #alpn = "";
  #over = false;

  constructor(connection: Connection, tls: ClientTls, owner: ClientTlsOwner) {
    this.#connection = connection;
    this.#tls = tls;
    this.#owner = owner;
  }

  start(alpn: string): void {
    this.#alpn = alpn;
    const { context, serverName, verify, session } = this.#tls;
    this.#connection.handler = this;
    this.#tls.session = null;
    this.#timer = setTimeout(() => this.#fail("TLS_TIMEOUT"), LIMIT_MS);
    this.#timer.unref();
    const onSession = (offered: Buffer): void => {
      this.#tls.session = offered;
    };
    const role = { side: "client", context, alpn, serverName, verify, session, onSession } as const;
    startTls(this.#connection, role, null, this.#tls.watch(), this);
  }

  onSecured(): void {
    if (this.#over) return;
    if (!this.#isPinned()) return this.#fail("TLS_PIN");
    // Where one protocol alone is offered, silence about it is no consent (RFC 9113 section 3.2).
    if (this.#alpn === HTTP_2_ALONE && this.#connection.tls!.alpn !== "h2") return this.#fail("TLS_NO_HTTP2");
    this.#end();
    this.#connection.handler = this.#owner.onSecured(this.#connection);
  }

  onTlsFailure(cause: string): void {
    if (this.#over) return;
    this.#end();
    this.#owner.onFailed(CERTIFICATE_WORD.test(cause) ? cause : `TLS_${cause}`);
  }

  onClose(cause: string | null): void {
    this.onTlsFailure(cause ?? "CLOSED");
  }

  onEnd(): void {}
  onData(): void {}
  onBlocked(): void {}
  onDrain(): void {}

  #isPinned(): boolean {
    const { pins } = this.#tls;
    if (pins.length === 0) return true;
    const key = this.#connection.tls!.peerCertificate()?.publicKey.export({ type: "spki", format: "der" });
    return key !== undefined && pins.includes(createHash("sha256").update(key).digest("base64"));
  }

  #fail(word: string): void {
    if (this.#over) return;
    this.#end();
    this.#connection.abort();
    this.#owner.onFailed(word);
  }

  #end(): void {
    this.#over = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
  }
}

const HTTP_2_ALONE = "\x02h2";
/** What is wrong with a certificate, in the library's words. */
const CERTIFICATE_WORD =
  /^(?:CERT_|ERR_TLS_CERT|UNABLE_TO_|DEPTH_ZERO|SELF_SIGNED|INVALID_|CRL_|PATH_|HOSTNAME)/;
/** A target that accepts and says nothing; whoever waits has long been told by a deadline of its own. */
const LIMIT_MS = 30_000;
