/**
 * How the request of an exchange gets to a target: its first attempt, those that follow a failure, and the one beside
 * it. While nothing of an answer has gone to the client, one attempt may take the place of another.
 */
import { ERRORS, type ProxyError } from "../base/proxy-error.ts";
import { outboundRequest } from "../pipeline/forwarding.ts";
import type { FieldBlock } from "../protocol/http/field-block.ts";
import type { ResponseHead } from "../protocol/http/response-head.ts";
import { asksWebSocket } from "../protocol/http/web-socket.ts";
import type { KeySource } from "../upstream/balancer/balancer.ts";
import type { LentStream } from "../upstream/stream-pool.ts";
import type { Target } from "../upstream/target.ts";
import type { UpstreamEvents } from "../upstream/upstream-stream.ts";
import type { RepeatedExchange } from "./again.ts";
import { type AttemptOwner, type Attempts, isRepeatable } from "./attempts.ts";
import { balanceKey } from "./balance-key.ts";
import { EndingExchange } from "./ending-exchange.ts";
import type { ExchangeTrace } from "./exchange-trace.ts";
import { Mirror, type MirrorPolicy } from "./mirror.ts";
import { conditionOf } from "./retry-policy.ts";

export abstract class SendingExchange
  extends EndingExchange
  implements UpstreamEvents, AttemptOwner, RepeatedExchange
{
  /** The target does not take the request's body for now. */
  protected requestBlocked = false;

  abstract onRequestEnd(trailers: FieldBlock | null): void;
  abstract onDownstreamBlocked(): void;
  abstract onInterimHead(head: ResponseHead): void;
  abstract onResponseHead(head: ResponseHead): void;
  abstract onResponseData(bytes: Buffer, start: number, end: number): void;
  abstract onResponseEnd(trailers: FieldBlock | null): void;
  abstract onUpgraded(head: ResponseHead, leftover: Buffer | null): void;
  abstract onRequestBlocked(): void;
  abstract onRequestDrain(): void;

  get trace(): ExchangeTrace | null {
    return this.tally.trace;
  }

  get asksWebSocket(): boolean {
    return asksWebSocket(this.head);
  }

  keyOf(source: KeySource): string | null {
    return balanceKey(this.head, this.client, source);
  }

  onConnecting(): void {
    this.patience.wait(this.bounds.connectMs);
  }

  onConnected(stream: LentStream, target: Target): void {
    this.upstream = stream;
    this.requestBlocked = false;
    stream.lend(this);
    // Of what came before on this connection: nobody will tell us again.
    if (this.downstream.blocked) this.onDownstreamBlocked();
    this.#sendHeadTo(stream, target, this.attempts!.traceparent);
    if (this.requestDone) return this.onRequestEnd(this.again?.trailers ?? null);
    this.patience.waitForBody(this.isCall);
    this.guards?.setUploadWaiting(true);
    this.downstream.continueRequest();
  }

  onNotConnected(error: ProxyError): void {
    this.failAttempt(error);
  }

  onPause(ms: number): void {
    this.patience.wait(ms);
  }

  onUpstreamFailure(error: ProxyError): void {
    this.upstream = null;
    if (this.#mayRepeat(error)) this.#repeat(error);
    else this.failAttempt(error);
  }

  mirrorFor(policy: MirrorPolicy): Mirror {
    const request = {
      head: this.head,
      target: this.target,
      client: this.client,
      requestId: this.requestId,
      settings: this.settings,
      traceparent: this.tally.trace?.traceparent ?? null,
    };
    return new Mirror(policy, request, this.services);
  }

  sendTo(stream: LentStream, target: Target, traceparent: string | null): void {
    this.#sendHeadTo(stream, target, traceparent);
    stream.sendEnd(this.again!.trailers);
  }

  onOvertaken(attempts: Attempts, stream: LentStream, head: ResponseHead): void {
    this.#goOnWith(attempts, stream);
    this.onResponseHead(head);
  }

  /** How long one attempt may take to its answer. */
  protected get perTryMs(): number {
    return this.again?.perTryMs ?? Number.POSITIVE_INFINITY;
  }

  protected waitForTarget(): void {
    if (this.tally.status === 0) this.patience.waitForAnswer(this.perTryMs);
    else this.patience.waitForPiece();
  }

  /** One attempt has failed: another may follow while the client has not got a part of the answer. */
  protected failAttempt(error: ProxyError): void {
    this.attempts?.failed(error);
    const mayFollow = this.tally.status === 0 && !this.patience.halfClosed;
    const second = mayFollow ? (this.again?.hedge?.takeOver() ?? null) : null;
    if (second !== null) this.#goOnWith(second.attempts, second.stream);
    else if (mayFollow && this.again?.retry?.allows(conditionOf(error.code), this.nowMs())) this.tryAgain();
    else this.fail(error);
  }

  isPoorAnswer(status: number): boolean {
    return status >= 500 || this.again?.retry?.isFailure(status) === true;
  }

  /** An answer has begun that counts as a failure: whether it is dropped for another attempt, under way or to come. */
  protected triesForBetter(status: number): boolean {
    const retry = this.again?.retry ?? null;
    if (retry?.isFailure(status) !== true) return false;
    const second = this.again!.hedge?.takeOver() ?? null;
    if (second === null && !retry.allowsStatus(status, this.nowMs())) return false;
    this.upstream!.drop();
    this.upstream = null;
    if (second === null) this.tryAgain();
    else this.#goOnWith(second.attempts, second.stream);
    return true;
  }

  /** The attempt under way is given up for another, after a pause. */
  protected tryAgain(): void {
    this.upstream?.abort();
    this.upstream = null;
    this.requestBlocked = false;
    this.guards?.setUploadWaiting(false);
    this.attempts!.again(this.again!.retry!.pauseMs());
  }

  /** A pooled connection that died without a byte of answer, or a target that has not looked: once more, if we can. */
  #mayRepeat(error: ProxyError): boolean {
    if (this.attempts!.repeated) return false;
    const { retry } = ERRORS[error.code];
    if (retry === "safe") return this.tally.receivedBytes === 0;
    return retry === "ifReused" && isRepeatable(this.head);
  }

  #repeat({ code }: ProxyError): void {
    if (ERRORS[code].retry === "safe") this.attempts!.repeatRefused();
    else this.attempts!.repeatFresh();
  }

  #sendHeadTo(stream: LentStream, { name }: Target, traceparent: string | null): void {
    const { head, target, client, requestId, settings } = this;
    const { leftMs } = this.patience;
    stream.sendHead(outboundRequest(head, target, name, client, requestId, settings, traceparent, leftMs));
    this.again?.replay(stream);
  }

  /** The first attempt is given up for the second. */
  #goOnWith(attempts: Attempts, stream: LentStream | null): void {
    const first = this.attempts!;
    this.upstream?.abort();
    first.cancel();
    first.release();
    attempts.count += first.count;
    attempts.owner = this;
    this.attempts = attempts;
    this.upstream = stream;
    stream?.lend(this);
    if (stream === null) this.patience.wait(this.bounds.connectMs);
    else this.waitForTarget();
    // The first one was held for a client that is behind, and the client is still.
    if (stream !== null && this.downstream.blocked) this.onDownstreamBlocked();
  }
}
