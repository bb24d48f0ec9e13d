/**
 * One HTTP/2 connection to a target, shared by as many exchanges as the target allows. What they send during one event
 * leaves in one system call. It is not used for new requests once the target has said GOAWAY, or once it is old.
 */
import type { Timed, Timers } from "../base/clock.ts";
import { proxyError } from "../base/proxy-error.ts";
import { Roster } from "../base/roster.ts";
import { giveBack } from "../io/chunk-memory.ts";
import type { Connection, ConnectionHandler } from "../io/connection.ts";
import { reportInternalFault } from "../io/internal-fault.ts";
import { FrameOut } from "../link/frame-out.ts";
import { MAX_FRAME_BYTES, sendControl, sendData } from "../link/send-frames.ts";
import { SendQueue } from "../link/send-queue.ts";
import type { CodecLimits } from "../protocol/h1/limits.ts";
import { ClientReader } from "../protocol/h2/client-reader.ts";
import { writeDataHeader } from "../protocol/h2/control-writer.ts";
import { CODE } from "../protocol/h2/error-codes.ts";
import { EVENT } from "../protocol/h2/events.ts";
import { type H2Fault, ruleOf } from "../protocol/h2/fault.ts";
import { HpackEncoder } from "../protocol/h2/hpack/encoder.ts";
import { writeRequestHead } from "../protocol/h2/request-writer.ts";
import { writeTrailers } from "../protocol/h2/response-writer.ts";
import type { GrownWindows } from "../protocol/h2/window-growth.ts";
import type { FieldBlock } from "../protocol/http/field-block.ts";
import type { OutboundRequest } from "../protocol/http/outbound-request.ts";
import { asksWebSocket } from "../protocol/http/web-socket.ts";
import { H2UpstreamStream, type UpstreamRecord } from "./h2-stream.ts";
import { part } from "./parting-connection.ts";

/** Who is told when there is room for another stream, or the connection is of no more use. */
export interface H2ConnectionOwner {
  /** By how much the windows of all its connections together have grown. */
  readonly grown: GrownWindows;
  onRoom(): void;
  onIdle(connection: H2Connection): void;
  onGone(connection: H2Connection): void;
}

export class H2Connection implements ConnectionHandler, Timed {
  deadlineMs: number = Number.POSITIVE_INFINITY;
  slotDueMs: number = Number.POSITIVE_INFINITY;
  timerNext: Timed | null = null;
  timerPrevious: Timed | null = null;
  readonly bornMs: number;
  idleSinceMs: number;
  /** No further streams. */
  closing = false;
  readonly #connection: Connection;
  readonly #owner: H2ConnectionOwner;
  readonly #timers: Timers;
  readonly #reader: ClientReader<H2UpstreamStream>;
  readonly #out: FrameOut;
  readonly #encoder: HpackEncoder = new HpackEncoder();
  /** Lent, with and without a request on the wire. */
  readonly #streams: Roster<H2UpstreamStream> = new Roster();
  /** With bytes that wait for the target. */
  readonly #waiting: SendQueue<H2UpstreamStream>;
  readonly #dropped: H2UpstreamStream[] = [];
  #served = 0;
  /** As many streams at once as the target takes, as far as we know: one until it has told its settings. */
  #limit = 1;
  #settled = false;
  #left = false;

  constructor(connection: Connection, owner: H2ConnectionOwner, limits: CodecLimits, timers: Timers) {
    this.#connection = connection;
    this.#out = new FrameOut(connection);
    this.#owner = owner;
    this.#timers = timers;
    const { headBytes, fieldCount } = limits;
    this.#reader = new ClientReader({ headBytes, fieldCount, ...WINDOWS }, owner.grown);
    this.#waiting = new SendQueue(connection, this.#reader.send);
    this.bornMs = this.idleSinceMs = timers.clock.nowMs();
    this.sendControl();
  }

  get fd(): number {
    return this.#connection.fd;
  }

  get streams(): number {
    return this.#streams.size;
  }

