/**
 * One HTTP/1.1 connection to a target, serving one exchange after the other. It goes back to its pool only
 * in a provably clean state: request sent whole, answer read whole, nothing left over, persistence agreed.
 */

import type { Timed, Timers } from "../base/clock.ts";
import { type ProxyError, proxyError } from "../base/proxy-error.ts";
import { giveBack, WORTH_GIVING_BACK_BYTES } from "../io/chunk-memory.ts";
import type { Connection, ConnectionHandler } from "../io/connection.ts";
import { HELD } from "../io/held-shedding.ts";
import { writeChunkEnd, writeChunkStart, writeLastChunk } from "../protocol/h1/body-writer.ts";
import { EVENT } from "../protocol/h1/events.ts";
import type { CodecLimits } from "../protocol/h1/limits.ts";
import { writeRequestHead } from "../protocol/h1/request-writer.ts";
import { ResponseReader } from "../protocol/h1/response-reader.ts";
import type { FieldBlock } from "../protocol/http/field-block.ts";
import { BODY, type BodyKind } from "../protocol/http/framing.ts";
import type { OutboundRequest } from "../protocol/http/outbound-request.ts";
import { isInformational } from "../protocol/http/response-head.ts";
import { DroppedAnswer, MAX_DROPPED_BYTES, MAX_DROPPED_MS } from "./dropped-answer.ts";
import type { UpstreamEvents, UpstreamStream } from "./upstream-stream.ts";

/** Who is told when the connection is free again, or gone. */
export interface StreamOwner {
  onStreamFree(stream: H1Stream): void;
  onStreamGone(stream: H1Stream): void;
}

export class H1Stream implements UpstreamStream, ConnectionHandler, Timed {
  reused = false;
  /** When it was connected, and when it became idle last; `Clock.nowMs` terms. */
  readonly bornMs: number;
  idleSinceMs = 0;
  deadlineMs: number = Number.POSITIVE_INFINITY;
  slotDueMs: number = Number.POSITIVE_INFINITY;
  timerNext: Timed | null = null;
  timerPrevious: Timed | null = null;
  readonly #connection: Connection;
  readonly #owner: StreamOwner;
  readonly #timers: Timers;
  #reader: ResponseReader;
  #limits: CodecLimits;
  #events: UpstreamEvents | null = null;
  /** When the request's head was sent. */
  #sentMs = 0;
  #requestFraming: BodyKind = BODY.none;
  #requestDone = false;
  #answered = false;
  #paused = false;
  /** The peer's FIN has come; what was read before it may still wait for the exchange. */
  #ended = false;
  /** The owner has been told that the connection is no longer its own. */
  #left = false;

  constructor(connection: Connection, owner: StreamOwner, limits: CodecLimits, timers: Timers) {
    this.#connection = connection;
    this.#owner = owner;
    this.#timers = timers;
    this.#reader = new ResponseReader(limits);
    this.#limits = limits;
    this.bornMs = timers.clock.nowMs();
  }

  /** -1 with TLS: what waits in the socket need not be a stray answer. */
  get fd(): number {
    return this.#connection.tls === null ? this.#connection.fd : -1;
  }

  get takenBytes(): number {
    return this.#connection.takenBytes;
  }

  /** Lends the stream to an exchange. */
  lend(events: UpstreamEvents): void {
    this.#events = events;
    this.#paused = false;
    this.deadlineMs = Number.POSITIVE_INFINITY;
  }

