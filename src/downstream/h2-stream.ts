/**
 * One request of an HTTP/2 connection and its answer: what the exchange knows of the client. What the client's windows do
 * not take yet waits here, and so does what the upstream does not take of the request; both are bounded.
 */
import type { Timed } from "../base/clock.ts";
import type { ProxyError } from "../base/proxy-error.ts";
import type { Rostered } from "../base/roster.ts";
import type { DownstreamStream } from "../exchange/downstream-stream.ts";
import { Exchange } from "../exchange/exchange.ts";
import type { Wire } from "../io/wire.ts";
import { ChunkQueue } from "../link/chunk-queue.ts";
import { MAX_FRAME_BYTES } from "../link/send-frames.ts";
import type { Sending } from "../link/send-queue.ts";
import { StreamWire, type WiredStream } from "../link/stream-wire.ts";
import { CODE } from "../protocol/h2/error-codes.ts";
import type { StreamRecord } from "../protocol/h2/stream-record.ts";
import type { FieldBlock } from "../protocol/http/field-block.ts";
import { BODY } from "../protocol/http/framing.ts";
import { type AddedFields, NO_ADDED_FIELDS } from "../protocol/http/outbound-request.ts";
import type { ResponseHead } from "../protocol/http/response-head.ts";
import type { Violation } from "../protocol/http/violation.ts";
import type { H2Session } from "./h2-session.ts";

export type DownstreamRecord = StreamRecord<H2Stream>;

export class H2Stream implements DownstreamStream, Timed, Sending, WiredStream, Rostered {
  rosterPlace = -1;
  deadlineMs: number = Number.POSITIVE_INFINITY;
  slotDueMs: number = Number.POSITIVE_INFINITY;
  timerNext: Timed | null = null;
  timerPrevious: Timed | null = null;
  turn = 0;
  readonly record: DownstreamRecord;
  readonly #session: H2Session;
  #exchange: Exchange | null = null;
  /** The answer's bytes that wait, and what follows them. */
  readonly #outgoing: ChunkQueue = new ChunkQueue();
  #trailers: FieldBlock | null = null;
  #answerDone = false;
  /** END_STREAM is sent. */
  #ended = false;
  /** Of an answer whose length is known; -1: it ends when it ends. */
  #leftBytes = -1;
  #sentBytes = 0;
  /** What had been sent when the client was looked at last; -1: not yet. */
  #takenBefore = -1;
  /** Set once the stream is a tunnel. */
  #wire: StreamWire | null = null;
  /** The exchange has been told to hold its source. */
  #toldBlocked = false;
  /** The request's bytes that wait for the upstream. */
  readonly #incoming: ChunkQueue = new ChunkQueue();
  #requestTrailers: FieldBlock | null = null;
  #requestEnded: boolean;
  /** The answer is out whole; the rest of the request is read for a moment. */
  #lingering = false;

  constructor(record: DownstreamRecord, session: H2Session) {
    this.record = record;
    this.#session = session;
    this.#requestEnded = record.state === "halfClosedRemote";
  }

  get id(): number {
    return this.record.id;
  }

  get urgency(): number {
    return this.record.urgency;
  }

  get incremental(): boolean {
    return this.record.incremental;
  }

  get hasWindow(): boolean {
    return this.record.send.bytes > 0;
  }

  /** All of the answer is sent. */
  get isAnswered(): boolean {
    return this.#ended;
  }

  get queuedBytes(): number {
    return this.#outgoing.bytes;
  }

  get blocked(): boolean {
    return this.#outgoing.bytes > 0 || this.#session.held;
  }

  /** Granted by the client, so taken by its HTTP/2 if not by whoever reads there. */
  get takenBytes(): number {
    return this.#sentBytes;
  }

  start(): void {
    const { head } = this.record.head!;
    const { host, client } = this.#session;
    this.#exchange = new Exchange(head, client, host.snapshot.settings, host.services, this);
    this.#exchange.start(host.snapshot);
  }

  setDeadline(atMs: number): void {
    this.deadlineMs = atMs;
    if (atMs < this.slotDueMs) this.#session.host.services.timers.arm(this);
  }

  expire(nowMs: number): void {
    this.#session.guarded(() => {
      if (this.#exchange !== null) this.#exchange.onDeadline();
      else if (this.#lingering) this.#giveUp(CODE.noError);
      else this.#judgeTaking(nowMs);
    });
  }

  sendInterimHead(head: ResponseHead): void {
    if (this.record.state !== "closed") this.#session.writeHead(this.record, head, false, NO_ADDED_FIELDS);
  }

  sendHead(head: ResponseHead, _closing: boolean, added: AddedFields): void {
    if (this.record.state === "closed") return;
    // A 2xx would say that there is a tunnel (RFC 8441 section 5), and nobody has made one.
    if (this.record.head!.head.upgrade && head.status < 300) return this.#giveUp(CODE.connectError);
    const { kind, contentLength } = head.framing;
    // Of an answer that came over HTTP/1.1 with its length we know that no trailers follow.
    this.#leftBytes = kind === BODY.length && head.majorVersion === 1 ? contentLength : -1;
    this.#ended = kind === BODY.none || this.#leftBytes === 0;
    this.#session.writeHead(this.record, head, this.#ended, added);
  }

