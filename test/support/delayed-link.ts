/** A way of some length in front of an address: what goes in at one end comes out at the other a while later. */
import net, { type AddressInfo } from "node:net";

export class DelayedLink implements AsyncDisposable {
  readonly #server: net.Server;
  readonly #sockets = new Set<net.Socket>();

  private constructor(server: net.Server) {
    this.#server = server;
  }

  /** @param oneWayMs half of a round trip */
  static async start(port: number, oneWayMs: number): Promise<DelayedLink> {
    const server = net.createServer({ allowHalfOpen: true, noDelay: true });
    const link = new DelayedLink(server);
    server.on("connection", (near) => {
      const far = net.connect({ host: "127.0.0.1", port, allowHalfOpen: true, noDelay: true });
      link.#carry(near, far, oneWayMs);
      link.#carry(far, near, oneWayMs);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return link;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #carry(from: net.Socket, to: net.Socket, oneWayMs: number): void {
    this.#sockets.add(from);
    from.on("data", (chunk) => setTimeout(() => to.write(chunk), oneWayMs));
    from.on("end", () => setTimeout(() => to.end(), oneWayMs));
    from.on("error", () => to.destroy());
    from.on("close", () => this.#sockets.delete(from));
  }
}
