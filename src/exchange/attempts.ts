/**
 * From an upstream to a stream that is ready for the request: picks a target, takes a pooled connection or
 * makes one, and goes on to the next target while none accepts. Nothing of the request has been sent yet, so
 * going on is always safe.
 */
import type { Clock } from "../base/clock.ts";
import { ERRORS, type ErrorCode, type ProxyError, proxyError } from "../base/proxy-error.ts";
import type { ConnectAttempt } from "../io/connect.ts";
import { BODY } from "../protocol/http/framing.ts";
import { AddedFields, NO_ADDED_FIELDS } from "../protocol/http/outbound-request.ts";
import type { RequestHead } from "../protocol/http/request-head.ts";
import type { PickRequest } from "../upstream/balancer/balancer.ts";
import type { QueueWaiter } from "../upstream/request-queue.ts";
import type { LentStream, StreamWaiter } from "../upstream/stream-pool.ts";
import type { Target } from "../upstream/target.ts";
import type { Upstream } from "../upstream/upstream.ts";
import type { AttemptTrace } from "./attempt-trace.ts";
import type { ExchangeTrace } from "./exchange-trace.ts";

/** The request, as far as it matters where it goes. */
export interface AttemptedRequest extends PickRequest {
  /** It needs a stream that can become a tunnel. */
  readonly asksWebSocket: boolean;
}

export interface AttemptOwner {
  onConnected(stream: LentStream, target: Target): void;
  /** A new connection is being made: the connect deadline starts. */
  onConnecting(): void;
  onNotConnected(error: ProxyError): void;
  /** Nothing is done for so long; then `timeOut` goes on. */
  onPause(ms: number): void;
}

/** Of the attempt that was made last, or that took its place. Times are `Clock.nowMs`; -1 before they happen. */
export interface LastAttempt {
  readonly attemptMs: number;
  readonly connectedMs: number;
  /** Whether the connection had served before; null without one. */
  readonly reused: boolean | null;
}

export class Attempts implements StreamWaiter, QueueWaiter, LastAttempt {
  target: Target | null = null;
  attemptMs = -1;
  connectedMs = -1;
  reused: boolean | null = null;
  /** Targets tried, and pooled connections that died under a request. */
  count = 0;
  /** The request has been sent once already, on a pooled connection that was dead. */
  repeated = false;
  readonly upstream: Upstream;
  readonly #request: AttemptedRequest;
  /** Whom the attempts are made for: it may change while one is under way. */
  owner: AttemptOwner;
  readonly #clock: Clock;
  #tried: readonly Target[];
  #timeouts = 0;
  #pausing = false;
  /** All targets are busy, and we wait for our turn. */
  #queued = false;
  /** Since when the target has the request, or has been connected to. */
  #askedMs = 0;
  /** Of the target that is held we have told that it failed. */
  #judged = false;
  #pending: ConnectAttempt | null = null;
  readonly #trace: ExchangeTrace | null;
  #attempt: AttemptTrace | null = null;

  /** @param tried targets that are not to be tried */
  constructor(
    upstream: Upstream,
    request: AttemptedRequest,
    owner: AttemptOwner,
    clock: Clock,
    trace: ExchangeTrace | null,
    tried: readonly Target[] = NONE,
  ) {
    this.upstream = upstream;
    this.#trace = trace;
    this.#request = request;
    this.owner = owner;
    this.#clock = clock;
    this.#tried = tried;
  }

  get needsTunnel(): boolean {
    return this.#request.asksWebSocket;
  }

  /** What the target of the attempt under way is told of the trace. */
  get traceparent(): string | null {
    return this.#attempt?.traceparent ?? null;
  }

  /** Goes for a target that has not been tried. */
  begin(): void {
    const { upstream } = this;
    const target = upstream.waiting > 0 ? null : this.#pickOf(this.#tried);
    if (target !== null) this.#use(target);
    else this.#waitIf(this.#tried.length === 0);
  }

  /** We have waited until there was room. */
  onTurn(): boolean {
    const target = this.#pickOf(NONE);
    if (target === null) return false;
    this.#queued = false;
    this.#use(target);
    return true;
  }

