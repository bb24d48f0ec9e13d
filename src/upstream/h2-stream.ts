/**
 * One request on an HTTP/2 connection to a target, and its answer: what the exchange knows of the target. While the exchange holds
 * the answer, what comes waits here and is not granted again, so that the target stops at its stream's window and the other streams
 * go on; the request's side is H2Request.
 */
import { type ErrorCode, type ProxyError, proxyError } from "../base/proxy-error.ts";
import type { Wire } from "../io/wire.ts";
import { ChunkQueue } from "../link/chunk-queue.ts";
import { StreamWire, type WiredStream } from "../link/stream-wire.ts";
import { CODE } from "../protocol/h2/error-codes.ts";
import { becomeSwitch } from "../protocol/h2/extended-connect.ts";
import { type H2Fault, ruleOf } from "../protocol/h2/fault.ts";
import type { StreamRecord } from "../protocol/h2/stream-record.ts";
import type { FieldBlock } from "../protocol/http/field-block.ts";
import type { RequestHead } from "../protocol/http/request-head.ts";
import { isInformational, type ResponseHead } from "../protocol/http/response-head.ts";
import { WEB_SOCKET_KEY } from "../protocol/http/web-socket.ts";
import type { H2Connection } from "./h2-connection.ts";
import { H2Request } from "./h2-request.ts";
import type { LentStream } from "./stream-pool.ts";
import type { UpstreamEvents } from "./upstream-stream.ts";
import { acceptFor } from "./web-socket-accept.ts";

export type UpstreamRecord = StreamRecord<H2UpstreamStream>;

export class H2UpstreamStream extends H2Request implements LentStream, WiredStream {
  readonly reused: boolean;
  #answered = false;
  /** The answer's bytes that the exchange does not take yet. */
  readonly #incoming: ChunkQueue = new ChunkQueue();
  #answerTrailers: FieldBlock | null = null;
  #answerEnded = false;
  #paused = false;
  /** How the connection went while the tunnel still had something to hand on. */
  #lostBy: string | null = null;

  constructor(connection: H2Connection, reused: boolean) {
    super(connection);
    this.reused = reused;
  }

  protected override get self(): this {
    return this;
  }

  /** Something of the answer has come. */
  get answered(): boolean {
    return this.#answered;
  }

  lend(events: UpstreamEvents): void {
    this.events = events;
    this.#paused = false;
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.deliver();
  }

  abort(): void {
    this.events = null;
    this.#leave(CODE.cancel);
  }

  /** What the same read has brought is taken; a stream that ends with it need not be reset. */
  drop(): void {
    this.events = null;
    this.connection.dropSoon(this);
  }

  detach(): Wire {
    this.events = null;
    this.wire = new StreamWire(this);
    return this.wire;
  }

  tunnelEnded(): void {}

  /** As a RST would end a connection (RFC 8441 section 5.4). */
  cancel(): void {
    this.wire?.close(null);
    this.#leave(CODE.cancel);
  }

  taken(bytes: number): void {
    this.connection.taken(this.record, bytes);
  }

  deliver(): void {
    this.#handOn();
    this.connection.sendControl();
  }

  onHead(head: ResponseHead): void {
    const events = this.events;
    if (events === null) return;
    if (isInformational(head.status)) return events.onInterimHead(head);
    this.#answered = true;
    const asked = this.asked;
    this.asked = null;
    if (asked === null) return events.onResponseHead(head);
    if (this.record!.tunnel === "open") return this.#becomeTunnel(events, head, asked);
    // There will be no tunnel, so what we have to say is said.
    this.sendEnd(null);
    events.onResponseHead(head);
  }

