/**
 * One downstream HTTP/1.x connection: reads requests in order, runs one exchange at a time and writes its
 * answer; `H1Ending` knows how it ends. It holds a reader only while a request is being read or answered, so that an
 * idle connection is small.
 */
import type { DownstreamStream, UpgradedClient } from "../exchange/downstream-stream.ts";
import { Exchange } from "../exchange/exchange.ts";
import { giveBack } from "../io/chunk-memory.ts";
import { type Connection, type ConnectionHandler, flushOutbox } from "../io/connection.ts";
import { reportInternalFault } from "../io/internal-fault.ts";
import { type ClientIdentity, clientIdentity } from "../pipeline/forwarding.ts";
import type { SecureClient } from "../pipeline/secure-client.ts";
import { withTransportSecurity } from "../pipeline/transport-security.ts";
import type { TrustCheck } from "../pipeline/trusted-proxies.ts";
import { EVENT } from "../protocol/h1/events.ts";
import type { RequestReader } from "../protocol/h1/request-reader.ts";
import { writeInterimHead } from "../protocol/h1/response-writer.ts";
import { beginsWithPreface } from "../protocol/h2/preface.ts";
import type { FieldBlock } from "../protocol/http/field-block.ts";
import { BODY, type BodyKind } from "../protocol/http/framing.ts";
import type { AddedFields } from "../protocol/http/outbound-request.ts";
import type { ResponseHead } from "../protocol/http/response-head.ts";
import type { Violation } from "../protocol/http/violation.ts";
import type { SessionCensus } from "./connection-report.ts";
import { H1Ending } from "./h1-ending.ts";
import { DRAIN_IDLE_MS, MAX_GATHERED_BYTES, STATE, STATE_WORDS } from "./h1-session-state.ts";
import type { SessionHost } from "./session-host.ts";
import { framingFor, writeAnswerData, writeAnswerEnd, writeAnswerHead } from "./write-answer.ts";

export class H1Session extends H1Ending implements ConnectionHandler, DownstreamStream {
  #client: ClientIdentity | null = null;
  readonly #secure: SecureClient | null;
  #identifiedBy: TrustCheck | null = null;
  #exchange: Exchange | null = null;
  #requests = 0;
  /** The beginning of a connection of which it is not clear yet what it speaks. */
  #first: Buffer | null = null;
  /** The framing of the answer under way, on this side. */
  #framing: BodyKind = BODY.none;
  #pumping = false;

  /** @param secure what is known of a client that speaks TLS to us */
  constructor(connection: Connection, host: SessionHost, secure: SecureClient | null = null) {
    super(connection, host);
    this.#secure = secure;
    this.setDeadline(host.services.timers.clock.nowMs() + host.snapshot.headMs);
  }

  get blocked(): boolean {
    return this.connection.blocked;
  }

  get takenBytes(): number {
    return this.connection.takenBytes;
  }

  get unsentBytes(): number {
    return this.connection.unsentBytes;
  }

