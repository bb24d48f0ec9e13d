/**
 * One downstream HTTP/1.x connection: reads requests in order, runs one exchange at a time and writes its
 * answer. It holds a reader only while a request is being read or answered, so that an idle connection is small.
 */
import type { Timed } from "../base/clock.ts";
import { proxyError, statusFor } from "../base/proxy-error.ts";
import type { DownstreamStream } from "../exchange/downstream-stream.ts";
import { Exchange } from "../exchange/exchange.ts";
import type { HttpSnapshot, Services } from "../exchange/snapshot.ts";
import { type Connection, type ConnectionHandler, flushOutbox } from "../io/connection.ts";
import { reportInternalFault } from "../io/internal-fault.ts";
import { type ClientIdentity, clientIdentity } from "../pipeline/forwarding.ts";
import { errorAnswer } from "../pipeline/own-answer.ts";
import { writeChunkEnd, writeChunkStart, writeLastChunk } from "../protocol/h1/body-writer.ts";
import { EVENT } from "../protocol/h1/events.ts";
import type { RequestReader } from "../protocol/h1/request-reader.ts";
import { writeInterimHead, writeResponseHead } from "../protocol/h1/response-writer.ts";
import type { FieldBlock } from "../protocol/http/field-block.ts";
import { BODY, type BodyKind } from "../protocol/http/framing.ts";
import { NO_ADDED_FIELDS } from "../protocol/http/outbound-request.ts";
import type { OutboundResponse } from "../protocol/http/outbound-response.ts";
import type { ResponseHead } from "../protocol/http/response-head.ts";
import type { Violation } from "../protocol/http/violation.ts";
import type { ReaderStock } from "./reader-stock.ts";

/** The listener, as its sessions see it. */
export interface SessionHost {
  /** What new requests read; replaced by a reload. */
  readonly snapshot: HttpSnapshot;
  readonly services: Services;
  /** Readers that serve one session at a time. */
  readonly readers: ReaderStock;
  /** No request may follow the one under way. */
  readonly draining: boolean;
  onSessionEnd(session: H1Session): void;
}

export class H1Session implements ConnectionHandler, DownstreamStream, Timed {
  deadlineMs: number = Number.POSITIVE_INFINITY;
  slotDueMs: number = Number.POSITIVE_INFINITY;
  timerNext: Timed | null = null;
  timerPrevious: Timed | null = null;
  readonly #connection: Connection;
  readonly #host: SessionHost;
  #client: ClientIdentity | null = null;
  #reader: RequestReader | null = null;
  #exchange: Exchange | null = null;
  #requests = 0;
  #state: State = STATE.idle;
  /** The framing of the answer under way, on this side. */
  #framing: BodyKind = BODY.none;
  #keepAlive = true;
  #pumping = false;
  #ended = false;
  /** Body bytes that came after the answer was complete. */
  #drainedBytes = 0;
  /** What the client had taken when a deadline last found it in the middle of an answer. */
  #takenBytes = -1;

  constructor(connection: Connection, host: SessionHost) {
    this.#connection = connection;
    this.#host = host;
    this.setDeadline(host.services.timers.clock.nowMs() + host.snapshot.headMs);
  }

  get idle(): boolean {
    return this.#state === STATE.idle;
  }

  get blocked(): boolean {
    return this.#connection.blocked;
  }

  get unsentBytes(): number {
    return this.#connection.unsentBytes;
  }

  get takenBytes(): number {
    return this.#connection.takenBytes;
  }

