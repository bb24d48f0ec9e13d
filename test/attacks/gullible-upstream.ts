/**
 * An upstream that answers whatever looks like a request and keeps every byte that reached it, so that a test can
 * ask what any server would have made of them.
 */
import type { Socket, TCPSocketListener } from "bun";
import { READINGS, readAll } from "./readings.ts";

interface Arrival {
  text: string;
  answered: number;
}

export class GullibleUpstream implements Disposable {
  readonly #server: TCPSocketListener<Arrival>;
  readonly #sockets = new Set<Socket<Arrival>>();
  #arrivals: Arrival[] = [];

  constructor() {
    this.#server = Bun.listen<Arrival>({
      hostname: "127.0.0.1",
      port: 0,
      socket: {
        open: (socket) => this.#begin(socket),
        data: (socket, chunk) => this.#take(socket, chunk),
        close: (socket) => void this.#sockets.delete(socket),
      },
    });
  }

  get target(): string {
    return `127.0.0.1:${this.#server.port}`;
  }

  /** What has arrived since the last call, connection by connection. */
  takeArrived(): string[] {
    const arrived = this.#arrivals.map(({ text }) => text).filter((text) => text !== "");
    this.#arrivals = [];
    for (const socket of this.#sockets) this.#begin(socket);
    return arrived;
  }

  [Symbol.dispose](): void {
    this.#server.stop(true);
  }

  #begin(socket: Socket<Arrival>): void {
    socket.data = { text: "", answered: 0 };
    this.#sockets.add(socket);
    this.#arrivals.push(socket.data);
  }

  #take(socket: Socket<Arrival>, chunk: Buffer): void {
    const arrival = socket.data;
    arrival.text += chunk.toString("latin1");
    const { requests } = readAll(arrival.text, READINGS[0]!);
    for (; arrival.answered < requests.length; arrival.answered++) {
      const isHead = requests[arrival.answered]!.method === "HEAD";
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n${isHead ? "" : "ok"}`);
    }
  }
}
