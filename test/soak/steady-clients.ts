/**
 * Clients that ask one thing after the other and take nothing but whole answers of 200: each refused connection, each
 * reset, each end before the end and each other status is a fault. Half of them keep their connections until they are
 * told that it closes, half ask once on each.
 */
import type { Socket } from "bun";

const REQUEST = Buffer.from("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
const ONCE = Buffer.from("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");

export class SteadyClients {
  readonly faults: string[] = [];
  answers = 0;
  /** The longest that anybody waited for an answer. */
  longestMs = 0;
  readonly #port: number;
  readonly #body: string;
  readonly #running: Promise<void>[];
  #stopped = false;

  /** @param body how every answer ends */
  constructor(port: number, body: string, count: number) {
    this.#port = port;
    this.#body = body;
    this.#running = Array.from({ length: count }, (_, index) => this.#ask(index % 2 === 0));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#running);
  }

  async #ask(keeps: boolean): Promise<void> {
    while (!this.#stopped) {
      await new Promise<void>((resolve) => this.#connect(keeps, resolve)).catch((error: unknown) =>
        this.#fault(`${error}`),
      );
    }
  }

  /** One connection, for as long as it is kept. */
  #connect(keeps: boolean, onEnd: () => void): void {
    let received = "";
    let askedMs = 0;
    const ask = (socket: Socket) => {
      received = "";
      askedMs = performance.now();
      socket.write(keeps ? REQUEST : ONCE);
    };
    const socket = {
      open: ask,
      data: (socket: Socket, chunk: Buffer) => {
        received += chunk.toString("latin1");
        if (!received.endsWith(this.#body)) return;
        this.#note(received, askedMs);
        const isLast = /^connection: close\r$/im.test(received) || !keeps || this.#stopped;
        askedMs = 0;
        if (isLast) socket.end();
        else ask(socket);
      },
      close: (_: Socket, error?: unknown) => {
        if (askedMs > 0)
          this.#fault(`closed after ${received.length} bytes of an answer (${error ?? "FIN"})`);
        onEnd();
      },
      error: () => {},
    };
    Bun.connect({ hostname: "127.0.0.1", port: this.#port, socket }).catch((error: unknown) => {
      this.#fault(`no connection: ${error}`);
      onEnd();
    });
  }

  #note(answer: string, askedMs: number): void {
    this.answers++;
    this.longestMs = Math.max(this.longestMs, performance.now() - askedMs);
    if (!answer.startsWith("HTTP/1.1 200 ")) this.#fault(`answered: ${answer.slice(0, 60)}`);
  }

  #fault(what: string): void {
    if (this.faults.length < 100) this.faults.push(what);
  }
}
