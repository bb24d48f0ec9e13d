/**
 * One downstream HTTP/2 connection: reads frames, runs an exchange for each stream and sends their answers, several at a
 * time. What is sent during one event leaves in one system call. A client that does not take what it asked for is
 * given no more: beyond a bound, nothing further is fetched for it.
 */
import { giveBack } from "../io/chunk-memory.ts";
import type { Connection, ConnectionHandler } from "../io/connection.ts";
import { reportInternalFault } from "../io/internal-fault.ts";
import { inLaterTurn, type Portioned } from "../io/turns.ts";
import { MAX_FRAME_BYTES, sendData } from "../link/send-frames.ts";
import { type ClientIdentity, clientIdentity } from "../pipeline/forwarding.ts";
import type { SecureClient } from "../pipeline/secure-client.ts";
import { withTransportSecurity } from "../pipeline/transport-security.ts";
import type { TrustCheck } from "../pipeline/trusted-proxies.ts";
import { writeDataHeader } from "../protocol/h2/control-writer.ts";
import { CODE } from "../protocol/h2/error-codes.ts";
import { EVENT } from "../protocol/h2/events.ts";
import { HpackEncoder } from "../protocol/h2/hpack/encoder.ts";
import { violationOf } from "../protocol/h2/request-head-rules.ts";
import { writeResponseHead, writeTrailers, writeTunnelHead } from "../protocol/h2/response-writer.ts";
import type { FieldBlock } from "../protocol/http/field-block.ts";
import { type AddedFields, NO_ADDED_FIELDS } from "../protocol/http/outbound-request.ts";
import type { ResponseHead } from "../protocol/http/response-head.ts";
import type { Violation } from "../protocol/http/violation.ts";
import type { SessionCensus } from "./connection-report.ts";
import { H2Backlog } from "./h2-backlog.ts";
import { H2Ending, STATE } from "./h2-ending.ts";
import { H2Starts } from "./h2-starts.ts";
import { type DownstreamRecord, H2Stream } from "./h2-stream.ts";
import type { HttpSession } from "./http-session.ts";
import { refusedRequest } from "./refused-request.ts";
import type { SessionHost } from "./session-host.ts";

export class H2Session extends H2Ending implements ConnectionHandler, HttpSession, Portioned {
  readonly #encoder: HpackEncoder = new HpackEncoder();
  readonly #secure: SecureClient | null;
  #client: ClientIdentity | null = null;
  #identifiedBy: TrustCheck | null = null;
  readonly #starts: H2Starts = new H2Starts(() => !this.held);
  readonly #backlog: H2Backlog;
  #requests = 0;
  /** What came last, until all of it is read. */
  #chunk: Buffer | null = null;
  /** A part of it is left for a later turn. */
  #isBehind = false;
  #endIsBehind = false;

  /** @param secure what is known of a client that speaks TLS to us */
  constructor(connection: Connection, host: SessionHost, secure: SecureClient | null = null) {
    super(connection, host);
    this.#backlog = new H2Backlog(connection, this.reader.send, host.backlog, () =>
      this.guarded(() => this.#judgeHold()),
    );
    this.#secure = secure;
    this.sendControl();
    this.touch(host.snapshot.headMs);
  }