  /** Limits for answers from now on; only of an idle stream, whose reader is empty. */
  useLimits(limits: CodecLimits): void {
    if (limits === this.#limits) return;
    this.#limits = limits;
    this.#reader = new ResponseReader(limits);
  }

  sendHead(request: OutboundRequest): void {
    const { head } = request;
    this.#requestFraming = head.framing.kind;
    this.#requestDone = false;
    this.#answered = false;
    this.#sentMs = this.#timers.clock.nowMs();
    this.#reader.begin(head);
    writeRequestHead(this.#connection.outbox(), request);
  }

  sendData(bytes: Buffer, start: number, end: number): void {
    const connection = this.#connection;
    if (this.#requestFraming !== BODY.chunked) {
      connection.write(bytes, start, end);
      return;
    }
    writeChunkStart(connection.outbox(), end - start);
    connection.write(bytes, start, end);
    writeChunkEnd(connection.outbox());
  }

  sendEnd(trailers: FieldBlock | null): void {
    if (this.#requestFraming === BODY.chunked) writeLastChunk(this.#connection.outbox(), trailers);
    this.#requestDone = true;
  }

  pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    this.#connection.pause();
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#connection.resume();
    this.#pump();
    if (this.#ended) this.#endReached();
  }

  abort(): void {
    this.#events = null;
    this.#discard();
  }

  drop(): void {
    const { kind, contentLength } = this.#reader.head.framing;
    const isLong = kind === BODY.untilClose || (kind === BODY.length && contentLength > MAX_DROPPED_BYTES);
    if (isLong || this.#paused || !this.#isRequestSent()) return this.abort();
    this.#events = new DroppedAnswer(this);
    this.deadlineMs = this.#timers.clock.nowMs() + MAX_DROPPED_MS;
    this.#timers.arm(this);
  }

  /** The pool has no more use for it. A FIN, because a server would log a RST on an idle connection as a fault. */
  retire(): void {
    this.#connection.close();
    this.#leave();
  }

  detach(): Connection {
    this.#events = null;
    this.#timers.disarm(this);
    return this.#connection;
  }

  tunnelEnded(): void {
    this.#leave();
  }

  onData(chunk: Buffer): void {
    // Nobody asked: an answer to no request would be taken for the answer to the next one.
    if (this.#events === null) {
      this.#discard();
      return;
    }
    this.#reader.push(chunk);
    if (!this.#paused) this.#pump();
    if (chunk.length >= WORTH_GIVING_BACK_BYTES && this.#reader.letGo(chunk)) giveBack(chunk);
  }

  onEnd(): void {
    this.#ended = true;
    this.#endReached();
  }

  /** A close without a cause is a FIN both ways; with one, what was not read yet cannot be trusted to be whole. */
  onClose(cause: string | null): void {
    if (cause === null) this.onEnd();
    else if (this.#events !== null) this.#fail(this.#closeError(cause));
    else this.#discard();
  }

  onBlocked(): void {
    this.#events?.onRequestBlocked();
  }

  onDrain(): void {
    this.#events?.onRequestDrain();
  }

  /** Idle for longer than the pool allows, or busy with what nobody wants. */
  expire(): void {
    if (this.#events === null) this.retire();
    else if (this.#events instanceof DroppedAnswer) this.abort();
  }

  #pump(): void {
    const reader = this.#reader;
    while (this.#events !== null && !this.#paused) {
      switch (reader.next()) {
        case EVENT.needData:
          reader.release();
          return;
        case EVENT.head:
          this.#onHead(this.#events);
          break;
        case EVENT.data:
          this.#events.onResponseData(reader.bytes, reader.dataStart, reader.dataEnd);
          break;
        case EVENT.trailers:
          break;
        case EVENT.end:
          this.#complete();
          return;
        case EVENT.fault:
          this.#fail(proxyError("upstream.malformed", { rule: reader.violation!.rule }));
          return;
      }
    }
  }

  #onHead(events: UpstreamEvents): void {
    const { head } = this.#reader;
    if (isInformational(head.status)) events.onInterimHead(head);
    else if (head.status === 101) this.#upgrade(events);
    else {
      this.#answered = true;
      events.onResponseHead(head);
    }
  }

  #upgrade(events: UpstreamEvents): void {
    events.onUpgraded(this.#reader.head, this.#reader.takeUnread());
  }

  /** The answer is read whole: back to the pool if that is safe, and only then tell the exchange. */
  #complete(): void {
    const events = this.#events!;
    const reader = this.#reader;
    this.#events = null;
    const clean = this.#isRequestSent() && reader.unread === 0 && reader.head.keepAlive && !this.#ended;
    reader.release();
    if (clean) this.#free();
    else this.#part();
    events.onResponseEnd(reader.trailers.count > 0 ? reader.trailers : null);
  }

  #free(): void {
    this.idleSinceMs = this.#timers.clock.nowMs();
    this.#owner.onStreamFree(this);
  }

  /** The FIN counts once everything before it has been passed on. */
  #endReached(): void {
    if (this.#events === null) {
      this.retire();
      return;
    }
    if (this.#paused && this.#reader.unread > 0) return;
    // A body that only the end of the connection delimits is whole only if that end is the upstream's own word.
    const { endedCleanly } = this.#connection;
    if (this.#answered && endedCleanly && this.#reader.finish() === EVENT.end) this.#complete();
    else this.#fail(this.#closeError(endedCleanly ? null : "TLS_TRUNCATED"));
  }

  /** Which of five ways of ending too early this was. */
  #closeError(cause: string | null): ProxyError {
    if (cause === HELD) return proxyError("limit.held");
    if (this.#diedIdle()) return proxyError("upstream.closed_idle", { cause });
    if (!this.#answered) {
      return proxyError(cause === null ? "upstream.closed_before_head" : "upstream.reset_before_head", {
        cause,
      });
    }
    return proxyError(cause === null ? "upstream.closed_after_head" : "upstream.reset_after_head", { cause });
  }

  /** Whether our request and the peer's close may have crossed: what it had time to think about was a crash. */
  #diedIdle(): boolean {
    if (!this.reused || this.#answered || !this.#reader.untouched) return false;
    return this.#timers.clock.nowMs() - this.#sentMs <= RACE_MS;
  }

  #fail(error: ProxyError): void {
    const events = this.#events!;
    this.#events = null;
    this.#discard();
    events.onUpstreamFailure(error);
  }

  /** An orderly end: the answer is complete and the connection of no more use. */
  #part(): void {
    if (this.#isRequestSent()) this.retire();
    else this.#discard();
  }

  #isRequestSent(): boolean {
    return this.#requestDone && !this.#connection.blocked;
  }

  #discard(): void {
    this.#connection.abort();
    this.#leave();
  }

  #leave(): void {
    this.#timers.disarm(this);
    if (this.#left) return;
    this.#left = true;
    this.#owner.onStreamGone(this);
  }
}

/** A round trip to a target far away, with a lost packet. */
const RACE_MS = 1_000;
