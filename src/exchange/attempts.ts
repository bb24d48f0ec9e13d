/**
 * From an upstream to a stream that is ready for the request: picks a target, takes a pooled connection or
 * makes one, and goes on to the next target while none accepts. Nothing of the request has been sent yet, so
 * going on is always safe.
 */
import { ERRORS, type ProxyError, proxyError } from "../base/proxy-error.ts";
import type { ConnectAttempt } from "../io/connect.ts";
import { BODY } from "../protocol/http/framing.ts";
import type { RequestHead } from "../protocol/http/request-head.ts";
import type { H1Stream } from "../upstream/h1-stream.ts";
import type { StreamWaiter } from "../upstream/pool.ts";
import type { Target } from "../upstream/target.ts";
import type { Upstream } from "../upstream/upstream.ts";

export interface AttemptOwner {
  onConnected(stream: H1Stream, target: Target): void;
  /** A new connection is being made: the connect deadline starts. */
  onConnecting(): void;
  onNotConnected(error: ProxyError): void;
  /** Nothing is done for so long; then `timeOut` goes on. */
  onPause(ms: number): void;
}

export class Attempts implements StreamWaiter {
  target: Target | null = null;
  /** Targets tried, and pooled connections that died under a request. */
  count = 0;
  /** The request has been sent once already, on a pooled connection that was dead. */
  repeated = false;
  readonly #upstream: Upstream;
  readonly #owner: AttemptOwner;
  #tried: readonly Target[] = NONE;
  #timeouts = 0;
  #pausing = false;
  #pending: ConnectAttempt | null = null;

  constructor(upstream: Upstream, owner: AttemptOwner) {
    this.#upstream = upstream;
    this.#owner = owner;
  }

  /** Goes for a target that has not been tried. */
  begin(): void {
    this.release();
    const target = this.#upstream.pick(this.#tried);
    if (target === null || this.#tried.includes(target)) this.#owner.onNotConnected(NO_TARGET);
    else this.#use(target);
  }

  /** After an attempt that failed otherwise than by not connecting: another target, or the same when it is the only one. */
  again(afterMs: number): void {
    this.#pending?.cancel();
    this.#pending = null;
    this.#pausing = true;
    this.#timeouts = 0;
    this.#owner.onPause(afterMs);
  }

  /** The pooled connection was dead: the same target again, on a connection that is surely alive. */
  repeatFresh(): void {
    this.count++;
    this.repeated = true;
    this.#connect(this.target!);
  }

  onStream(stream: H1Stream): void {
    this.#pending = null;
    this.#owner.onConnected(stream, this.target!);
  }

  onNoStream(error: ProxyError): void {
    this.#pending = null;
    this.#tried = [...this.#tried, this.target!];
    const mayGoOn = ERRORS[error.code].retry === "safe" && this.#timeouts < MAX_TIMEOUTS;
    if (mayGoOn && this.#hasUntried()) this.begin();
    else this.#owner.onNotConnected(error);
  }

  /** The connect deadline has passed, or the pause before another attempt. */
  timeOut(): void {
    if (this.#pausing) return this.#resume();
    this.#timeouts++;
    this.#pending?.cancel();
    this.onNoStream(proxyError("upstream.connect_timeout"));
  }

  /** The exchange needs no connection any more. */
  cancel(): void {
    this.#pending?.cancel();
    this.#pending = null;
  }

  /** The exchange no longer counts against its target. */
  release(): void {
    if (this.target !== null) this.target.active--;
    this.target = null;
  }

  #resume(): void {
    this.#pausing = false;
    const failed = this.target;
    this.release();
    if (failed !== null) this.#tried = [...this.#tried, failed];
    if (!this.#hasUntried()) this.#tried = this.#tried.slice(-1);
    const target = this.#upstream.pick(this.#tried);
    if (target === null) this.#owner.onNotConnected(NO_TARGET);
    else this.#use(target);
  }

  #use(target: Target): void {
    this.#hold(target);
    const stream = target.pool.take();
    if (stream !== null) this.#owner.onConnected(stream, target);
    else this.#connect(target);
  }

  #hasUntried(): boolean {
    return this.#upstream.targets.some((target) => target.weight > 0 && !this.#tried.includes(target));
  }

  #hold(target: Target): void {
    this.count++;
    this.target = target;
    target.active++;
  }

  #connect(target: Target): void {
    this.#owner.onConnecting();
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

const NONE: readonly Target[] = [];
const NO_TARGET: ProxyError = proxyError("upstream.no_target");
/** RFC 9110 section 9.2.2, without TRACE, which is not served here. */
export const IDEMPOTENT_METHODS = ["GET", "HEAD", "OPTIONS", "PUT", "DELETE"] as const;
const IDEMPOTENT: ReadonlySet<string> = new Set(IDEMPOTENT_METHODS);
/** A refusal costs nothing and every target is asked; each of these costs the client timeouts.connect. */
export const MAX_TIMEOUTS = 3;
