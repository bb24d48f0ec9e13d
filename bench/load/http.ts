/**
 * HTTP load and the origin behind the proxy, both in one process and one loop.
 *
 * Why one loop: two processes on one core wait for each other's time slices and wake each other, and that would
 * be a large part of what is measured; and the loop never sleeps, so that no proxy pays for waking it.
 *
 * With a rate, the load is open: requests are due on a fixed schedule whatever the answers do, and a latency
 * counts from the moment the schedule named. A proxy that stalls for 10 ms shows it in all the
 * requests that were due meanwhile (no coordinated omission). Without a rate, each connection asks
 * again as soon as it is answered.
 */
import { LatencyHistogram, type Quantiles } from "../measure/latency.ts";
import { serveCommands } from "./commands.ts";
import { HttpOrigin } from "./http-origin.ts";
import { closeSocket, connectTo, listenOnAnyPort, Poll, WireBuffer } from "./sockets.ts";

export interface HttpReady {
  readonly originPort: number;
}

export interface HttpCommand {
  readonly port: number;
  readonly connections: number;
  readonly seconds: number;
  /** `null`: as fast as answers come. */
  readonly requestsPerSecond: number | null;
  /** Sent in turn. */
  readonly requests: readonly string[];
  /** Head and body of the origin's answer. The last byte of its body is found nowhere else in it. */
  readonly answer: string;
  /** The proxy is expected to close after each answer. */
  readonly newConnections: boolean;
}

export interface HttpReply extends Quantiles {
  readonly answers: number;
  readonly seconds: number;
  readonly failure: string | null;
  /** The longest time the loop itself stood still: something else had the core. */
  readonly longestStallUs: number;
  /** As the origin received it. */
  readonly lastRequest: string;
  /** As the client received it. */
  readonly lastAnswer: string;
  /** Opened by the proxy since this process began. */
  readonly originConnections: number;
}

class Run {
  readonly latency = new LatencyHistogram();
  failure: string | null = null;
  longestStallNs = 0;
  readonly #command: HttpCommand;
  readonly #poll: Poll;
  readonly #origin: HttpOrigin;
  readonly #total: number;
  readonly #intervalNs: number;
  readonly #requests: readonly WireBuffer[];
  readonly #received = new WireBuffer(RECEIVE_BYTES);
  readonly #lastByte: number;
  /** By descriptor: when the request under way was due. */
  readonly #dueNs = new Map<number, number>();
  /** Clients without a request under way, the longest idle first. */
  readonly #idle: number[] = [];
  #sent = 0;
  #lastAnswerBytes = 0;

  constructor(poll: Poll, origin: HttpOrigin, command: HttpCommand) {
    const { requestsPerSecond, seconds, requests, answer } = command;
    this.#command = command;
    this.#poll = poll;
    this.#origin = origin;
    this.#total = requestsPerSecond === null ? Infinity : Math.floor(requestsPerSecond * seconds);
    this.#intervalNs = requestsPerSecond === null ? 0 : 1e9 / requestsPerSecond;
    this.#requests = requests.map((request) => new WireBuffer(request));
    this.#lastByte = answer.charCodeAt(answer.length - 1);
  }

  /** Seconds from the first request that was due to the end. */
  play(): number {
    const { seconds, requestsPerSecond, connections } = this.#command;
    for (let i = 0; i < connections; i++) this.#open();
    const startNs = Bun.nanoseconds();
    const endNs = startNs + (requestsPerSecond === null ? seconds : seconds + GRACE_SECONDS) * 1e9;
    let now = startNs;
    while (this.latency.count < this.#total && this.failure === null && now < endNs) {
      this.#sendWhatIsDue(startNs, now);
      this.#serveWhatIsReady();
      const then = now;
      now = Bun.nanoseconds();
      if (now - then > this.longestStallNs) this.longestStallNs = now - then;
    }
    const missing = this.#total - this.latency.count;
    if (missing > 0 && missing < Infinity) this.failure ??= `${missing} answers did not come`;
    return (now - startNs) / 1e9;
  }

  close(): void {
    for (const descriptor of this.#dueNs.keys()) closeSocket(descriptor);
  }

  get lastAnswer(): string {
    return Buffer.from(this.#received.bytes.subarray(0, this.#lastAnswerBytes)).toString("latin1");
  }

  #open(): void {
    const client = connectTo(this.#command.port);
    this.#poll.addReader(client);
    this.#dueNs.set(client, 0);
    this.#idle.push(client);
  }

  /** Requests for which no connection is idle stay due, and their latency grows. */
  #sendWhatIsDue(startNs: number, now: number): void {
    while (this.#sent < this.#total && this.#idle.length > 0) {
      const dueNs = this.#intervalNs === 0 ? now : startNs + this.#sent * this.#intervalNs;
      if (dueNs > now) return;
      const client = this.#idle.shift()!;
      this.#dueNs.set(client, dueNs);
      const request = this.#requests[this.#sent % this.#requests.length]!;
      if (request.send(client) !== request.bytes.length) this.failure = "a request could not be sent";
      this.#sent++;
    }
  }

  #serveWhatIsReady(): void {
    const ready = this.#poll.wait(0);
    for (let i = 0; i < ready; i++) {
      const descriptor = this.#poll.descriptorAt(i);
      const dueNs = this.#dueNs.get(descriptor);
      if (dueNs === undefined) this.#origin.ready(descriptor);
      else this.#readable(descriptor, dueNs);
    }
  }

  #readable(client: number, dueNs: number): void {
    const length = this.#received.receive(client);
    if (length < 0) return;
    if (length === 0) {
      this.#closed(client, dueNs);
    } else if (this.#received.bytes[length - 1] === this.#lastByte) {
      this.#lastAnswerBytes = length;
      if (this.#received.bytes[STATUS_AT] !== DIGIT_TWO) this.failure = "an answer was not a 200";
      else if (this.#command.newConnections) this.#dueNs.set(client, -dueNs);
      else this.#answered(client, dueNs);
    }
  }

  #answered(client: number, dueNs: number): void {
    this.latency.record(Bun.nanoseconds() - dueNs);
    this.#idle.push(client);
  }

  /** With a connection for each request, one is done when the proxy has closed it: `dueNs` is negative then. */
  #closed(client: number, dueNs: number): void {
    closeSocket(client);
    this.#dueNs.delete(client);
    if (!this.#command.newConnections || dueNs >= 0) {
      this.failure = "a connection was closed without an answer";
      return;
    }
    this.latency.record(Bun.nanoseconds() + dueNs);
    this.#open();
  }
}

/** More than any answer here: what a client has not read with one call came in parts. */
const RECEIVE_BYTES = 16_384;
const DIGIT_TWO = 0x32;
/** In `HTTP/1.1 200`. */
const STATUS_AT = 9;
/** How long the last answers may take before the round counts as failed. */
const GRACE_SECONDS = 5;

if (import.meta.main) {
  const listener = listenOnAnyPort();
  const poll = new Poll();
  const origin = new HttpOrigin(poll, listener.descriptor);
  const ready: HttpReady = { originPort: listener.port };
  await serveCommands(ready, (command: HttpCommand): HttpReply => {
    origin.answerWith(command.answer, command.requests[0]!);
    const run = new Run(poll, origin, command);
    const seconds = run.play();
    run.close();
    const { latency, failure, longestStallNs, lastAnswer } = run;
    const { lastRequest, connections: originConnections } = origin;
    return {
      answers: latency.count,
      seconds,
      failure,
      longestStallUs: longestStallNs / 1_000,
      lastRequest,
      lastAnswer,
      originConnections,
      ...latency.quantiles(),
    };
  });
}
