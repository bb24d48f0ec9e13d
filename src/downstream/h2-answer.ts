/**
 * The answer's side of one request of an HTTP/2 connection: sends what the exchange gives as far as the client's windows go. What
 * they do not take yet waits here, which is bounded, since the exchange is told to hold its source.
 */
import type { Timed } from "../base/clock.ts";
import type { ProxyError } from "../base/proxy-error.ts";
import type { Rostered } from "../base/roster.ts";
import type { Exchange } from "../exchange/exchange.ts";
import { ChunkQueue } from "../link/chunk-queue.ts";
import { MAX_FRAME_BYTES } from "../link/send-frames.ts";
import type { Sending } from "../link/send-queue.ts";
import type { StreamWire } from "../link/stream-wire.ts";
import { CODE } from "../protocol/h2/error-codes.ts";
import type { FieldBlock } from "../protocol/http/field-block.ts";
import { BODY } from "../protocol/http/framing.ts";
import { type AddedFields, NO_ADDED_FIELDS } from "../protocol/http/outbound-request.ts";
import type { ResponseHead } from "../protocol/http/response-head.ts";
import type { H2Session } from "./h2-session.ts";
import type { DownstreamRecord, H2Stream } from "./h2-stream.ts";

export abstract class H2Answer implements Timed, Sending, Rostered {
  rosterPlace = -1;
  deadlineMs: number = Number.POSITIVE_INFINITY;
  slotDueMs: number = Number.POSITIVE_INFINITY;
  timerNext: Timed | null = null;
  timerPrevious: Timed | null = null;
  turn = 0;
  readonly record: DownstreamRecord;
  protected readonly session: H2Session;
  /** Null before it begins, and once it is over. */
  protected exchange: Exchange | null = null;
  /** Set once the stream is a tunnel. */
  protected wire: StreamWire | null = null;
  /** The answer's bytes that wait, and what follows them. */
  protected readonly outgoing: ChunkQueue = new ChunkQueue();
  #trailers: FieldBlock | null = null;
  protected answerDone = false;
  /** END_STREAM is sent. */
  protected ended = false;
  /** The answer is out whole; the rest of the request is read for a moment. */
  protected lingering = false;
  /** Of an answer whose length is known; -1: it ends when it ends. */
  #leftBytes = -1;
  #sentBytes = 0;
  /** What had been sent when the client was looked at last; -1: not yet. */
  #takenBefore = -1;
  /** The exchange has been told to hold its source. */
  #toldBlocked = false;

  protected constructor(record: DownstreamRecord, session: H2Session) {
    this.record = record;
    this.session = session;
  }

