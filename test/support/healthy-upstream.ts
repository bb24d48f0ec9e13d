/** An upstream that answers every request at once with `healthy` and keeps its connections. */
import type { AddressInfo } from "node:net";
import net from "node:net";

export class HealthyUpstream implements AsyncDisposable {
  readonly #server: net.Server;
  readonly #sockets = new Set<net.Socket>();

  private constructor(server: net.Server) {
    this.#server = server;
  }

  static async start(): Promise<HealthyUpstream> {
    const server = net.createServer({ noDelay: true });
    const upstream = new HealthyUpstream(server);
    server.on("connection", (socket) => upstream.#serve(socket));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return upstream;
  }

  get target(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #serve(socket: net.Socket): void {
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
    socket.on("error", () => undefined);
    let received = "";
    socket.on("data", (chunk) => {
      received += chunk.toString("latin1");
      for (let end = received.indexOf("\r\n\r\n"); end >= 0; end = received.indexOf("\r\n\r\n")) {
        received = received.slice(end + 4);
        socket.write("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nhealthy");
      }
    });
  }
}
