/**
 * Both ends of a TCP ping-pong in one process: an echo server behind the proxy and clients in front of it,
 * each with one byte under way. One loop for both ends keeps the load cheaper than any proxy: no
 * switch between processes, and what became ready together is served together.
 */
import { LatencyHistogram, type Quantiles } from "../measure/latency.ts";
import { serveCommands } from "./commands.ts";
import { accept, closeSocket, connectTo, listenOnAnyPort, Poll, WireBuffer } from "./sockets.ts";

export interface PingPongReady {
  readonly echoPort: number;
}

export interface PingPongCommand {
  readonly port: number;
  readonly connections: number;
  readonly seconds: number;
}

export interface PingPongReply extends Quantiles {
  readonly roundTrips: number;
  readonly seconds: number;
  readonly failure: string | null;
}

function play(listener: number, command: PingPongCommand): PingPongReply {
  const game = new Game(listener);
  const startNs = Bun.nanoseconds();
  const endNs = startNs + command.seconds * 1e9;
  for (let i = 0; i < command.connections; i++) game.serve(connectTo(command.port));
  while (game.failure === null && Bun.nanoseconds() < endNs) game.turn();
  const seconds = (Bun.nanoseconds() - startNs) / 1e9;
  game.close();
  const { latency, failure } = game;
  const silent = latency.count === 0 ? "no byte came back" : null;
  return { roundTrips: latency.count, seconds, failure: failure ?? silent, ...latency.quantiles() };
}

class Game {
  readonly latency = new LatencyHistogram();
  failure: string | null = null;
  readonly #listener: number;
  readonly #poll = new Poll();
  readonly #byte = new WireBuffer("x");
  /** By descriptor: when a client's byte left; 0 for an echo. */
  readonly #sentAtNs: number[] = [];

  constructor(listener: number) {
    this.#listener = listener;
    this.#poll.addReader(listener);
  }

  /** The first stroke of a client. */
  serve(client: number): void {
    this.#poll.addReader(client);
    this.#sentAtNs[client] = Bun.nanoseconds();
    this.#byte.send(client);
  }

  turn(): void {
    const ready = this.#poll.wait(0);
    for (let i = 0; i < ready; i++) {
      const descriptor = this.#poll.descriptorAt(i);
      if (descriptor === this.#listener) this.#acceptAll();
      else this.#return(descriptor);
    }
  }

  close(): void {
    for (const descriptor of this.#sentAtNs.keys()) {
      if (this.#sentAtNs[descriptor] !== undefined) closeSocket(descriptor);
    }
    this.#poll.close();
  }

  #acceptAll(): void {
    for (let echo = accept(this.#listener); echo >= 0; echo = accept(this.#listener)) {
      this.#sentAtNs[echo] = 0;
      this.#poll.addReader(echo);
    }
  }

  #return(descriptor: number): void {
    const received = this.#byte.receive(descriptor);
    const sentAtNs = this.#sentAtNs[descriptor]!;
    if (received < 0) return;
    if (received === 0) {
      this.#ended(descriptor, sentAtNs);
      return;
    }
    if (sentAtNs > 0) {
      const now = Bun.nanoseconds();
      this.latency.record(now - sentAtNs);
      this.#sentAtNs[descriptor] = now;
    }
    this.#byte.send(descriptor);
  }

  /** An echo may lose its peer: the proxy was only asked whether it listens. A client may not. */
  #ended(descriptor: number, sentAtNs: number): void {
    closeSocket(descriptor);
    delete this.#sentAtNs[descriptor];
    if (sentAtNs > 0) this.failure = "a connection was closed";
  }
}

if (import.meta.main) {
  const listener = listenOnAnyPort();
  const ready: PingPongReady = { echoPort: listener.port };
  await serveCommands(ready, (command: PingPongCommand) => play(listener.descriptor, command));
}
