/**
 * One request of an HTTP/2 connection and its answer: what the exchange knows of the client. What the upstream does not take of the
 * request yet waits here, as far as the stream's window goes; the answer's side is H2Answer.
 */
import type { DownstreamStream, UpgradedClient } from "../exchange/downstream-stream.ts";
import { Exchange } from "../exchange/exchange.ts";
import { ChunkQueue } from "../link/chunk-queue.ts";
import { StreamWire, type WiredStream } from "../link/stream-wire.ts";
import { CODE } from "../protocol/h2/error-codes.ts";
import type { StreamRecord } from "../protocol/h2/stream-record.ts";
import type { FieldBlock } from "../protocol/http/field-block.ts";
import type { ResponseHead } from "../protocol/http/response-head.ts";
import type { Violation } from "../protocol/http/violation.ts";
import { H2Answer } from "./h2-answer.ts";
import type { H2Session } from "./h2-session.ts";

export type DownstreamRecord = StreamRecord<H2Stream>;

export class H2Stream extends H2Answer implements DownstreamStream, WiredStream {
  /** The request's bytes that wait for the upstream. */
  readonly #incoming: ChunkQueue = new ChunkQueue();
  #requestTrailers: FieldBlock | null = null;
  #requestEnded: boolean;

  constructor(record: DownstreamRecord, session: H2Session) {
    super(record, session);
    this.#requestEnded = record.state === "halfClosedRemote";
  }

  protected override get self(): this {
    return this;
  }

  start(): void {
    const { head } = this.record.head!;
    const { host, client } = this.session;
    this.exchange = new Exchange(head, client, host.snapshot.settings, host.services, this);
    this.exchange.start(host.snapshot);
  }

  expire(nowMs: number): void {
    this.session.guarded(() => {
      if (this.exchange !== null) this.exchange.onDeadline();
      else if (this.lingering) this.giveUp(CODE.noError);
      else this.judgeTaking(nowMs);
    });
  }

  continueRequest(): void {
    this.deliver();
  }

  /** What has come of the stream already follows when the tunnel reads. */
  upgrade(head: ResponseHead): UpgradedClient {
    this.session.writeTunnelHead(this.record, head);
    this.session.host.services.timers.disarm(this);
    this.exchange = null;
    this.wire = new StreamWire(this);
    return { connection: this.wire, leftover: null, ended: false };
  }

  tunnelEnded(): void {
    this.cancel();
  }

  cancel(): void {
    this.wire?.close(null);
    this.giveUp(CODE.cancel);
  }

  /** DATA has come. */
  onRequestData(bytes: Buffer, start: number, end: number): void {
    const exchange = this.exchange;
    if (this.wire !== null) return this.#toWire(bytes, start, end);
    if (this.lingering) return this.#discard(end - start);
    if (exchange?.wantsBody === true && this.#incoming.bytes === 0) {
      this.session.reader.taken(this.record, end - start);
      exchange.onRequestData(bytes, start, end);
    } else if (this.answerDone) this.session.reader.taken(this.record, end - start);
    else this.#hold(bytes, start, end);
  }

  /** Hands on what waits of the request, while the exchange takes it. */
  deliver(): void {
    const queue = this.#incoming;
    if (this.wire !== null) return this.#deliverToWire(this.wire);
    while (queue.bytes > 0 && this.exchange?.wantsBody === true) {
      const { chunk, start, end } = queue.first(Number.POSITIVE_INFINITY);
      queue.drop(end - start);
      this.taken(end - start);
      this.exchange.onRequestData(chunk, start, end);
    }
    if (this.#requestEnded && queue.bytes === 0 && this.exchange?.wantsBody === true) {
      this.exchange.onRequestEnd(this.#requestTrailers);
    }
    this.session.sendControl();
  }

  taken(bytes: number): void {
    this.session.reader.taken(this.record, bytes);
  }

  onRequestTrailers(trailers: FieldBlock): void {
    this.#requestTrailers = trailers;
  }

  onRequestEnd(): void {
    this.#requestEnded = true;
    if (this.lingering) this.session.onStreamEnd(this);
    else this.deliver();
  }

  /** The client has given the stream up. */
  onReset(cause: string): void {
    this.exchange?.onDownstreamGone(cause);
    this.wire?.close(cause);
    this.part();
    this.session.onStreamEnd(this);
  }

  /** The client has broken a rule, and the stream is reset. */
  onViolation(violation: Violation): void {
    this.exchange?.onRequestViolation(violation);
    this.wire?.close(String(violation.rule));
    this.part();
    this.session.onStreamEnd(this);
  }

  onCut(): void {
    this.exchange?.onCut();
  }

  onMistake(): void {
    this.exchange?.onMistake();
  }

  /** The client's FIN has come: what it has not sent will never come. */
  onHalfClosed(): void {
    if (!this.isShut && !this.lingering) {
      if (this.exchange?.requestDone === true) return this.exchange.onDownstreamHalfClosed();
      if (this.exchange === null && this.wire === null) return;
      // All of it has come, and waits here for the target.
      if (this.exchange !== null && this.#requestEnded) return;
    }
    this.session.reader.reset(this.record, CODE.cancel);
    this.onReset("FIN");
  }

  /**
   * What the client still sends of its request is of no use (RFC 9113 section 8.1), but the little that is under way
   * may end it, or break a rule, and then the client is told that. Who goes on is told to stop.
   */
  #discard(bytes: number): void {
    this.session.reader.taken(null, bytes);
    if (this.isLong) this.giveUp(CODE.noError);
  }

  #toWire(bytes: Buffer, start: number, end: number): void {
    if (this.wire!.paused) this.#hold(bytes, start, end);
    else this.#incoming.add(bytes, start, end);
    this.deliver();
  }

  #hold(bytes: Buffer, start: number, end: number): void {
    // What comes before there is an upstream says nothing of how fast it takes it.
    if (this.exchange?.requestDone !== true && this.record.receivedBytes > end - start)
      this.record.wasHeld = true;
    this.#incoming.add(bytes, start, end);
  }

  #deliverToWire(wire: StreamWire): void {
    wire.handOn(this.#incoming, this.#requestEnded);
    this.endOfWire();
    this.session.sendControl();
  }

  /** Both sides have ended the stream, and all of it is handed on. */
  protected override endOfWire(): void {
    if (!this.ended || !this.#requestEnded || this.#incoming.bytes > 0) return;
    this.wire!.close(null);
    this.session.onStreamEnd(this);
  }

  /** The exchange is over; its answer may wait here still. */
  protected override part(): void {
    this.exchange = null;
    this.session.host.services.timers.disarm(this);
    if (this.#incoming.bytes > 0) this.session.reader.taken(this.record, this.#incoming.clear());
    if (this.record.state === "closed" && this.outgoing.bytes > 0) {
      this.session.onDequeued(this.outgoing.clear());
    }
  }
}