  sendData(bytes: Buffer, start: number, end: number): void {
    if (this.record.state === "closed") return;
    const sent = this.#outgoing.bytes > 0 ? start : this.#write(bytes, start, end);
    if (sent === end) return;
    this.#outgoing.add(bytes, sent, end);
    this.#session.onQueued(this, end - sent);
    this.tellBlocked();
    if (this.#session.halfClosed && this.#isShut) this.onHalfClosed();
  }

  sendEnd(trailers: FieldBlock | null): void {
    this.#answerDone = true;
    if (this.#wire !== null) {
      if (this.#outgoing.bytes === 0) this.#finishAnswer();
      return;
    }
    this.#trailers = this.#outgoing.bytes > 0 ? (trailers?.copy() ?? null) : trailers;
    this.#part();
    if (this.#outgoing.bytes === 0) this.#finishAnswer();
    else this.#judgeTaking(this.#session.nowMs());
  }

  /** With the target's own code, if it reset its stream; that is what calls of gRPC are judged by. */
  reset({ cause }: ProxyError): void {
    const code = RESET_CAUSE.exec(cause ?? "")?.[1];
    this.#giveUp(code === undefined ? CODE.internalError : Number(code));
  }

  continueRequest(): void {
    this.deliver();
  }

  /** What has come of the stream already follows when the tunnel reads. */
  upgrade(head: ResponseHead): { readonly connection: Wire; readonly leftover: Buffer | null } {
    this.#session.writeTunnelHead(this.record, head);
    this.#session.host.services.timers.disarm(this);
    this.#exchange = null;
    this.#wire = new StreamWire(this);
    return { connection: this.#wire, leftover: null };
  }

  tunnelEnded(): void {
    this.cancel();
  }

  cancel(): void {
    this.#wire?.close(null);
    this.#giveUp(CODE.cancel);
  }

  /** DATA has come. */
  onRequestData(bytes: Buffer, start: number, end: number): void {
    const exchange = this.#exchange;
    if (this.#wire !== null) return this.#toWire(bytes, start, end);
    if (this.#lingering) return this.#discard(end - start);
    if (exchange?.wantsBody === true && this.#incoming.bytes === 0) {
      this.#session.reader.taken(this.record, end - start);
      exchange.onRequestData(bytes, start, end);
    } else if (this.#answerDone) this.#session.reader.taken(this.record, end - start);
    else this.#hold(bytes, start, end);
  }

  /** Hands on what waits of the request, while the exchange takes it. */
  deliver(): void {
    const queue = this.#incoming;
    if (this.#wire !== null) return this.#deliverToWire(this.#wire);
    while (queue.bytes > 0 && this.#exchange?.wantsBody === true) {
      const { chunk, start, end } = queue.first(Number.POSITIVE_INFINITY);
      queue.drop(end - start);
      this.taken(end - start);
      this.#exchange.onRequestData(chunk, start, end);
    }
    if (this.#requestEnded && queue.bytes === 0 && this.#exchange?.wantsBody === true) {
      this.#exchange.onRequestEnd(this.#requestTrailers);
    }
    this.#session.sendControl();
  }

  taken(bytes: number): void {
    this.#session.reader.taken(this.record, bytes);
  }

  onRequestTrailers(trailers: FieldBlock): void {
    this.#requestTrailers = trailers;
  }

  onRequestEnd(): void {
    this.#requestEnded = true;
    if (this.#lingering) this.#session.onStreamEnd(this);
    else this.deliver();
  }

  /** The client has given the stream up. */
  onReset(cause: string): void {
    this.#exchange?.onDownstreamGone(cause);
    this.#wire?.close(cause);
    this.#part();
    this.#session.onStreamEnd(this);
  }

  /** The client has broken a rule, and the stream is reset. */
  onViolation(violation: Violation): void {
    this.#exchange?.onRequestViolation(violation);
    this.#wire?.close(String(violation.rule));
    this.#part();
    this.#session.onStreamEnd(this);
  }

  onCut(): void {
    this.#exchange?.onCut();
  }

  onMistake(): void {
    this.#exchange?.onMistake();
  }

  /** The client's FIN has come: what it has not sent will never come. */
  onHalfClosed(): void {
    if (!this.#isShut && !this.#lingering) {
      if (this.#exchange?.requestDone === true) return this.#exchange.onDownstreamHalfClosed();
      if (this.#exchange === null && this.#wire === null) return;
      // All of it has come, and waits here for the target.
      if (this.#exchange !== null && this.#requestEnded) return;
    }
    this.#session.reader.reset(this.record, CODE.cancel);
    this.onReset("FIN");
  }

  /** Something waits for a window that only the client can open. */
  get #isShut(): boolean {
    return this.#outgoing.bytes > 0 && (!this.hasWindow || this.#session.reader.send.bytes <= 0);
  }

  /** Sends what waits, as far as it may; true when nothing waits any more. */
  sendSome(): boolean {
    const queue = this.#outgoing;
    for (let left = this.incremental ? 1 : MAX_FRAMES_IN_TURN; left > 0 && queue.bytes > 0; ) {
      const { chunk, start, end } = queue.first(left * MAX_FRAME_BYTES);
      const after = this.#write(chunk, start, end);
      queue.drop(after - start);
      this.#session.onDequeued(after - start);
      if (after < end) return false;
      left -= Math.ceil((end - start) / MAX_FRAME_BYTES);
    }
    if (queue.bytes > 0) return false;
    if (this.#answerDone) this.#finishAnswer();
    return true;
  }

  tellBlocked(): void {
    if (this.#toldBlocked || (this.#exchange ?? this.#wire) === null) return;
    this.#toldBlocked = true;
    this.#exchange?.onDownstreamBlocked();
    this.#wire?.handler.onBlocked();
  }

  tellDrained(): void {
    if (!this.#toldBlocked || this.blocked) return;
    this.#toldBlocked = false;
    this.#exchange?.onDownstreamDrain();
    this.#wire?.handler.onDrain();
  }

  /** Up to where bytes could be sent. */
  #write(bytes: Buffer, start: number, end: number): number {
    const isLast = this.#leftBytes >= 0 && this.#leftBytes === end - start;
    const sent = this.#session.writeData(this.record, bytes, start, end, isLast);
    this.#sentBytes += sent - start;
    if (this.#leftBytes >= 0) this.#leftBytes -= sent - start;
    if (isLast && sent === end) this.#ended = true;
    return sent;
  }

  /** All of the answer is out. */
  #finishAnswer(): void {
    if (!this.#ended && this.record.state !== "closed") this.#session.writeEnd(this.record, this.#trailers);
    this.#ended = true;
    if (this.#wire !== null) return this.#endOfWire();
    if (this.record.state === "closed") return this.#session.onStreamEnd(this);
    if (!this.#session.mayLinger || this.#isLong) return this.#giveUp(CODE.noError);
    this.#lingering = true;
    this.setDeadline(this.#session.nowMs() + LINGER_MS);
  }

  /**
   * What the client still sends of its request is of no use (RFC 9113 section 8.1), but the little that is under way
   * may end it, or break a rule, and then the client is told that. Who goes on is told to stop.
   */
  #discard(bytes: number): void {
    this.#session.reader.taken(null, bytes);
    if (this.#isLong) this.#giveUp(CODE.noError);
  }

  /** Whose request is more than a little is told at once: some wait for ever when it comes behind the answer. */
  get #isLong(): boolean {
    return Math.max(this.record.receivedBytes, this.record.expectedBytes) > MAX_LINGERING_BYTES;
  }

  #toWire(bytes: Buffer, start: number, end: number): void {
    if (this.#wire!.paused) this.#hold(bytes, start, end);
    else this.#incoming.add(bytes, start, end);
    this.deliver();
  }

  #hold(bytes: Buffer, start: number, end: number): void {
    // What comes before there is an upstream says nothing of how fast it takes it.
    if (this.#exchange?.requestDone !== true && this.record.receivedBytes > end - start)
      this.record.wasHeld = true;
    this.#incoming.add(bytes, start, end);
  }

  #deliverToWire(wire: StreamWire): void {
    wire.handOn(this.#incoming, this.#requestEnded);
    this.#endOfWire();
    this.#session.sendControl();
  }

  /** Both sides have ended the stream, and all of it is handed on. */
  #endOfWire(): void {
    if (!this.#ended || !this.#requestEnded || this.#incoming.bytes > 0) return;
    this.#wire!.close(null);
    this.#session.onStreamEnd(this);
  }

  #giveUp(code: number): void {
    this.#session.reader.reset(this.record, code);
    this.#session.sendControl();
    this.#part();
    this.#session.onStreamEnd(this);
  }

  /** The exchange is over, but the client has not taken all of its answer: it may go on while it is quick enough. */
  #judgeTaking(nowMs: number): void {
    const { minRateBytes, minRateWindowMs } = this.#session.host.snapshot.fallback;
    const owed = Math.max(1, (minRateBytes * minRateWindowMs) / 1000);
    const before = this.#takenBefore;
    this.#takenBefore = this.#sentBytes;
    if (before >= 0 && this.#sentBytes - before < owed) this.#giveUp(CODE.cancel);
    else this.setDeadline(nowMs + minRateWindowMs);
  }

  /** The exchange is over; its answer may wait here still. */
  #part(): void {
    this.#exchange = null;
    this.#session.host.services.timers.disarm(this);
    if (this.#incoming.bytes > 0) this.#session.reader.taken(this.record, this.#incoming.clear());
    if (this.record.state === "closed" && this.#outgoing.bytes > 0) {
      this.#session.onDequeued(this.#outgoing.clear());
    }
  }
}

/** Of an answer that is of no use in parts. */
const MAX_FRAMES_IN_TURN = 16;
/** What a client has sent before it saw the end of the answer comes within a round trip. */
const LINGER_MS = 1_000;
const MAX_LINGERING_BYTES = 16_384;
/** As H2UpstreamStream says it. */
const RESET_CAUSE = /^RST_STREAM (\d+)$/;
