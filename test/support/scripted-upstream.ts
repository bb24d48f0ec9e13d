/**
 * An upstream that does exactly what a test says, byte by byte: connections come out of `accept()` in order and
 * the test answers them by hand; or `respond` answers each request head with fixed bytes.
 */

import type { AddressInfo } from "node:net";
import net from "node:net";
import tls from "node:tls";
import { PATIENCE_MS } from "./eventually.ts";
import { RawPeer } from "./raw-peer.ts";

export class ScriptedUpstream implements AsyncDisposable {
  readonly #server: net.Server;
  readonly #waiting: ((peer: RawPeer) => void)[] = [];
  readonly #arrived: RawPeer[] = [];
  readonly #all = new Set<RawPeer>();
  /** Connections accepted so far. */
  connections = 0;

  private constructor(server: net.Server) {
    this.#server = server;
    const accepted = server instanceof tls.Server ? "secureConnection" : "connection";
    server.on(accepted, (socket: net.Socket) => this.#onConnection(socket));
  }

  /** @param secure speaks TLS, with these */
  static async start(secure: tls.TlsOptions | null = null): Promise<ScriptedUpstream> {
    const options = { allowHalfOpen: true, noDelay: true };
    const server = secure === null ? net.createServer(options) : tls.createServer({ ...options, ...secure });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return new ScriptedUpstream(server);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get target(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** The next connection that has not been handed out. */
  async accept(withinMs = PATIENCE_MS): Promise<RawPeer> {
    const arrived = this.#arrived.shift();
    if (arrived !== undefined) return arrived;
    const { promise, resolve, reject } = Promise.withResolvers<RawPeer>();
    const timer = setTimeout(() => reject(new Error("no connection came to the upstream")), withinMs);
    this.#waiting.push(resolve);
    const peer = await promise;
    clearTimeout(timer);
    return peer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const peer of this.#all) peer.socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #onConnection(socket: net.Socket): void {
    const peer = new RawPeer(socket);
    this.connections++;
    this.#all.add(peer);
    socket.on("close", () => this.#all.delete(peer));
    const waiting = this.#waiting.shift();
    if (waiting !== undefined) waiting(peer);
    else this.#arrived.push(peer);
  }
}