  get client(): ClientIdentity {
    const { isTrusted } = this.host.snapshot;
    if (this.#client === null || this.#identifiedBy !== isTrusted) this.#client = this.#identify(isTrusted);
    return this.#client;
  }

  protected override get clientAddress(): string {
    return this.client.address;
  }

  get unsentBytes(): number {
    return this.connection.unsentBytes + this.#backlog.bytes;
  }

  get census(): SessionCensus {
    const state = this.state >= STATE.lingering ? "closing" : this.live.size > 0 ? "active" : "idle";
    return { connection: this.connection, protocol: "h2", state, requests: this.#requests };
  }

  get held(): boolean {
    return this.#backlog.held;
  }

  onData(chunk: Buffer): void {
    if (this.state === STATE.lingering) return giveBack(chunk);
    this.#chunk = chunk;
    this.guarded(() => {
      this.reader.push(chunk, this.nowMs());
      if (!this.#isBehind) this.#pump();
    });
  }

  override onEnd(): void {
    if (this.#isBehind) this.#endIsBehind = true;
    else super.onEnd();
  }

  /** Reads on in what a turn before had no time for. */
  doPortion(): void {
    this.#isBehind = false;
    if (this.state < STATE.lingering) this.guarded(() => this.#pump());
    if (this.#isBehind) return;
    this.connection.resume();
    if (this.#endIsBehind && this.state < STATE.closed) super.onEnd();
  }

  onBlocked(): void {
    this.#judgeHold();
  }

  onDrain(): void {
    this.caughtUp();
    if (this.state < STATE.lingering) this.guarded(() => this.#flush());
  }

  onClose(cause: string | null): void {
    this.#backlog.over();
    this.leave(cause, () => this.host.onSessionEnd(this));
  }

  expire(nowMs: number): void {
    this.guarded(() => this.onDeadline(nowMs));
  }

  /** Runs what may throw by a mistake of ours: this connection pays for it, no other. */
  guarded(action: () => void): void {
    try {
      action();
    } catch (error) {
      reportInternalFault(error as Error);
      for (const stream of this.live) stream.onMistake();
      this.reader.goaway(this.reader.lastClientStream, CODE.internalError);
      this.linger();
    }
    this.sendControl();
  }

  /** A head of an answer, interim ones too. */
  writeHead(record: DownstreamRecord, head: ResponseHead, ends: boolean, added: AddedFields): void {
    const { sink } = this.out;
    const fields = withTransportSecurity(head, added, this.host.snapshot.hsts);
    writeResponseHead(sink, this.#encoder, record.id, head, ends, MAX_FRAME_BYTES, fields);
    this.reader.sentHeaders(record, ends);
  }

  writeTunnelHead(record: DownstreamRecord, head: ResponseHead): void {
    record.tunnel = "open";
    writeTunnelHead(this.out.sink, this.#encoder, record.id, head, MAX_FRAME_BYTES);
    this.reader.sentHeaders(record, false);
  }

  /** DATA as far as it goes; up to where that was. */
  writeData(record: DownstreamRecord, bytes: Buffer, start: number, end: number, ends: boolean): number {
    return sendData(this.connection, this.out, this.reader, record, bytes, start, end, ends);
  }

  writeEnd(record: DownstreamRecord, trailers: FieldBlock | null): void {
    const { sink } = this.out;
    if (trailers === null) writeDataHeader(sink, record.id, 0, true);
    else writeTrailers(sink, this.#encoder, record.id, trailers, MAX_FRAME_BYTES);
    this.reader.sentEnd(record);
  }

  onQueued(stream: H2Stream, bytes: number): void {
    this.#backlog.add(stream, bytes);
    if (this.#backlog.isOver) this.#judgeHold();
  }

  onDequeued(bytes: number): void {
    this.#backlog.taken(bytes);
  }

  /** Nothing more is to be sent or received on it. */
  onStreamEnd(stream: H2Stream): void {
    if (!this.live.delete(stream)) return;
    this.#backlog.forget(stream);
    const { record } = stream;
    if (stream.isAnswered) this.#starts.answered();
    if (record.head !== null) this.host.heads.give(record.head);
    record.head = null;
    record.owner = null;
    // What waited for a stream that is given up waits no more, and the client has no window to open for it.
    if (this.held && this.state < STATE.lingering) this.#judgeHold();
    if (this.live.size === 0) this.rest();
  }

  /** Once for a connection, and again when a reload may have changed who is trusted. */
  #identify(isTrusted: TrustCheck): ClientIdentity {
    const address = this.connection.remoteAddress;
    this.#identifiedBy = isTrusted;
    return clientIdentity(address, isTrusted(address), this.#secure);
  }

  #pump(): void {
    const { reader } = this;
    for (;;) {
      const event = reader.next();
      if (event === EVENT.needData) break;
      if (event === EVENT.enough) return this.#readOnLater();
      this.#take(event);
      if (event === EVENT.fault) return this.#letGo();
    }
    reader.done();
    this.#letGo();
    this.#starts.begin();
    if (reader.isInBlock) this.limit(this.host.snapshot.headMs);
    else if (this.live.size === 0) this.rest();
  }

  /** Nothing more comes meanwhile. */
  #readOnLater(): void {
    this.#isBehind = true;
    this.connection.pause();
    inLaterTurn(this);
  }

  #letGo(): void {
    const chunk = this.#chunk;
    this.#chunk = null;
    if (chunk !== null && this.reader.hasLetGo(chunk)) giveBack(chunk);
  }

  #take(event: number): void {
    const { reader } = this;
    const stream = reader.stream?.owner ?? null;
    switch (event) {
      case EVENT.head:
        return this.#admit(reader.stream!);
      case EVENT.data:
        if (stream === null) reader.taken(reader.stream, reader.dataEnd - reader.dataStart);
        else stream.onRequestData(reader.bytes, reader.dataStart, reader.dataEnd);
        return;
      case EVENT.trailers:
        return stream?.onRequestTrailers(reader.trailers);
      case EVENT.end:
        return stream?.onRequestEnd();
      case EVENT.reset:
        return this.#onReset(reader.stream!, stream);
      case EVENT.refused:
        return this.#refuse(reader.stream!, reader.violation!);
      case EVENT.settings:
        this.#encoder.resize(reader.peer.headerTableBytes);
        return this.#flush();
      case EVENT.window:
        return this.#flush();
      case EVENT.pong:
        if (this.state === STATE.draining) this.takeNoMore();
        return;
      case EVENT.fault:
        return this.onFault(reader.fault!);
    }
  }

  /**
   * Exchanges begin when all that has come is read: a stream that is reset in the same breath never gets as far as
   * an upstream.
   */
  #admit(record: DownstreamRecord): void {
    const stream = new H2Stream(record, this);
    record.owner = stream;
    this.live.add(stream);
    this.#starts.add(stream);
    if (this.state === STATE.open) this.deadlineMs = Number.POSITIVE_INFINITY;
    this.#requests++;
    if (this.#requests >= this.host.snapshot.requestsPerConnection) this.drain();
  }

  #onReset(record: DownstreamRecord, stream: H2Stream | null): void {
    const { fault, errorCode } = this.reader;
    if (stream !== null && fault !== null) return stream.onViolation(violationOf(fault));
    if (stream !== null) return stream.onReset(`RST_STREAM ${errorCode}`);
    if (record.head !== null) this.host.heads.give(record.head);
    record.head = null;
    if (fault !== null) this.recordFault(fault);
  }

  /** A request that never became an exchange: answered here. */
  #refuse(record: DownstreamRecord, violation: Violation): void {
    const { services, snapshot } = this.host;
    const { address } = this.client;
    const { answer, record: entry } = refusedRequest(violation, snapshot, services, address, this.nowMs());
    const stream = new H2Stream(record, this);
    this.live.add(stream);
    services.observer.record(entry);
    stream.sendHead(answer.head, true, NO_ADDED_FIELDS);
    stream.sendData(answer.body, 0, answer.body.length);
    stream.sendEnd(null);
  }

  /** Windows have opened, or the socket takes more. */
  #flush(): void {
    this.#backlog.flush();
    this.#judgeHold();
  }

  /** Whether the client is so far behind that nothing more is to be fetched for it. */
  #judgeHold(): void {
    if (!this.#backlog.judge()) return;
    for (const stream of this.live) {
      if (this.held) stream.tellBlocked();
      else stream.tellDrained();
    }
    if (!this.held) this.#starts.begin();
  }
}