  /** After an attempt that failed otherwise than by not connecting: another target, or the same when it is the only one. */
  again(afterMs: number): void {
    this.#pending?.cancel();
    this.#pending = null;
    this.#pausing = true;
    this.#timeouts = 0;
    this.owner.onPause(afterMs);
  }

  /** The pooled connection was dead: the same target again, on a connection that is surely alive. */
  repeatFresh(): void {
    this.count++;
    this.repeated = true;
    this.target!.meter.failed("upstream.closed_idle");
    this.target!.meter.attempted(true);
    this.#begin(this.target!);
    this.#connect(this.target!);
  }

  /** The target has taken the request back unread: once more, wherever it has room. */
  repeatRefused(): void {
    this.count++;
    this.repeated = true;
    const target = this.target!;
    target.meter.failed("upstream.refused_stream");
    target.meter.attempted(true);
    this.#begin(target);
    this.#takeFrom(target);
  }

  onStream(stream: LentStream): void {
    this.#pending = null;
    this.#connected(stream, this.target!);
  }

  onNoStream(error: ProxyError): void {
    this.#pending = null;
    this.failed(error);
    this.#tried = [...this.#tried, this.target!];
    const mayGoOn = ERRORS[error.code].retry === "safe" && this.#timeouts < MAX_TIMEOUTS;
    if (mayGoOn) this.#goOn(error);
    else this.owner.onNotConnected(error);
  }

  /** The connect deadline has passed, or the pause before another attempt. */
  timeOut(): void {
    if (this.#pausing) return this.#resume();
    if (this.#queued) return this.#giveUpWaiting();
    this.#timeouts++;
    this.#pending?.cancel();
    this.onNoStream(proxyError("upstream.connect_timeout"));
  }

  /** The exchange needs no connection any more. */
  cancel(): void {
    if (this.#queued) this.upstream.stopWaiting(this);
    this.#queued = false;
    this.#pending?.cancel();
    this.#pending = null;
  }

  /** The target has the whole request: from now on it is its own time that passes. */
  asked(): void {
    this.#askedMs = this.#clock.nowMs();
  }

  /** The head of an answer has come. What is returned is added to it. */
  answered(status: number): AddedFields {
    const target = this.target!;
    const nowMs = this.#clock.nowMs();
    this.countAnswer(status);
    target.answered(status, nowMs - this.#askedMs, nowMs);
    const cookie = this.upstream.cookieFor(this.#request, target);
    return cookie === null ? NO_ADDED_FIELDS : new AddedFields([cookie]);
  }

  countAnswer(status: number): void {
    this.#attempt?.answered(status, this.#clock.nowMs());
    this.target!.meter.answered(status, this.#clock.nowMs() - this.#askedMs);
  }

  /** The attempt has failed, for whatever reason. Told more than once, the first counts. */
  failed(error: ProxyError): void {
    const { code } = error;
    this.#attempt?.end(this.#clock.nowMs(), error);
    if (this.#judged || this.target === null) return;
    this.#judged = true;
    if (ERRORS[code].side !== "downstream") this.target.meter.failed(code);
    const nowMs = this.#clock.nowMs();
    if (isTargetsFault(code)) this.target.failed(nowMs - this.#askedMs, nowMs);
  }

  /** The exchange no longer counts against its target. */
  release(): void {
    if (this.target !== null) this.target.release();
    this.target = null;
    this.#attempt?.end(this.#clock.nowMs(), null);
  }

  /** @param error what is told when there is no target left */
  #goOn(error: ProxyError): void {
    const target = this.#pickOf(this.#tried);
    if (target === null) this.owner.onNotConnected(error);
    else this.#use(target);
  }

  /** There is no target with room: in the queue there may be, in a while. */
  #waitIf(mayWait: boolean): void {
    const { upstream } = this;
    if (!mayWait || !upstream.wait(this)) return this.owner.onNotConnected(proxyError(upstream.refusal));
    this.#queued = true;
    this.owner.onPause(upstream.queueMs);
  }

  #giveUpWaiting(): void {
    this.cancel();
    this.owner.onNotConnected(proxyError("limit.queue_timeout"));
  }

  /** Another target than before; the one before last rather than the last; the same rather than none. */
  #resume(): void {
    this.#pausing = false;
    const failed = this.target;
    if (failed !== null) this.#tried = [...this.#tried, failed];
    const target =
      this.#pickOf(this.#tried) ?? this.#pickOf(this.#tried.slice(-1)) ?? this.#pickOf(NONE) ?? this.#kept();
    if (target !== null) return this.#use(target);
    this.release();
    this.#waitIf(true);
  }

  #pickOf(tried: readonly Target[]): Target | null {
    return this.upstream.pick(this.#request, tried, this.target);
  }

  /** The target that we hold, which may have no room for anybody else. */
  #kept(): Target | null {
    return this.target !== null && this.upstream.mayKeep(this.target) ? this.target : null;
  }

  /** The place of the attempt before is given back once this one has its own: nobody who waits comes in between. */
  #use(target: Target): void {
    const before = this.target;
    if (before !== null) this.#attempt?.end(this.#clock.nowMs(), null);
    this.#hold(target);
    before?.release();
    this.#takeFrom(target);
  }

  #takeFrom(target: Target): void {
    const stream = target.pool.take(this.needsTunnel);
    if (stream !== null) this.#connected(stream, target);
    else this.#connect(target);
  }

  #hold(target: Target): void {
    this.count++;
    this.target = target;
    this.#judged = false;
    this.asked();
    target.hold();
    this.#begin(target);
    target.meter.attempted(this.count > 1 || this.#tried.length > 0);
  }

  #begin({ name }: Target): void {
    this.attemptMs = this.#clock.nowMs();
    this.connectedMs = -1;
    this.reused = null;
    if (this.#trace !== null) this.#attempt = this.#trace.attempt(name, this.attemptMs);
  }

  #connected(stream: LentStream, target: Target): void {
    target.meter.connected(stream.reused);
    this.connectedMs = this.#clock.nowMs();
    this.reused = stream.reused;
    this.#attempt?.connected(stream.reused, this.connectedMs);
    this.owner.onConnected(stream, target);
  }