  onData(bytes: Buffer, start: number, end: number): void {
    if (this.wire !== null) return this.#toWire(this.wire, bytes, start, end);
    if (this.events === null) return this.taken(end - start);
    if (this.#paused || this.#incoming.bytes > 0) return this.#hold(bytes, start, end);
    this.taken(end - start);
    this.events.onResponseData(bytes, start, end);
  }

  onTrailers(trailers: FieldBlock): void {
    this.#answerTrailers = trailers;
  }

  onEnd(): void {
    this.#answerEnded = true;
    this.#handOn();
  }

  /** RST_STREAM of the target's, or ours because of what it did. */
  onReset(code: number, fault: H2Fault | null): void {
    // Who has answered whole may have no use for the rest of the request (RFC 9113 section 8.1), or of a tunnel.
    const isPolite = code === CODE.noError || (code === CODE.cancel && this.wire !== null);
    if (isPolite && this.#answerEnded) return this.stopSending();
    if (fault !== null) this.fail(proxyError("upstream.malformed", { rule: ruleOf(fault) }));
    else if (code === CODE.refusedStream) this.refuse();
    else this.fail(proxyError(this.#resetCode(), { cause: `RST_STREAM ${code}` }));
  }

  /** The target has not looked at the request, unless it has answered: what it says then is not believed. */
  refuse(): void {
    if (this.#answered) return this.fail(proxyError(this.#resetCode(), { cause: "refused" }));
    this.fail(proxyError("upstream.refused_stream"));
  }

  /** The connection is gone. */
  onGone(cause: string | null): void {
    if (this.wire !== null) return this.#loseWire(this.wire, cause ?? "closed");
    if (this.#answerEnded) return this.#finishLate();
    if (this.#diedIdle()) return this.fail(proxyError("upstream.closed_idle", { cause }));
    if (cause !== null) return this.fail(proxyError(this.#resetCode(), { cause }));
    this.fail(proxyError(this.#answered ? "upstream.closed_after_head" : "upstream.closed_before_head"));
  }

  fail(error: ProxyError): void {
    const events = this.events;
    this.events = null;
    this.#leave(CODE.cancel);
    this.wire?.close(error.rule ?? error.cause ?? error.code);
    events?.onUpstreamFailure(error);
  }

  #becomeTunnel(events: UpstreamEvents, head: ResponseHead, asked: RequestHead): void {
    becomeSwitch(head, acceptFor(asked.fields.get(WEB_SOCKET_KEY)!));
    events.onUpgraded(head, null);
  }

  #toWire(wire: StreamWire, bytes: Buffer, start: number, end: number): void {
    if (wire.paused) return this.#hold(bytes, start, end);
    this.#incoming.add(bytes, start, end);
    this.#handOn();
  }

  #hold(bytes: Buffer, start: number, end: number): void {
    this.record!.wasHeld = true;
    this.#incoming.add(bytes, start, end);
  }

  /** The connection is gone; what the target has sent to its end is still handed on. */
  #loseWire(wire: StreamWire, cause: string): void {
    if (!this.#answerEnded) return wire.close(cause);
    this.#lostBy = cause;
    this.ended = true;
    this.#handOn();
  }

  /** Both sides have ended the stream, and all of it is handed on. */
  protected override endOfWire(wire: StreamWire): void {
    if (!this.ended || !this.#answerEnded || this.#incoming.bytes > 0 || wire.paused) return;
    this.#leave(CODE.noError);
    wire.close(this.#lostBy);
  }

  /** Hands on what waits of the answer, while the exchange takes it. */
  #handOn(): void {
    const queue = this.#incoming;
    if (this.wire !== null) {
      this.wire.handOn(queue, this.#answerEnded);
      return this.endOfWire(this.wire);
    }
    while (queue.bytes > 0 && !this.#paused && this.events !== null) {
      const { chunk, start, end } = queue.first(Number.POSITIVE_INFINITY);
      queue.drop(end - start);
      this.taken(end - start);
      this.events.onResponseData(chunk, start, end);
    }
    if (this.#answerEnded && queue.bytes === 0 && !this.#paused) this.#complete();
  }

  /** All of the answer is handed on. A request that is not complete yet is of no more use to the target. */
  #complete(): void {
    const events = this.events;
    this.events = null;
    this.#leave(CODE.noError);
    events?.onResponseEnd(this.#answerTrailers);
  }

  /** The answer came whole before the connection went; the exchange takes the rest of it when it can. */
  #finishLate(): void {
    if (!this.#paused) this.#handOn();
  }

  #leave(code: number): void {
    if (this.#incoming.bytes > 0) this.connection.taken(this.record, this.#incoming.clear());
    this.outgoing.clear();
    this.connection.onStreamEnd(this, this.record, code);
  }

  #resetCode(): ErrorCode {
    return this.#answered ? "upstream.reset_after_head" : "upstream.reset_before_head";
  }

  /** Whether our request and the target's close may have crossed; see H1Stream. */
  #diedIdle(): boolean {
    if (!this.reused || this.#answered) return false;
    return this.connection.nowMs() - this.sentMs <= RACE_MS;
  }
}

/** A round trip to a target far away, with a lost packet. */
const RACE_MS = 1_000;
