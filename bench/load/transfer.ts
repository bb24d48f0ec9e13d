/**
 * Load for big answers and its origin, both in one process and one loop that never sleeps (see http.ts for the
 * reason). Every client asks for the same body again and again; bodies are taken off the socket without being
 * copied (MSG_TRUNC), so that the load's core keeps ahead of any proxy. Their length is always checked,
 * their bytes when the command says so.
 */
import { LatencyHistogram, type Quantiles } from "../measure/latency.ts";
import { serveCommands } from "./commands.ts";
import { readAnswerHead } from "./http-answer.ts";
import { closeSocket, connectTo, listenOnAnyPort, Poll, WireBuffer } from "./sockets.ts";
import { bodyContent, TransferOrigin } from "./transfer-origin.ts";

export interface TransferReady {
  readonly originPort: number;
}

export interface TransferCommand {
  readonly port: number;
  readonly bodyBytes: number;
  readonly connections: number;
  readonly seconds: number;
  /** Compares every byte; for a look before the rounds, not for measuring. */
  readonly compare: boolean;
}

export interface TransferReply extends Quantiles {
  readonly answers: number;
  /** Of bodies, those that were under way at the end included. */
  readonly bytes: number;
  readonly seconds: number;
  readonly failure: string | null;
  /** As the origin received it. */
  readonly lastRequest: string;
}

interface Client {
  readonly descriptor: number;
  askedAtNs: number;
  /** -1: the head has not come yet. */
  missingBytes: number;
}

class Run {
  readonly latency = new LatencyHistogram();
  bytes = 0;
  failure: string | null = null;
  readonly #command: TransferCommand;
  readonly #poll: Poll;
  readonly #origin: TransferOrigin;
  readonly #request: WireBuffer;
  readonly #received = new WireBuffer(RECEIVE_BYTES);
  readonly #expected: Uint8Array;
  readonly #clients = new Map<number, Client>();

  constructor(poll: Poll, origin: TransferOrigin, command: TransferCommand) {
    this.#command = command;
    this.#poll = poll;
    this.#origin = origin;
    this.#request = new WireBuffer(`GET /body HTTP/1.1\r\nHost: 127.0.0.1:${command.port}\r\n\r\n`);
    this.#expected = bodyContent(command.compare ? command.bodyBytes : 0);
  }

  play(): number {
    const startNs = Bun.nanoseconds();
    const endNs = startNs + this.#command.seconds * 1e9;
    for (let i = 0; i < this.#command.connections; i++) this.#open();
    while (this.failure === null && Bun.nanoseconds() < endNs) this.#turn();
    return (Bun.nanoseconds() - startNs) / 1e9;
  }

  close(): void {
    for (const descriptor of this.#clients.keys()) closeSocket(descriptor);
  }

  #open(): void {
    const descriptor = connectTo(this.#command.port);
    this.#poll.addReader(descriptor);
    const client = { descriptor, askedAtNs: 0, missingBytes: -1 };
    this.#clients.set(descriptor, client);
    this.#ask(client);
  }

  #turn(): void {
    const ready = this.#poll.wait(0);
    for (let i = 0; i < ready; i++) {
      const descriptor = this.#poll.descriptorAt(i);
      const client = this.#clients.get(descriptor);
      if (client === undefined) this.#origin.ready(descriptor);
      else this.#readable(client);
    }
  }

  #ask(client: Client): void {
    client.missingBytes = -1;
    client.askedAtNs = Bun.nanoseconds();
    this.#request.send(client.descriptor);
  }

  #readable(client: Client): void {
    const awaitsHead = client.missingBytes === -1;
    const copies = awaitsHead || this.#command.compare;
    const received = copies
      ? this.#received.receive(client.descriptor)
      : this.#received.discard(client.descriptor, client.missingBytes);
    if (received === 0) this.failure = "a connection was closed";
    if (received <= 0) return;
    if (awaitsHead) this.#takeHead(client, received);
    else this.#takeBody(client, 0, received);
    if (client.missingBytes !== 0) return;
    this.latency.record(Bun.nanoseconds() - client.askedAtNs);
    this.#ask(client);
  }

  #takeHead(client: Client, received: number): void {
    const head = readAnswerHead(this.#received.bytes, received);
    if (typeof head === "string") {
      this.failure = head;
    } else if (head.bodyBytes !== this.#command.bodyBytes) {
      this.failure = `an answer had ${head.bodyBytes} bytes`;
    } else {
      client.missingBytes = head.bodyBytes;
      this.#takeBody(client, head.bodyStart, received);
    }
  }

  #takeBody(client: Client, start: number, end: number): void {
    const length = end - start;
    if (this.#command.compare) {
      const at = this.#command.bodyBytes - client.missingBytes;
      const chunk = this.#received.bytes.subarray(start, end);
      if (!chunk.every((byte, i) => byte === this.#expected[at + i])) this.failure = "other bytes came";
    }
    client.missingBytes -= length;
    this.bytes += length;
    if (client.missingBytes < 0) this.failure = "more bytes came than the answer had";
  }
}

const RECEIVE_BYTES = 65_536;

if (import.meta.main) {
  const listener = listenOnAnyPort();
  const poll = new Poll();
  const origin = new TransferOrigin(poll, listener.descriptor);
  const ready: TransferReady = { originPort: listener.port };
  await serveCommands(ready, (command: TransferCommand): TransferReply => {
    origin.answerWith(command.bodyBytes);
    const run = new Run(poll, origin, command);
    const seconds = run.play();
    run.close();
    const { latency, bytes, failure } = run;
    const { lastRequest } = origin;
    return { answers: latency.count, bytes, seconds, failure, lastRequest, ...latency.quantiles() };
  });
}
