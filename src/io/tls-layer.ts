/**
 * TLS on a connection that exists. Every connection begins plain, so that whoever accepts it can look at the first
 * bytes, or write a PROXY header, before; then the runtime takes the socket over. It goes on showing us the
 * records as they come, which costs 0.2 µs a chunk and tells a close_notify from a bare FIN.
 */
import type { X509Certificate } from "node:crypto";
import { giveBack } from "./chunk-memory.ts";
import type { RawSocket } from "./connected-socket.ts";
import { Connection, type ConnectionHandler, flushOutbox } from "./connection.ts";
import { reportInternalFault } from "./internal-fault.ts";
import { refreshClock } from "./real-clock.ts";
import { systemWord } from "./socket-events.ts";
import type { TlsContext } from "./tls-context.ts";

/** Watches received records for the one that ends them; see protocol/tls/record-tail.ts. */
export interface EndWatch {
  received(chunk: Uint8Array): void;
  delivered(bytes: number): void;
  readonly closeNotified: boolean;
}

/** Exactly one of the two is called, later, unless the connection is closed before: `onClose` tells of that. */
export interface TlsWaiter {
  onSecured(): void;
  /** `cause`: the word of the library or of the system. The connection is about to close. */
  onTlsFailure(cause: string): void;
}

export type TlsRole = ServerRole | ClientRole;

export interface ServerRole {
  readonly side: "server";
  readonly context: TlsContext;
  /** What we speak, in wire form; the client's order does not count. */
  readonly alpn: string;
  /** `require`: without a good one the handshake fails. */
  readonly clientCertificate: "off" | "request" | "require";
}

export interface ClientRole {
  readonly side: "client";
  readonly context: TlsContext;
  readonly alpn: string;
  /** Whom the certificate must name, and who is asked for; an address is only the former. */
  readonly serverName: string;
  /** False: whatever certificate is shown will do. */
  readonly verify: boolean;
  /** To be resumed, or null. */
  readonly session: Buffer | null;
  /** A session that may be resumed once, later. */
  readonly onSession: (session: Buffer) => void;
}

/**
 * Starts the handshake. The connection's handler hears of its close as ever, and of data once it is done.
 * @param firstBytes of the peer that have been read already; null when there are none
 */
export function startTls(
  connection: Connection,
  role: TlsRole,
  firstBytes: Buffer | null,
  watch: EndWatch,
  waiter: TlsWaiter,
): void {
  flushOutbox();
  new TlsLayer(connection, role, watch, waiter).start(firstBytes);
}

export class TlsLayer {
  readonly #connection: Connection;
  readonly #role: TlsRole;
  readonly #watch: EndWatch;
  #waiter: TlsWaiter | null;
  #socket: TlsSocket | null = null;
  #verified = false;

  constructor(connection: Connection, role: TlsRole, watch: EndWatch, waiter: TlsWaiter) {
    this.#connection = connection;
    this.#role = role;
    this.#watch = watch;
    this.#waiter = waiter;
  }

  get closeNotified(): boolean {
    return this.#watch.closeNotified;
  }

  /** What was agreed on; null when nothing was. */
  get alpn(): string | null {
    const alpn = this.#socket?.alpnProtocol;
    return typeof alpn === "string" && alpn !== "" ? alpn : null;
  }

  /** `TLSv1.3`. */
  get version(): string | null {
    return this.#socket?.getTLSVersion() ?? null;
  }

  get resumed(): boolean {
    return this.#socket?.isSessionReused() ?? false;
  }

  /** Whether the peer has shown a certificate, and it is good. */
  get verified(): boolean {
    return this.#verified;
  }

  peerCertificate(): X509Certificate | null {
    return this.#socket?.getPeerX509Certificate() ?? null;
  }

