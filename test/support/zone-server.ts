/** A name server on loopback with records of any type, as a test sets them while it runs. */
import dgram from "node:dgram";
import type { AddressInfo } from "node:net";
import packet, { type Answer } from "dns-packet";

export class ZoneServer implements AsyncDisposable {
  /** By lower-case name; one that is missing does not exist. */
  readonly records = new Map<string, readonly Answer[]>();
  readonly #socket = dgram.createSocket("udp4");

  private constructor() {
    this.#socket.on("message", (query, { port, address }) => {
      this.#socket.send(this.#answer(query), port, address);
    });
  }

  static async start(): Promise<ZoneServer> {
    const server = new ZoneServer();
    await new Promise<void>((resolve) => server.#socket.bind(0, "127.0.0.1", resolve));
    return server;
  }

  get port(): number {
    return (this.#socket.address() as AddressInfo).port;
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise<void>((resolve) => this.#socket.close(() => resolve()));
  }

  #answer(query: Buffer): Buffer {
    const { id = 0, questions = [] } = packet.decode(query);
    const [question] = questions;
    const known = this.records.get(question!.name.toLowerCase());
    const answers = (known ?? []).filter(({ type }) => type === question!.type);
    const flags = packet.AUTHORITATIVE_ANSWER | (known === undefined ? NO_SUCH_NAME : 0);
    return packet.encode({ type: "response", id, flags, questions, answers });
  }
}

const NO_SUCH_NAME = 3;