  /** The target has not told its settings yet. */
  get isNew(): boolean {
    return !this.#settled && !this.closing;
  }

  /** Whether streams may become tunnels (RFC 8441); null while the target has not said. */
  get takesTunnels(): boolean | null {
    return this.#settled ? this.#reader.peer.extendedConnect : null;
  }

  get hasRoom(): boolean {
    if (this.closing || this.#reader.isSpent) return false;
    return this.#streams.size < this.#limit;
  }

  nowMs(): number {
    return this.#timers.clock.nowMs();
  }

  /** A stream for one exchange. */
  lend(): H2UpstreamStream {
    const stream = new H2UpstreamStream(this, this.#served++ > 0);
    this.#streams.add(stream);
    this.deadlineMs = Number.POSITIVE_INFINITY;
    return stream;
  }

  /** Ends it as soon as nothing is under way. */
  retire(): void {
    this.closing = true;
    if (this.#streams.size === 0) this.#part();
  }

  /** Puts a request on the wire; its stream's number is chosen now, since they must come in order. */
  open(stream: H2UpstreamStream, request: OutboundRequest, ends: boolean): UpstreamRecord {
    const reader = this.#reader;
    const { head } = request;
    const record = reader.open(head.method === "HEAD", asksWebSocket(head));
    record.owner = stream;
    const { sink } = this.#out;
    const scheme = this.#connection.tls === null ? "http" : "https";
    writeRequestHead(sink, this.#encoder, record.id, request, scheme, ends, MAX_FRAME_BYTES);
    reader.sentHeaders(record, ends);
    return record;
  }

  write(record: UpstreamRecord, bytes: Buffer, start: number, end: number, ends: boolean): number {
    if (record.state === "closed") return end;
    return sendData(this.#connection, this.#out, this.#reader, record, bytes, start, end, ends);
  }

  writeEnd(record: UpstreamRecord, trailers: FieldBlock | null): void {
    const { sink } = this.#out;
    if (trailers === null) writeDataHeader(sink, record.id, 0, true);
    else writeTrailers(sink, this.#encoder, record.id, trailers, MAX_FRAME_BYTES);
    this.#reader.sentEnd(record);
  }

  taken(record: UpstreamRecord | null, bytes: number): void {
    this.#reader.taken(record, bytes);
  }

  onQueued(stream: H2UpstreamStream): void {
    this.#waiting.add(stream);
  }

  sendControl(): void {
    sendControl(this.#out, this.#reader);
  }

  /** Nobody wants the rest of its answer: it is given up once what has come is read. */
  dropSoon(stream: H2UpstreamStream): void {
    this.#dropped.push(stream);
  }

  /** The exchange is done with it. @param code for the target, if it is not done too */
  onStreamEnd(stream: H2UpstreamStream, record: UpstreamRecord | null, code: number): void {
    if (!this.#streams.delete(stream)) return;
    this.#waiting.delete(stream);
    if (record !== null) {
      record.owner = null;
      this.#reader.reset(record, code);
    }
    this.sendControl();
    if (this.#left) return;
    this.#owner.onRoom();
    if (this.#streams.size > 0) return;
    this.idleSinceMs = this.nowMs();
    if (this.closing) this.#part();
    else this.#owner.onIdle(this);
  }

  onData(chunk: Buffer): void {
    try {
      this.#reader.push(chunk, this.nowMs());
      this.#pump();
      if (this.#reader.hasLetGo(chunk)) giveBack(chunk);
    } catch (error) {
      reportInternalFault(error as Error);
      this.#failAll((stream) => stream.fail(proxyError("proxy.internal")));
      this.#discard();
    }
    for (let stream = this.#dropped.pop(); stream !== undefined; stream = this.#dropped.pop()) stream.abort();
    this.sendControl();
  }

  onEnd(): void {
    this.#gone(null);
    this.#connection.close();
  }

  onClose(cause: string | null): void {
    this.#gone(cause);
  }

  onBlocked(): void {
    for (const stream of this.#streams) stream.tellBlocked();
  }

  onDrain(): void {
    this.#waiting.flush();
    for (const stream of this.#streams) stream.tellDrained();
  }

  /** Idle for longer than the pool allows. */
  expire(): void {
    if (this.#streams.size === 0) this.retire();
  }

  #pump(): void {
    const reader = this.#reader;
    for (;;) {
      const event = reader.next();
      if (event === EVENT.needData) break;
      if (event === EVENT.fault) return this.#onFault(reader.fault!);
      this.#take(event);
    }
    reader.done();
  }

  #take(event: number): void {
    const reader = this.#reader;
    const stream = reader.stream?.owner ?? null;
    switch (event) {
      case EVENT.head:
        return stream?.onHead(reader.head);
      case EVENT.data:
        if (stream === null) reader.taken(reader.stream, reader.dataEnd - reader.dataStart);
        else stream.onData(reader.bytes, reader.dataStart, reader.dataEnd);
        return;
      case EVENT.trailers:
        return stream?.onTrailers(reader.trailers);
      case EVENT.end:
        return stream?.onEnd();
      case EVENT.reset:
        return this.#onReset(stream, reader.errorCode, reader.fault);
      case EVENT.settings:
        return this.#onSettings();
      case EVENT.window:
        return this.#waiting.flush();
      case EVENT.goaway:
        return this.#onGoaway(reader.lastStreamId);
    }
  }

  #onSettings(): void {
    const { headerTableBytes, maxConcurrentStreams } = this.#reader.peer;
    this.#settled = true;
    this.#encoder.resize(headerTableBytes);
    this.#limit = Math.min(MAX_STREAMS, maxConcurrentStreams);
    this.#waiting.flush();
    this.#owner.onRoom();
  }

  /** Who refuses a stream has as many as it takes. */
  #onReset(stream: H2UpstreamStream | null, code: number, fault: H2Fault | null): void {
    if (code === CODE.refusedStream && fault === null) this.#limit = Math.max(1, this.#streams.size - 1);
    stream?.onReset(code, fault);
  }

  /** RFC 9113 section 6.8: what is beyond the last stream was not looked at. */
  #onGoaway(lastStreamId: number): void {
    this.closing = true;
    this.#failAll((stream) => stream.refuse(), lastStreamId);
    if (this.#streams.size === 0) this.#part();
  }

  #onFault(fault: H2Fault): void {
    this.sendControl();
    this.closing = true;
    this.#failAll((stream) => stream.fail(proxyError("upstream.malformed", { rule: ruleOf(fault) })));
    this.#part();
  }

  /** @param beyond only streams with a higher number */
  #failAll(fail: (stream: H2UpstreamStream) => void, beyond = 0): void {
    for (const { id, owner } of this.#reader.streams) {
      if (id > beyond && owner !== null) fail(owner);
    }
  }

  #gone(cause: string | null): void {
    if (this.#left) return;
    this.closing = true;
    this.#leave();
    for (const stream of this.#streams) stream.onGone(cause);
  }

  /** A GOAWAY, so that the target need not guess, and a FIN. */
  #part(): void {
    if (this.#left) return;
    this.#leave();
    if (this.#reader.fault === null || this.#connection.closed) this.#reader.goaway(0, CODE.noError);
    this.sendControl();
    this.#out.flushNow();
    part(this.#connection, this.#timers);
  }

  #discard(): void {
    this.#leave();
    this.#connection.abort();
  }

  #leave(): void {
    this.#timers.disarm(this);
    if (this.#left) return;
    this.#left = true;
    this.#reader.over();
    this.#owner.onGone(this);
  }
}

/** Beyond this, another connection shares the load better. */
const MAX_STREAMS = 100;
const WINDOWS = {
  /** Of the target's, which may have none here. */
  streams: 0,
  streamWindowBytes: 65_535,
  connectionWindowBytes: 100 * 65_535,
} as const;
