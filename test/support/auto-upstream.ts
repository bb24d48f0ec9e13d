/** An upstream that answers each request, bodies read and counted, by a function of the test. */

import http from "node:http";
import type { AddressInfo } from "node:net";

export type Answer = (request: http.IncomingMessage, response: http.ServerResponse, body: Buffer) => void;

export class AutoUpstream implements AsyncDisposable {
  requests = 0;
  readonly #server: http.Server;

  private constructor(server: http.Server) {
    this.#server = server;
  }

  static async start(answer: Answer): Promise<AutoUpstream> {
    const server = http.createServer({ keepAliveTimeout: 60_000 });
    const upstream = new AutoUpstream(server);
    server.on("request", (request, response) => {
      upstream.requests++;
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => answer(request, response, Buffer.concat(chunks)));
      request.on("error", () => undefined);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return upstream;
  }

  get target(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}
