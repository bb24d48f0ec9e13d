/**
 * A second attempt beside a first that is slow (Dean and Barroso 2013, "The tail at scale"): whichever answers first
 * is taken, the other is given up at once. Only for requests that are complete and mean the same twice.
 */
import type { Timed, Timers } from "../base/clock.ts";
import type { ProxyError } from "../base/proxy-error.ts";
import type { ResponseHead } from "../protocol/http/response-head.ts";
import type { LentStream } from "../upstream/stream-pool.ts";
import type { Target } from "../upstream/target.ts";
import type { Upstream } from "../upstream/upstream.ts";
import type { UpstreamEvents } from "../upstream/upstream-stream.ts";
import { type AttemptedRequest, type AttemptOwner, Attempts } from "./attempts.ts";
import type { ExchangeTrace } from "./exchange-trace.ts";

export interface HedgePolicy {
  /** After so long without an answer; null: after the time within which 95 % of the upstream's answers begin. */
  readonly afterMs: number | null;
  /** Second attempts for each request to the upstream, on average. */
  readonly budget: number;
}

/** The exchange, as its second attempt sees it. */
export interface HedgedExchange extends AttemptedRequest {
  readonly trace: ExchangeTrace | null;
  /** Sends the whole request. */
  sendTo(stream: LentStream, target: Target, traceparent: string | null): void;
  /** Whether an answer is none that an attempt under way is given up for. */
  isPoorAnswer(status: number): boolean;
  /** The second attempt's answer begins: it takes the first one's place. */
  onOvertaken(attempts: Attempts, stream: LentStream, head: ResponseHead): void;
}

export class Hedge implements Timed, AttemptOwner, UpstreamEvents {
  deadlineMs: number = Number.POSITIVE_INFINITY;
  slotDueMs: number = Number.POSITIVE_INFINITY;
  timerNext: Timed | null = null;
  timerPrevious: Timed | null = null;
  readonly #policy: HedgePolicy;
  readonly #upstream: Upstream;
  readonly #timers: Timers;
  readonly #exchange: HedgedExchange;
  #first: Target | null = null;
  #sentMs = 0;
  /** The answer that is taken has begun, perhaps before the request was complete: there is nothing to overtake. */
  #answered = false;
  #attempts: Attempts | null = null;
  #stream: LentStream | null = null;

  constructor(policy: HedgePolicy, upstream: Upstream, timers: Timers, exchange: HedgedExchange) {
    this.#policy = policy;
    this.#upstream = upstream;
    this.#timers = timers;
    this.#exchange = exchange;
    upstream.hedgeBudget.deposit(policy.budget);
  }

  /** The first attempt has the whole request. */
  onRequestSent(first: Target): void {
    const waitMs = this.#policy.afterMs ?? this.#upstream.answerTimes.quantileMs(0.95);
    this.#first = first;
    this.#sentMs = this.#timers.clock.nowMs();
    if (this.#answered || waitMs === Number.POSITIVE_INFINITY || this.#attempts !== null) return;
    this.deadlineMs = this.#sentMs + waitMs;
    this.#timers.arm(this);
  }

  /** The answer that is taken begins. One that came before the request was complete tells nothing of its time. */
  onAnswered(): void {
    const { answerTimes } = this.#upstream;
    this.#answered = true;
    if (this.#first !== null) answerTimes.record(this.#timers.clock.nowMs() - this.#sentMs);
    this.cancel();
  }

  /** The first attempt has failed: what is under way here takes its place. Null when nothing is. */
  takeOver(): { readonly attempts: Attempts; readonly stream: LentStream | null } | null {
    this.#timers.disarm(this);
    const attempts = this.#attempts;
    const stream = this.#stream;
    this.#attempts = this.#stream = null;
    return attempts === null ? null : { attempts, stream };
  }

  cancel(): void {
    this.#timers.disarm(this);
    this.#stream?.abort();
    this.#attempts?.cancel();
    this.#attempts?.release();
    this.#attempts = this.#stream = null;
  }

  expire(nowMs: number): void {
    if (!this.#upstream.hedgeBudget.take(nowMs)) return;
    this.#attempts = new Attempts(
      this.#upstream,
      this.#exchange,
      this,
      this.#timers.clock,
      this.#exchange.trace,
      [this.#first!],
    );
    this.#attempts.begin();
  }

  onConnecting(): void {}

  onPause(): void {}

  onConnected(stream: LentStream, target: Target): void {
    this.#stream = stream;
    stream.lend(this);
    this.#exchange.sendTo(stream, target, this.#attempts?.traceparent ?? null);
    this.#attempts?.asked();
  }

  onNotConnected(): void {
    this.#attempts?.release();
    this.#attempts = null;
  }

  onInterimHead(): void {}

  onResponseHead(head: ResponseHead): void {
    const [attempts, stream] = [this.#attempts!, this.#stream!];
    this.#attempts = this.#stream = null;
    if (this.#exchange.isPoorAnswer(head.status)) {
      attempts.answered(head.status);
      stream.drop();
      return attempts.release();
    }
    this.#exchange.onOvertaken(attempts, stream, head);
  }

  onUpstreamFailure(error: ProxyError): void {
    this.#attempts?.failed(error);
    this.#stream = null;
    this.onNotConnected();
  }

  /** What follows the head goes to the exchange, which has the stream by then. */
  onResponseData(): void {}

  onResponseEnd(): void {}

  /** Requests that ask for an upgrade are not hedged. */
  onUpgraded(): void {}

  onRequestBlocked(): void {}

  onRequestDrain(): void {}
}
