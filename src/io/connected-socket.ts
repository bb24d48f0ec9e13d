/**
 * A socket and who is at its other end: the peer's address, what TLS has agreed on with it, and for whom it speaks when it is a
 * trusted proxy. What moves through the socket is the matter of Connection.
 */
import type { Socket } from "bun";
import type { Connection } from "./connection.ts";
import { peerIpv4 } from "./native.ts";
import { realClock } from "./real-clock.ts";
import type { TlsLayer } from "./tls-layer.ts";

export type RawSocket = Socket<Connection | null> & { readonly fd: number };

export interface ClientAddress {
  readonly address: string;
  readonly port: number;
  /** What the client connected to, as the one who accepted it said. */
  readonly destination?: ClientAddress | undefined;
}

export abstract class ConnectedSocket {
  /** Counted over the process, in the order in which connections are made and accepted. */
  readonly id: number = ++lastId;
  readonly openedMs: number = realClock.nowMs();
  protected socket: RawSocket;
  /** What stands between the socket and its owner; null on plain connections. */
  protected layer: TlsLayer | null = null;
  /** Whom a trusted proxy in front of us named as the client; null: the peer is the client. */
  #client: ClientAddress | null = null;

  protected constructor(socket: RawSocket) {
    this.socket = socket;
  }

  /** What was agreed on with the peer, once `TlsWaiter.onSecured` has been called; null on plain connections. */
  get tls(): TlsLayer | null {
    return this.layer;
  }

  /**
   * Whether the end that `onEnd` told of is the peer's own. A FIN says so on a plain connection; with TLS only a
   * close_notify does, since anybody on the wire can make up a FIN.
   */
  get endedCleanly(): boolean {
    return this.layer === null || this.layer.closeNotified;
  }

  get fd(): number {
    return this.socket.fd;
  }

  /** For who has read a PROXY header: this address counts as the client's from here on. */
  presentAs(client: ClientAddress): void {
    this.#client = client;
  }

  /** As text, without an IPv4-mapped prefix; "" for a Unix socket. */
  get remoteAddress(): string {
    if (this.#client !== null) return this.#client.address;
    const ipv4 = peerIpv4(this.socket.fd);
    if (ipv4 !== null) return ipv4;
    return plainAddress(this.socket.remoteAddress ?? "");
  }

  get remotePort(): number {
    return this.#client?.port ?? this.socket.remotePort ?? 0;
  }

  /** Where the client meant to connect to. */
  get localAddress(): ClientAddress {
    const { localAddress, localPort } = this.socket;
    return this.#client?.destination ?? { address: plainAddress(localAddress ?? ""), port: localPort ?? 0 };
  }
}

function plainAddress(address: string): string {
  return address.startsWith("::ffff:") ? address.slice(7) : address;
}

let lastId = 0;
