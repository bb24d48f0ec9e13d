/**
 * A peer that sees bytes, over node:net so that it shares no code with the proxy. It keeps all that it receives
 * and lets a test wait for a pattern, for the end, or for the close; every wait is bounded.
 */
import net from "node:net";
import { PATIENCE_MS } from "./eventually.ts";

export interface CloseInfo {
  /** The other side ended with a RST instead of a FIN. */
  readonly reset: boolean;
}

export class RawPeer implements Disposable {
  readonly socket: net.Socket;
  /** Everything received so far, one character a byte. */
  received = "";
  receivedBytes = 0;
  ended = false;
  /** Keeps no bytes, for large transfers. */
  discard = false;
  readonly closed: Promise<CloseInfo>;
  #wake: (() => void)[] = [];
  #reset = false;

  constructor(socket: net.Socket) {
    this.socket = socket;
    socket.on("data", (chunk) => {
      this.receivedBytes += chunk.length;
      if (!this.discard) this.received += chunk.toString("latin1");
      this.#notify();
    });
    socket.on("end", () => {
      this.ended = true;
      this.#notify();
    });
    socket.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ECONNRESET" || error.code === "EPIPE") this.#reset = true;
    });
    this.closed = new Promise((resolve) => {
      socket.on("close", () => {
        this.#notify();
        resolve({ reset: this.#reset });
      });
    });
  }

  /** @param from an address of this machine: all of 127.0.0.0/8 are, on Linux */
  static async connect(port: number, host = "127.0.0.1", from?: string): Promise<RawPeer> {
    const localAddress = from === undefined ? {} : { localAddress: from };
    const socket = net.connect({ host, port, allowHalfOpen: true, ...localAddress });
    await new Promise<void>((resolve, reject) => {
      socket.once("connect", () => resolve());
      socket.once("error", reject);
    });
    socket.setNoDelay(true);
    return new RawPeer(socket);
  }

  send(text: string): void {
    this.socket.write(Buffer.from(text, "latin1"));
  }

  /** Resolves with everything received once it matches; rejects after `withinMs` or at the end. */
  async until(pattern: RegExp, withinMs = PATIENCE_MS): Promise<string> {
    await this.#wait(() => pattern.test(this.received), withinMs, `${pattern}`);
    return this.received;
  }

  async untilBytes(count: number, withinMs = 30_000): Promise<void> {
    await this.#wait(() => this.receivedBytes >= count, withinMs, `${count} bytes`);
  }

  /** Resolves once the other side has sent its FIN or is gone. */
  async untilEnd(withinMs = PATIENCE_MS): Promise<string> {
    await this.#wait(() => this.ended || this.socket.destroyed, withinMs, "the end", true);
    return this.received;
  }

  /** Forgets what has been received. */
  clear(): void {
    this.received = "";
  }

  reset(): void {
    this.socket.resetAndDestroy();
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }

  async #wait(done: () => boolean, withinMs: number, what: string, endCounts = false): Promise<void> {
    const endMs = Date.now() + withinMs;
    while (!done()) {
      const gone = !endCounts && (this.socket.destroyed || this.ended);
      if (gone || Date.now() >= endMs) {
        throw new Error(
          `${gone ? "closed" : "timed out"} waiting for ${what}; received: ${this.received.slice(0, 2_000)}`,
        );
      }
      await this.#nextEvent(endMs - Date.now());
    }
  }

  async #nextEvent(withinMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake.push(resolve);
    const timer = setTimeout(resolve, withinMs);
    await promise;
    clearTimeout(timer);
  }

  #notify(): void {
    for (const resolve of this.#wake.splice(0)) resolve();
  }
}
