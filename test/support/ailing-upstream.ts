/** A target whose health the test decides: what it says to checks, and what it does to requests. */
import type { AddressInfo } from "node:net";
import net from "node:net";

export class AilingUpstream implements AsyncDisposable {
  readonly name: string;
  /** What checks (`/healthz`) are answered. */
  checkStatus = 200;
  /** What requests are answered; `reset`: nothing, and the connection breaks; `stream`: an answer without an end. */
  does: number | "reset" | "nothing" | "stream" = 200;
  checks = 0;
  requests = 0;
  readonly #server: net.Server;
  readonly #sockets = new Set<net.Socket>();

  private constructor(name: string) {
    this.name = name;
    this.#server = net.createServer({ noDelay: true }, (socket) => this.#serve(socket));
  }

  static async start(name: string): Promise<AilingUpstream> {
    const upstream = new AilingUpstream(name);
    await new Promise<void>((resolve) => upstream.#server.listen(0, "127.0.0.1", resolve));
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
    let received = "";
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
    socket.on("error", () => {});
    socket.on("data", (chunk) => {
      received += chunk.toString("latin1");
      for (let end = received.indexOf("\r\n\r\n"); end >= 0; end = received.indexOf("\r\n\r\n")) {
        this.#answer(received.slice(0, end), socket);
        received = received.slice(end + 4);
      }
    });
  }

  #answer(head: string, socket: net.Socket): void {
    const isCheck = head.startsWith("GET /healthz ");
    if (isCheck) this.checks++;
    else this.requests++;
    const what = isCheck ? this.checkStatus : this.does;
    if (what === "reset") socket.resetAndDestroy();
    else if (what === "stream") {
      socket.write("HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n: hello\n\n\r\n");
    } else if (what !== "nothing") {
      socket.write(`HTTP/1.1 ${what} X\r\nContent-Length: ${this.name.length}\r\n\r\n${this.name}`);
    }
  }
}