  /** Ends the session as soon as no exchange is under way. */
  drain(): void {
    if (this.#state === STATE.idle) this.#linger();
    else this.#keepAlive = false;
  }

  /** Ends the session now, whatever it is doing. Who waits for an answer is told that none will come. */
  cut(): void {
    this.#exchange?.onCut();
    if (this.#state === STATE.upgraded || this.#connection.blocked) this.#connection.abort();
    else this.#connection.close();
  }

  setDeadline(atMs: number): void {
    this.deadlineMs = atMs;
    if (atMs < this.slotDueMs) this.#host.services.timers.arm(this);
  }

  onData(chunk: Buffer): void {
    if (this.#state === STATE.lingering) return this.#onLingeringData(chunk);
    if (this.#state === STATE.idle) this.#beginHead();
    const reader = this.#reader!;
    try {
      reader.push(chunk);
      this.#pump();
    } catch (error) {
      this.#onMistake(error as Error);
    }
    // Pipelined requests and bodies that nobody takes yet wait in the kernel, not here.
    if (reader.unread > 0 && (this.#exchange !== null || this.#holdsBack())) this.#connection.pause();
  }

  onEnd(): void {
    this.#ended = true;
    this.#endReached();
  }

  /** The FIN counts once everything before it has been read. */
  #endReached(): void {
    const exchange = this.#exchange;
    if (exchange === null) {
      if (this.#holdsBack()) return;
      if (this.#state === STATE.head) this.#refuse(TRUNCATED);
      else this.#close();
    } else if (exchange.requestDone) exchange.onDownstreamHalfClosed();
    else if (this.#reader!.unread === 0) exchange.onRequestViolation(TRUNCATED);
  }

  onBlocked(): void {
    this.#exchange?.onDownstreamBlocked();
  }

  onDrain(): void {
    if (this.#exchange !== null) this.#exchange.onDownstreamDrain();
    else if (this.#state === STATE.head) this.#takeNext();
    else if (this.#state === STATE.lingering) this.setDeadline(this.#nowMs() + LINGER_MS);
  }

  onClose(cause: string | null): void {
    this.#host.services.timers.disarm(this);
    const exchange = this.#exchange;
    this.#exchange = null;
    this.#state = STATE.closed;
    this.#reader = null;
    exchange?.onDownstreamGone(cause);
    this.#host.onSessionEnd(this);
  }

  expire(): void {
    if (this.#exchange !== null) this.#exchange.onDeadline();
    else if (this.#connection.blocked) this.#waitForReader();
    else if (this.#state === STATE.head) this.#refuse({ code: "request.head_timeout", rule: null });
    else if (this.#state === STATE.idle) this.#linger();
    else this.#close();
  }

  sendInterimHead(head: ResponseHead): void {
    writeInterimHead(this.#connection.outbox(), head);
  }

  sendHead(head: ResponseHead, closing: boolean): void {
    const request = this.#reader!.head;
    this.#framing = framingFor(head, request.minorVersion);
    const persists = request.keepAlive && !closing && !this.#isLast() && this.#framing !== BODY.untilClose;
    this.#keepAlive = persists;
    const response: OutboundResponse = {
      head,
      framing: this.#framing,
      connection: persists ? (request.minorVersion === 0 ? "keep-alive" : "none") : "close",
      added: NO_ADDED_FIELDS,
    };
    writeResponseHead(this.#connection.outbox(), response);
  }

  sendData(bytes: Buffer, start: number, end: number): void {
    const connection = this.#connection;
    if (this.#framing !== BODY.chunked) {
      connection.write(bytes, start, end);
      return;
    }
    writeChunkStart(connection.outbox(), end - start);
    connection.write(bytes, start, end);
    writeChunkEnd(connection.outbox());
  }

  sendEnd(trailers: FieldBlock | null): void {
    if (this.#framing === BODY.chunked) writeLastChunk(this.#connection.outbox(), trailers);
    this.#exchange = null;
    this.#state = STATE.answered;
    this.#drainedBytes = 0;
    if (!this.#keepAlive) return this.#closeAfterAnswer();
    this.setDeadline(this.#nowMs() + LINGER_MS);
    if (!this.#pumping) this.#pump();
  }

  reset(): void {
    this.#exchange = null;
    this.#connection.abort();
  }

  continueRequest(): void {
    this.#connection.resume();
    if (!this.#pumping) this.#pump();
  }

  upgrade(head: ResponseHead): { connection: Connection; leftover: Buffer | null } {
    const response = { head, framing: BODY.none, connection: "upgrade", added: NO_ADDED_FIELDS } as const;
    writeResponseHead(this.#connection.outbox(), response);
    const leftover = this.#reader!.takeUnread();
    this.#host.services.timers.disarm(this);
    this.#exchange = null;
    this.#state = STATE.upgraded;
    return { connection: this.#connection, leftover };
  }

  tunnelEnded(): void {
    this.#host.onSessionEnd(this);
  }

  #beginHead(): void {
    this.#state = STATE.head;
    this.#reader ??= this.#host.readers.take();
    this.setDeadline(this.#nowMs() + this.#host.snapshot.headMs);
  }

  /** Takes events off the reader until it wants more bytes or somebody has to catch up. */
  #pump(): void {
    this.#pumping = true;
    while (this.#reader !== null && this.#mayRead()) {
      const event = this.#reader.next();
      if (event === EVENT.needData) break;
      this.#take(event);
    }
    this.#pumping = false;
    if (this.#ended && this.#reader !== null && this.#reader.unread === 0 && this.#mayRead())
      this.#endReached();
  }

  /** While an exchange runs, only the body of its request is read, and only as it takes it. */
  #mayRead(): boolean {
    if (this.#exchange !== null) return this.#exchange.wantsBody;
    return (this.#state === STATE.head && !this.#connection.blocked) || this.#state === STATE.answered;
  }

  /** Who does not read the answers gets no more of them: the next request waits. */
  #holdsBack(): boolean {
    return this.#state === STATE.head && this.#connection.blocked;
  }

  #takeNext(): void {
    this.setDeadline(this.#nowMs() + this.#host.snapshot.headMs);
    this.#connection.resume();
    this.#pump();
  }

  /** No exchange waits, but the last answer has not been taken whole; it may as long as the client goes on. */
  #waitForReader(): void {
    const { takenBytes } = this.#connection;
    if (takenBytes === this.#takenBytes) {
      this.#connection.abort();
      return;
    }
    this.#takenBytes = takenBytes;
    this.setDeadline(this.#nowMs() + this.#host.snapshot.fallback.idleMs);
  }

  #take(event: number): void {
    const reader = this.#reader!;
    switch (event) {
      case EVENT.head:
        this.#startExchange(reader);
        return;
      case EVENT.data:
        if (this.#exchange === null) this.#discardData(reader);
        else this.#exchange.onRequestData(reader.bytes, reader.dataStart, reader.dataEnd);
        return;
      case EVENT.trailers:
        return;
      case EVENT.end:
        if (this.#exchange === null) this.#next(reader);
        else this.#exchange.onRequestEnd(reader.trailers.count > 0 ? reader.trailers : null);
        return;
      case EVENT.fault:
        this.#onFault(reader.violation!);
    }
  }

  #startExchange(reader: RequestReader): void {
    this.#requests++;
    this.#state = STATE.exchange;
    this.#client ??= this.#identify();
    const { snapshot, services } = this.#host;
    const exchange = new Exchange(reader.head, this.#client, snapshot, services, this);
    this.#exchange = exchange;
    exchange.start();
  }

  #identify(): ClientIdentity {
    const address = this.#connection.remoteAddress;
    return clientIdentity(address, this.#host.snapshot.isTrusted(address), "http");
  }

  /** Lingering is for bytes that may still come; a client that asked for the close sends none. */
  #closeAfterAnswer(): void {
    const reader = this.#reader!;
    if (reader.unread === 0 && reader.next() === EVENT.end) {
      reader.startNext();
      this.#releaseReader(reader);
      this.#close();
    } else this.#linger();
  }

  /** The answer is out and the request read whole. */
  #next(reader: RequestReader): void {
    if (!this.#keepAlive || (this.#ended && reader.unread === 0)) {
      this.#linger();
      return;
    }
    reader.startNext();
    this.#state = reader.unread > 0 ? STATE.head : STATE.idle;
    // Answers gather in the outbox; from time to time we must know whether the client takes them.
    if (this.#state === STATE.head && this.#requests % ANSWERS_AT_ONCE === 0) flushOutbox();
    if (!this.#holdsBack()) this.#connection.resume();
    const { headMs, keepAliveMs } = this.#host.snapshot;
    this.setDeadline(this.#nowMs() + (this.#state === STATE.idle ? keepAliveMs : headMs));
    if (this.#state === STATE.idle) this.#releaseReader(reader);
  }

  #releaseReader(reader: RequestReader): void {
    this.#reader = null;
    this.#host.readers.give(reader);
  }

  /** What is left of a request whose answer is complete: a little is read, so that the client can read it. */
  #discardData(reader: RequestReader): void {
    this.#drainedBytes += reader.dataEnd - reader.dataStart;
    if (!this.#keepAlive || this.#drainedBytes > MAX_DRAINED_BYTES) this.#linger();
  }

  #onFault(violation: Violation): void {
    if (this.#exchange !== null) this.#exchange.onRequestViolation(violation);
    else if (this.#state === STATE.answered) this.#linger();
    else this.#refuse(violation);
  }

  /** An exception is a mistake of ours: this exchange pays for it and hears of it, the process goes on. */
  #onMistake(error: Error): void {
    reportInternalFault(error);
    this.#pumping = false;
    if (this.#exchange === null) this.#connection.abort();
    else this.#exchange.onMistake();
  }

  /** A request that never became an exchange: answered here, and the connection closed. */
  #refuse(violation: Violation): void {
    const { services, snapshot } = this.#host;
    const error = proxyError(violation.code, { rule: violation.rule });
    const startedMs = this.deadlineMs - snapshot.headMs;
    const requestId = services.requestIds().toString();
    const answer = errorAnswer(
      error,
      statusFor(violation.code) ?? 400,
      requestId,
      snapshot.notFoundMessage,
      services.timers.clock.wallMs(),
    );
    this.#keepAlive = false;
    writeResponseHead(this.#connection.outbox(), {
      head: answer.head,
      framing: answer.head.framing.kind,
      connection: "close",
      added: NO_ADDED_FIELDS,
    });
    this.#connection.write(answer.body, 0, answer.body.length);
    services.observer.record({
      ...UNREAD_REQUEST,
      listener: snapshot.listener,
      remoteAddress: this.#connection.remoteAddress,
      requestId,
      status: answer.head.status,
      sentBytes: answer.body.length,
      totalMs: services.timers.clock.nowMs() - startedMs,
      error,
    });
    this.#linger();
  }

  /**
   * Sends our FIN and reads on for a moment: closing with unread bytes would make the kernel send a RST, which
   * can overtake the answer (RFC 9112 section 9.6).
   */
  #linger(): void {
    this.#reader = null;
    this.#state = STATE.lingering;
    this.#drainedBytes = 0;
    this.#connection.finish();
    this.#connection.resume();
    if (this.#ended) this.#close();
    else this.setDeadline(this.#nowMs() + LINGER_MS);
  }

  /** A RST could overtake the answer, so what is beyond the measure waits until the time is over. */
  #onLingeringData(chunk: Buffer): void {
    this.#drainedBytes += chunk.length;
    if (this.#drainedBytes > MAX_DRAINED_BYTES) this.#connection.pause();
  }

  #close(): void {
    this.#state = STATE.lingering;
    this.#connection.close();
  }

  #nowMs(): number {
    return this.#host.services.timers.clock.nowMs();
  }

  #isLast(): boolean {
    return this.#host.draining || this.#requests >= this.#host.snapshot.requestsPerConnection;
  }
}

/** A body of unknown length is chunked for those who understand it (RFC 9112 section 7), else ends with the connection. */
function framingFor(head: ResponseHead, clientMinorVersion: number): BodyKind {
  const { kind } = head.framing;
  if (kind === BODY.none || kind === BODY.length) return kind;
  return clientMinorVersion === 1 ? BODY.chunked : BODY.untilClose;
}

/** The record of a request that was refused before it could be read. */
const UNREAD_REQUEST = {
  kind: "http",
  route: null,
  target: null,
  method: null,
  host: null,
  path: null,
  attempts: 0,
  receivedBytes: 0,
  connectMs: null,
  headMs: null,
} as const;

const STATE = { idle: 0, head: 1, exchange: 2, answered: 3, lingering: 4, upgraded: 5, closed: 6 } as const;
type State = (typeof STATE)[keyof typeof STATE];

const TRUNCATED: Violation = { code: "request.malformed", rule: "truncated" };
/** nginx lingers for 5 s (lingering_timeout); a well-behaved client closes as soon as it has its answer. */
const LINGER_MS = 2_000;
/** Pipelined answers between two looks at whether the client takes them. */
const ANSWERS_AT_ONCE = 16;
/** A request that is refused early may still be on its way: this much of it is read and thrown away. */
const MAX_DRAINED_BYTES = 256 * 1024;
