/**
 * A copy of a request for another upstream, sent once the request is complete and forgotten: its answer is thrown
 * away, its failure is nobody's, and the original never waits for it. What may be under way at once is bounded.
 */
import type { Timed } from "../base/clock.ts";
import type { ProxyError } from "../base/proxy-error.ts";
import type { ClientIdentity } from "../pipeline/forwarding.ts";
import { outboundRequest } from "../pipeline/forwarding.ts";
import type { RequestHead } from "../protocol/http/request-head.ts";
import type { RequestId } from "../protocol/http/request-id.ts";
import type { ResponseHead } from "../protocol/http/response-head.ts";
import type { KeySource } from "../upstream/balancer/balancer.ts";
import type { LentStream } from "../upstream/stream-pool.ts";
import type { Target } from "../upstream/target.ts";
import type { Upstream } from "../upstream/upstream.ts";
import type { UpstreamEvents } from "../upstream/upstream-stream.ts";
import { type AttemptedRequest, type AttemptOwner, Attempts } from "./attempts.ts";
import { balanceKey } from "./balance-key.ts";
import { KeptBody } from "./kept-body.ts";
import type { HttpSettings, Services } from "./snapshot.ts";

export interface MirrorPolicy {
  readonly upstream: Upstream;
  /** Of the requests that are copied, from 0 to 1. */
  readonly share: number;
  /** Requests with a longer body are not copied. */
  readonly bodyBytes: number;
}

/** What a copy needs of the original, whose own memory is used again before the copy is sent. */
export interface MirroredRequest {
  readonly head: RequestHead;
  /** Path and query to send; null for those received. */
  readonly target: string | null;
  readonly client: ClientIdentity;
  readonly requestId: RequestId;
  readonly settings: HttpSettings;
  /** What the copy's target is told of the trace: to it, we are the original. */
  readonly traceparent: string | null;
}

export class Mirror implements Timed, AttemptOwner, AttemptedRequest, UpstreamEvents {
  deadlineMs: number = Number.POSITIVE_INFINITY;
  slotDueMs: number = Number.POSITIVE_INFINITY;
  timerNext: Timed | null = null;
  timerPrevious: Timed | null = null;
  /** Requests that ask for an upgrade are not copied. */
  readonly asksWebSocket = false;
  readonly #upstream: Upstream;
  readonly #request: MirroredRequest;
  readonly #body: KeptBody;
  readonly #services: Services;
  #attempts: Attempts | null = null;
  #stream: LentStream | null = null;

  constructor({ upstream, bodyBytes }: MirrorPolicy, request: MirroredRequest, services: Services) {
    this.#upstream = upstream;
    this.#request = { ...request, head: request.head.copy() };
    this.#body = new KeptBody(bodyBytes);
    this.#services = services;
  }

  keep(bytes: Buffer, start: number, end: number): void {
    this.#body.keep(bytes, start, end);
  }

  /** The original is complete. */
  send(): void {
    const { timers } = this.#services;
    if (!this.#body.whole || this.#upstream.mirrored >= MOST_AT_ONCE) return;
    this.#upstream.mirrored++;
    this.deadlineMs = timers.clock.nowMs() + LIMIT_MS;
    timers.arm(this);
    this.#attempts = new Attempts(this.#upstream, this, this, timers.clock, null);
    this.#attempts.begin();
  }

  keyOf(source: KeySource): string | null {
    return balanceKey(this.#request.head, this.#request.client, source);
  }

  onConnected(stream: LentStream, { name }: Target): void {
    const { head, target, client, requestId, settings, traceparent } = this.#request;
    this.#stream = stream;
    stream.lend(this);
    stream.sendHead(outboundRequest(head, target, name, client, requestId, settings, traceparent));
    this.#body.replay(stream);
    stream.sendEnd(null);
    this.#attempts?.asked();
  }

  onNotConnected(): void {
    this.#end();
  }

  onUpstreamFailure(error: ProxyError): void {
    this.#stream = null;
    this.#attempts?.target?.meter.failed(error.code);
    this.#end();
  }

  onResponseHead(head: ResponseHead): void {
    this.#attempts!.answered(head.status);
  }

  onResponseEnd(): void {
    this.#stream = null;
    this.#end();
  }

  /** It has had its time. */
  expire(): void {
    this.#stream?.abort();
    this.#stream = null;
    this.#end();
  }

  onConnecting(): void {}

  onPause(): void {}

  onInterimHead(): void {}

  onResponseData(): void {}

  onUpgraded(): void {}

  onRequestBlocked(): void {}

  onRequestDrain(): void {}

  #end(): void {
    this.#services.timers.disarm(this);
    this.#attempts?.cancel();
    this.#attempts?.release();
    this.#attempts = null;
    this.#upstream.mirrored--;
  }
}

/** Of copies to one upstream: beyond, none is made. */
const MOST_AT_ONCE = 256;
/** From the end of the original to the end of the copy's answer. */
const LIMIT_MS = 30_000;