  #connect(target: Target): void {
    this.owner.onConnecting();
    const attempt = target.pool.connect(this);
    if (typeof attempt === "string") this.onNoStream(proxyError(attempt, { cause: target.failure }));
    else this.#pending = attempt;
  }
}

/**
 * Whether a request may be sent a second time when a pooled connection died without a byte of answer: when it means
 * the same twice (RFC 9110 section 9.2.2) and has no body that we would have to have kept.
 */
export function isRepeatable({ method, framing }: RequestHead): boolean {
  return IDEMPOTENT.has(method) && framing.kind === BODY.none;
}

/** Whether a request means the same when it is carried out twice (RFC 9110 section 9.2.2). */
export function isIdempotent(method: string): boolean {
  return IDEMPOTENT.has(method);
}

/**
 * Whether a failure says something of the target: not what the client did, nor a limit of our own; nor that an answer
 * stands still, as a stream of events does that has none to tell.
 */
function isTargetsFault(code: ErrorCode): boolean {
  return code.startsWith("upstream.") && !NOT_ITS_FAULT.has(code);
}

const NOT_ITS_FAULT: ReadonlySet<ErrorCode> = new Set([
  "upstream.no_target",
  "upstream.circuit_open",
  "upstream.closed_idle",
  "upstream.no_web_socket",
  "upstream.idle_timeout",
]);
const NONE: readonly Target[] = [];
/** RFC 9110 section 9.2.2, without TRACE, which is not served here. */
export const IDEMPOTENT_METHODS = ["GET", "HEAD", "OPTIONS", "PUT", "DELETE"] as const;
const IDEMPOTENT: ReadonlySet<string> = new Set(IDEMPOTENT_METHODS);
/** A refusal costs nothing and every target is asked; each of these costs the client timeouts.connect. */
export const MAX_TIMEOUTS = 3;