  start(firstBytes: Buffer | null): void {
    this.#connection.secure(this, (raw) => {
      const options = { ...upgradeOptions(this.#role, firstBytes), data: this.#connection, socket: EVENTS };
      const [tap] = (raw as unknown as Upgradable).upgradeTLS(options) ?? [];
      // The socket as it was shows what is received, and says nothing else of interest.
      if (tap !== undefined) new Connection(tap, new RecordTap(this.#watch));
    });
  }

  /** For the callbacks of this file. */
  opened(socket: TlsSocket): void {
    this.#socket = socket;
    this.#connection.useSocket(socket);
    if (this.#role.side === "client" && this.#role.session !== null) socket.setSession(this.#role.session);
  }

  settled(success: boolean, error: unknown): void {
    const waiter = this.#waiter;
    if (waiter === null) return;
    this.#waiter = null;
    const cause = causeOf(error);
    if (success ? this.#accepts(cause) : this.#maySkip(cause)) {
      this.#verified = cause === null && this.#wantsCertificate && this.peerCertificate() !== null;
      waiter.onSecured();
      return;
    }
    waiter.onTlsFailure(cause ?? "unknown");
    // Otherwise the runtime closes, behind the alert that tells the peer why.
    if (success) this.#connection.abort();
  }

  /** The library gives up, during the handshake or after it: what came makes no sense, or the peer said no. */
  failed(error: Error): void {
    const cause = causeOf(error) ?? "unknown";
    this.#waiter?.onTlsFailure(cause);
    this.#waiter = null;
    this.#connection.fail(cause);
  }

  offered(session: Buffer): void {
    if (this.#role.side === "client") this.#role.onSession(session);
  }

  delivered(bytes: number): void {
    this.#watch.delivered(bytes);
  }

  /** The runtime lets a client in whose certificate is bad, and leaves the rest to us. */
  #accepts(cause: string | null): boolean {
    return this.#role.side === "client" || this.#role.clientCertificate !== "require" || cause === null;
  }

  get #wantsCertificate(): boolean {
    return this.#role.side === "client" || this.#role.clientCertificate !== "off";
  }

  /** The runtime calls a handshake failed whose certificate it was told not to mind. */
  #maySkip(cause: string | null): boolean {
    return this.#role.side === "client" && !this.#role.verify && cause !== null && !SYSTEM_WORD.test(cause);
  }
}

/** Owns the socket as it was before. */
class RecordTap implements ConnectionHandler {
  readonly #watch: EndWatch;

  constructor(watch: EndWatch) {
    this.#watch = watch;
  }

  onData(chunk: Buffer): void {
    this.#watch.received(chunk);
    giveBack(chunk);
  }

  onEnd(): void {}
  onBlocked(): void {}
  onDrain(): void {}
  onClose(): void {}
}

function upgradeOptions(role: TlsRole, firstBytes: Buffer | null) {
  const common = { secureContext: role.context, ALPNProtocols: role.alpn };
  if (role.side === "client") {
    return {
      isServer: false,
      tls: { ...common, serverName: role.serverName, rejectUnauthorized: role.verify },
    };
  }
  const { clientCertificate } = role;
  return {
    isServer: true,
    initialData: firstBytes ?? undefined,
    tls: {
      ...common,
      requestCert: clientCertificate !== "off",
      rejectUnauthorized: clientCertificate === "require",
    },
  };
}

/** `CERT_HAS_EXPIRED`, `ECONNRESET`, or what the library gives as its reason: `UNSUPPORTED_PROTOCOL`. */
function causeOf(error: unknown): string | null {
  if (error === null || error === undefined) return null;
  const word = systemWord(error) ?? "unknown";
  const reason = error instanceof Error ? /:([A-Z][A-Z0-9_]+)$/.exec(error.message)?.[1] : undefined;
  return word === "EPROTO" ? (reason ?? word) : word;
}

const EVENTS = {
  binaryType: "buffer",
  open(socket: TlsSocket) {
    socket.data?.tls?.opened(socket);
  },
  handshake(socket: TlsSocket, success: boolean, error: unknown) {
    refreshClock();
    socket.data?.tls?.settled(success, error);
    flushOutbox();
  },
  session(socket: TlsSocket, session: Buffer) {
    socket.data?.tls?.offered(session);
  },
  data(socket: TlsSocket, chunk: Buffer) {
    const connection = socket.data;
    if (connection === null || connection.closed) return;
    refreshClock();
    connection.tls!.delivered(chunk.length);
    connection.handler.onData(chunk);
    flushOutbox();
  },
  drain(socket: TlsSocket) {
    refreshClock();
    socket.data?.drained();
    flushOutbox();
  },
  end(socket: TlsSocket) {
    refreshClock();
    socket.data?.ended();
    flushOutbox();
  },
  close(socket: TlsSocket, error?: Error) {
    refreshClock();
    socket.data?.closedBy(systemWord(error));
    flushOutbox();
  },
  /** Either the library's, or one of the above has thrown, which is a mistake of ours. */
  error(socket: TlsSocket, error: Error) {
    refreshClock();
    if (systemWord(error) === "EPROTO") socket.data?.tls?.failed(error);
    else {
      reportInternalFault(error);
      socket.data?.abort();
    }
    flushOutbox();
  },
};

type TlsSocket = RawSocket;

/** The runtime's types leave out what its own node:tls uses: `initialData`, `secureContext`, `isServer`. */
interface Upgradable {
  upgradeTLS(options: object): [tap: RawSocket, tls: RawSocket] | undefined;
}

/** As against a word for what is wrong with a certificate. */
const SYSTEM_WORD = /^(?:E(?!RR_TLS_CERT|RROR_)|unknown$)/;