  get census(): SessionCensus {
    const state = STATE_WORDS[this.state];
    return { connection: this.connection, protocol: "http/1.1", state, requests: this.#requests };
  }

  /**
   * Ends the session as soon as no exchange is under way. A client that waits may have sent its next request while we
   * decide, so it gets a moment: that request is answered, with `Connection: close`.
   */
  drain(): void {
    if (this.state === STATE.idle) this.touch(DRAIN_IDLE_MS);
    else this.keepAlive = false;
  }

  /** Ends the session now, whatever it is doing. Who waits for an answer is told that none will come. */
  cut(): void {
    this.#exchange?.onCut();
    if (this.state === STATE.upgraded || this.connection.blocked) this.connection.abort();
    else this.connection.close();
  }

  onData(chunk: Buffer): void {
    if (this.state === STATE.lingering) return this.onLingeringData();
    const bytes = this.#requests === 0 && this.state === STATE.idle ? this.#unlessH2(chunk) : chunk;
    if (bytes === null) return;
    if (this.state === STATE.idle) this.#beginHead();
    try {
      this.reader!.push(bytes);
      this.#pump();
      if (this.reader?.hasLetGo(bytes)) giveBack(bytes);
    } catch (error) {
      this.#onMistake(error as Error);
    }
  }

  onEnd(): void {
    if (this.#first !== null) this.#endOfFirst(this.#first);
    this.ended = true;
    if (this.reader === null) this.closeNow();
    else this.#pump();
  }

  onBlocked(): void {
    this.#exchange?.onDownstreamBlocked();
  }

  onDrain(): void {
    this.caughtUp();
    if (this.#exchange !== null) return this.#exchange.onDownstreamDrain();
    if (this.state === STATE.closed) return;
    this.touch(this.patienceMs());
    if (this.reader !== null) this.#pump();
  }

  /** Nobody is left to answer, and pipelined requests that wait here would be sent for nobody. */
  onBroken(): void {
    this.connection.fail("ECONNRESET");
  }

  onClose(cause: string | null): void {
    this.host.services.timers.disarm(this);
    const exchange = this.#exchange;
    this.#exchange = null;
    this.state = STATE.closed;
    this.reader = null;
    exchange?.onDownstreamGone(cause);
    this.host.onSessionEnd(this);
  }

  expire(): void {
    if (this.#exchange !== null) this.#exchange.onDeadline();
    else if (this.connection.blocked) this.judgeTaking();
    else if (this.state === STATE.head) this.abandonHead({ code: "request.head_timeout", rule: null });
    else if (this.state === STATE.lingering) this.closeNow();
    else this.linger();
  }

  sendInterimHead(head: ResponseHead): void {
    writeInterimHead(this.connection.outbox(), head);
  }

  sendHead(head: ResponseHead, closing: boolean, added: AddedFields): void {
    const request = this.reader!.head;
    this.#framing = framingFor(head, request);
    const persists = request.keepAlive && !closing && !this.#isLast() && this.#framing !== BODY.untilClose;
    this.keepAlive = persists;
    const option = persists ? (request.minorVersion === 0 ? "keep-alive" : "none") : "close";
    const fields = withTransportSecurity(head, added, this.host.snapshot.hsts);
    writeAnswerHead(this.connection, head, this.#framing, option, fields);
  }

  sendData(bytes: Buffer, start: number, end: number): void {
    writeAnswerData(this.connection, this.#framing, bytes, start, end);
  }

  sendEnd(trailers: FieldBlock | null): void {
    writeAnswerEnd(this.connection, this.#framing, trailers);
    this.#exchange = null;
    this.answered();
    if (this.keepAlive && !this.#pumping) this.#pump();
  }

  reset(): void {
    this.#exchange = null;
    this.connection.abort();
  }

  continueRequest(): void {
    if (!this.#pumping) this.#pump();
  }

  upgrade(head: ResponseHead): UpgradedClient {
    writeAnswerHead(this.connection, head, BODY.none, "upgrade");
    const leftover = this.reader!.takeUnread();
    this.host.services.timers.disarm(this);
    this.#exchange = null;
    this.reader = null;
    this.state = STATE.upgraded;
    return { connection: this.connection, leftover, ended: this.ended };
  }

  tunnelEnded(): void {
    this.host.onSessionEnd(this);
  }

  /** The first bytes of the connection; null when they are HTTP/2's, or may be once more have come. */
  #unlessH2(chunk: Buffer): Buffer | null {
    const bytes = this.#first === null ? chunk : Buffer.concat([this.#first, chunk]);
    const isH2 = beginsWithPreface(bytes);
    this.#first = isH2 === "more" ? bytes : null;
    if (isH2 === "no") return bytes;
    if (isH2 === "more") return null;
    this.host.services.timers.disarm(this);
    this.state = STATE.closed;
    this.host.switchToH2(this, this.connection, this.#secure, bytes);
    return null;
  }

  /** Nothing more comes: it was a request of HTTP/1.1, as far as it goes. */
  #endOfFirst(bytes: Buffer): void {
    this.#first = null;
    this.#beginHead();
    this.reader!.push(bytes);
  }

  #beginHead(): void {
    this.state = STATE.head;
    this.reader ??= this.host.readers.take();
    this.touch(this.patienceMs());
  }

  /** Takes events off the reader until it wants more bytes (`starved`) or somebody has to catch up. */
  #pump(): void {
    this.#pumping = true;
    let starved = false;
    while (!starved && this.reader !== null && this.#mayRead()) {
      const event = this.reader.next();
      if (event === EVENT.needData) starved = true;
      else this.#take(event);
    }
    this.#pumping = false;
    if (this.reader === null) return;
    // Pipelined requests and bodies that nobody takes yet wait in the kernel, not here.
    if (!starved && this.reader.unread > 0) this.connection.pause();
    else this.connection.resume();
    if (this.ended) this.#endReached(starved);
  }

  /** While an exchange runs, only the body of its request is read, and only as it takes it. */
  #mayRead(): boolean {
    if (this.#exchange !== null) return this.#exchange.wantsBody;
    if (this.state === STATE.head) return this.#hasRoom();
    return this.state === STATE.answered;
  }

  /** A client that does not take its answers gets no further ones, so that what waits here is bounded. */
  #hasRoom(): boolean {
    if (this.connection.outbox().length > MAX_GATHERED_BYTES) flushOutbox();
    return !this.connection.blocked;
  }

  /** The FIN counts once everything before it has been read. */
  #endReached(starved: boolean): void {
    const exchange = this.#exchange;
    if (exchange === null) {
      if (!starved) return;
      if (this.state === STATE.head) this.abandonHead(TRUNCATED);
      else this.linger();
    } else if (starved) exchange.onRequestViolation(TRUNCATED);
    else if (exchange.requestDone && this.reader!.unread === 0) exchange.onDownstreamHalfClosed();
  }

  #take(event: number): void {
    const reader = this.reader!;
    switch (event) {
      case EVENT.head:
        this.#startExchange(reader);
        return;
      case EVENT.data:
        if (this.#exchange === null) this.discardData(reader);
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
    this.state = STATE.exchange;
    const { snapshot, services } = this.host;
    if (this.#identifiedBy !== snapshot.isTrusted) this.#identify(snapshot.isTrusted);
    const exchange = new Exchange(reader.head, this.#client!, snapshot.settings, services, this);
    this.#exchange = exchange;
    exchange.start(snapshot);
  }

  /** Once for a connection, and again when a reload may have changed who is trusted. */
  #identify(isTrusted: TrustCheck): void {
    const address = this.connection.remoteAddress;
    this.#client = clientIdentity(address, isTrusted(address), this.#secure);
    this.#identifiedBy = isTrusted;
  }

  /** The answer is out and the request read whole. */
  #next(reader: RequestReader): void {
    if (!this.keepAlive || (this.ended && reader.unread === 0)) {
      this.linger();
      return;
    }
    reader.startNext();
    this.state = reader.unread > 0 ? STATE.head : STATE.idle;
    this.touch(this.patienceMs());
    if (this.state === STATE.head) return;
    this.connection.resume();
    this.releaseReader(reader);
  }

  #onFault(violation: Violation): void {
    if (this.#exchange !== null) this.#exchange.onRequestViolation(violation);
    else if (this.state === STATE.answered) this.linger();
    else if (violation.rule === "notHttp" && this.#requests === 0) this.turnAway(violation);
    else this.refuse(violation);
  }

  /** An exception is a mistake of ours: this exchange pays for it and hears of it, the process goes on. */
  #onMistake(error: Error): void {
    reportInternalFault(error);
    this.#pumping = false;
    if (this.#exchange === null) this.connection.abort();
    else this.#exchange.onMistake();
  }

  #isLast(): boolean {
    return this.host.draining || this.#requests >= this.host.snapshot.requestsPerConnection;
  }
}

const TRUNCATED: Violation = { code: "request.malformed", rule: "truncated" };