  abstract expire(nowMs: number): void;
  abstract onHalfClosed(): void;
  /** The stream itself, as its session knows it. */
  protected abstract get self(): H2Stream;
  /** The exchange is over; its answer may wait here still. */
  protected abstract part(): void;
  /** Ends the tunnel if both sides have ended the stream, and all of it is handed on. */
  protected abstract endOfWire(): void;

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
    return this.ended;
  }

  get queuedBytes(): number {
    return this.outgoing.bytes;
  }

  get blocked(): boolean {
    return this.outgoing.bytes > 0 || this.session.held;
  }

  /** Granted by the client, so taken by its HTTP/2 if not by whoever reads there. */
  get takenBytes(): number {
    return this.#sentBytes;
  }

  setDeadline(atMs: number): void {
    this.deadlineMs = atMs;
    if (atMs < this.slotDueMs) this.session.host.services.timers.arm(this);
  }

  sendInterimHead(head: ResponseHead): void {
    if (this.record.state !== "closed") this.session.writeHead(this.record, head, false, NO_ADDED_FIELDS);
  }

  sendHead(head: ResponseHead, _closing: boolean, added: AddedFields): void {
    if (this.record.state === "closed") return;
    // A 2xx would say that there is a tunnel (RFC 8441 section 5), and nobody has made one.
    if (this.record.head!.head.upgrade && head.status < 300) return this.giveUp(CODE.connectError);
    const { kind, contentLength } = head.framing;
    // Of an answer that came over HTTP/1.1 with its length we know that no trailers follow.
    this.#leftBytes = kind === BODY.length && head.majorVersion === 1 ? contentLength : -1;
    this.ended = kind === BODY.none || this.#leftBytes === 0;
    this.session.writeHead(this.record, head, this.ended, added);
  }

  sendData(bytes: Buffer, start: number, end: number): void {
    if (this.record.state === "closed") return;
    const sent = this.outgoing.bytes > 0 ? start : this.#write(bytes, start, end);
    if (sent === end) return;
    this.outgoing.add(bytes, sent, end);
    this.session.onQueued(this.self, end - sent);
    this.tellBlocked();
    if (this.session.halfClosed && this.isShut) this.onHalfClosed();
  }

  sendEnd(trailers: FieldBlock | null): void {
    this.answerDone = true;
    if (this.wire !== null) {
      if (this.outgoing.bytes === 0) this.finishAnswer();
      return;
    }
    this.#trailers = this.outgoing.bytes > 0 ? (trailers?.copy() ?? null) : trailers;
    this.part();
    if (this.outgoing.bytes === 0) this.finishAnswer();
    else this.judgeTaking(this.session.nowMs());
  }

  /** With the target's own code, if it reset its stream; that is what calls of gRPC are judged by. */
  reset({ cause }: ProxyError): void {
    const code = Number(RESET_CAUSE.exec(cause ?? "")?.[1] ?? CODE.internalError);
    this.giveUp(UNTRUE.has(code) ? CODE.internalError : code);
  }

  /** Sends what waits, as far as it may; true when nothing waits any more. */
  sendSome(): boolean {
    const queue = this.outgoing;
    for (let left = this.incremental ? 1 : MAX_FRAMES_IN_TURN; left > 0 && queue.bytes > 0; ) {
      const { chunk, start, end } = queue.first(left * MAX_FRAME_BYTES);
      const after = this.#write(chunk, start, end);
      queue.drop(after - start);
      this.session.onDequeued(after - start);
      if (after < end) return false;
      left -= Math.ceil((end - start) / MAX_FRAME_BYTES);
    }
    if (queue.bytes > 0) return false;
    if (this.answerDone) this.finishAnswer();
    return true;
  }

  tellBlocked(): void {
    if (this.#toldBlocked || (this.exchange ?? this.wire) === null) return;
    this.#toldBlocked = true;
    this.exchange?.onDownstreamBlocked();
    this.wire?.handler.onBlocked();
  }

  tellDrained(): void {
    if (!this.#toldBlocked || this.blocked) return;
    this.#toldBlocked = false;
    this.exchange?.onDownstreamDrain();
    this.wire?.handler.onDrain();
  }

  /** Something waits for a window that only the client can open. */
  protected get isShut(): boolean {
    return this.outgoing.bytes > 0 && (!this.hasWindow || this.session.reader.send.bytes <= 0);
  }

  /** Up to where bytes could be sent. */
  #write(bytes: Buffer, start: number, end: number): number {
    const isLast = this.#leftBytes >= 0 && this.#leftBytes === end - start;
    const sent = this.session.writeData(this.record, bytes, start, end, isLast);
    this.#sentBytes += sent - start;
    if (this.#leftBytes >= 0) this.#leftBytes -= sent - start;
    if (isLast && sent === end) this.ended = true;
    return sent;
  }

  /** All of the answer is out. */
  protected finishAnswer(): void {
    if (!this.ended && this.record.state !== "closed") this.session.writeEnd(this.record, this.#trailers);
    this.ended = true;
    if (this.wire !== null) return this.endOfWire();
    if (this.record.state === "closed") return this.session.onStreamEnd(this.self);
    if (!this.session.mayLinger || this.isLong) return this.giveUp(CODE.noError);
    this.lingering = true;
    this.setDeadline(this.session.nowMs() + LINGER_MS);
  }

  /** Whose request is more than a little is told at once: some wait for ever when it comes behind the answer. */
  protected get isLong(): boolean {
    return Math.max(this.record.receivedBytes, this.record.expectedBytes) > MAX_LINGERING_BYTES;
  }

  protected giveUp(code: number): void {
    this.session.reader.reset(this.record, code);
    this.session.sendControl();
    this.part();
    this.session.onStreamEnd(this.self);
  }

  /** The exchange is over, but the client has not taken all of its answer: it may go on while it is quick enough. */
  protected judgeTaking(nowMs: number): void {
    const { minRateBytes, minRateWindowMs } = this.session.host.snapshot.fallback;
    const owed = Math.max(1, (minRateBytes * minRateWindowMs) / 1000);
    const before = this.#takenBefore;
    this.#takenBefore = this.#sentBytes;
    if (before >= 0 && this.#sentBytes - before < owed) this.giveUp(CODE.cancel);
    else this.setDeadline(nowMs + minRateWindowMs);
  }
}

/** Of an answer that is of no use in parts. */
const MAX_FRAMES_IN_TURN = 16;
/** What a client has sent before it saw the end of the answer comes within a round trip. */
const LINGER_MS = 1_000;
const MAX_LINGERING_BYTES = 16_384;
/**
 * What a target may say of its stream and would be untrue of the client's, whose answer has begun and is cut off: that all is well,
 * that nothing was looked at, or that HTTP/1.1 would do better (RFC 9113 section 7).
 */
const UNTRUE: ReadonlySet<number> = new Set([CODE.noError, CODE.refusedStream, CODE.http11Required]);
/** As H2UpstreamStream says it. */
const RESET_CAUSE = /^RST_STREAM (\d+)$/;
