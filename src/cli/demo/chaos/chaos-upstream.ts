/** An upstream that does wrong what it is asked to: each request meets the fault that `choose` picks for it. */

import type { AddressInfo } from "node:net";
import { createServer, type Server, type Socket } from "node:net";
import { type ChaosAnswer, ChaosConnection, type ChaosRequest } from "./chaos-connection.ts";

export class ChaosUpstream implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** Requests that have arrived whole. */
  readonly requests: ChaosRequest[] = [];

  private constructor(answer: (request: ChaosRequest) => ChaosAnswer, keepsRequests: boolean) {
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
      new ChaosConnection(socket, (request) => {
        if (keepsRequests) this.requests.push(request);
        return answer(request);
      });
    });
  }

  /** @param port 0: any */
  static async start(
    answer: (request: ChaosRequest) => ChaosAnswer,
    { port = 0, keepsRequests = false }: { readonly port?: number; readonly keepsRequests?: boolean } = {},
  ): Promise<ChaosUpstream> {
    const upstream = new ChaosUpstream(answer, keepsRequests);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    upstream.#server.once("error", reject);
    upstream.#server.listen(port, "127.0.0.1", resolve);
    await promise;
    return upstream;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get target(): string {
    return `127.0.0.1:${this.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}
