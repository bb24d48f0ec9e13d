/**
 * What one request may need to be sent more than once: its body, as far as it is kept, the repetitions that its route
 * allows, the attempt that runs beside a slow one, and copies for other upstreams. Made only for routes with any of it.
 */

import { randomShare } from "../base/random.ts";
import type { FieldBlock } from "../protocol/http/field-block.ts";
import type { RequestHead } from "../protocol/http/request-head.ts";
import type { Target } from "../upstream/target.ts";
import type { Upstream } from "../upstream/upstream.ts";
import type { UpstreamStream } from "../upstream/upstream-stream.ts";
import { isIdempotent } from "./attempts.ts";
import { Hedge, type HedgedExchange } from "./hedge.ts";
import { KeptBody } from "./kept-body.ts";
import type { Mirror, MirrorPolicy } from "./mirror.ts";
import { Retry } from "./retry.ts";
import type { ProxyAction, Services } from "./snapshot.ts";

/** The exchange, as what repeats its request sees it. */
export interface RepeatedExchange extends HedgedExchange {
  mirrorFor(policy: MirrorPolicy): Mirror;
}

export class Again {
  readonly retry: Retry | null;
  readonly hedge: Hedge | null;
  readonly #body: KeptBody | null;
  /** Empty once they are on their way. */
  #mirrors: readonly Mirror[];

  private constructor(
    body: KeptBody | null,
    retry: Retry | null,
    hedge: Hedge | null,
    mirrors: readonly Mirror[],
  ) {
    this.#body = body;
    this.retry = retry;
    this.hedge = hedge;
    this.#mirrors = mirrors;
  }

  /**
   * Null where nothing is sent a second time but what always may be.
   * @param upstream of the request; one of the action's
   */
  static prepare(
    { retry, hedge, mirrors }: ProxyAction,
    upstream: Upstream,
    head: RequestHead,
    exchange: RepeatedExchange,
    services: Services,
  ): Again | null {
    if (retry === null && hedge === null && mirrors.length === 0) return null;
    const { method, upgrade } = head;
    const mayRepeat = retry !== null && (retry.methods === null || retry.methods.has(method));
    const mayHedge = hedge !== null && isIdempotent(method) && !upgrade;
    const body = mayRepeat || mayHedge ? new KeptBody(retry?.bodyBytes ?? HEDGED_BODY_BYTES) : null;
    return new Again(
      body,
      retry === null
        ? null
        : new Retry(retry, mayRepeat ? body : null, upstream.retryBudget, services.random),
      mayHedge ? new Hedge(hedge, upstream, services.timers, exchange) : null,
      upgrade ? [] : mirrorsOf(mirrors, exchange, services),
    );
  }

  /** Of the request, when it was sent complete. */
  get trailers(): FieldBlock | null {
    return this.#body?.trailers ?? null;
  }

  /** How long one attempt may take to its answer. */
  get perTryMs(): number {
    return this.retry?.perTryMs ?? Number.POSITIVE_INFINITY;
  }

  keep(bytes: Buffer, start: number, end: number): void {
    this.#body?.keep(bytes, start, end);
    for (const mirror of this.#mirrors) mirror.keep(bytes, start, end);
  }

  /** A head has gone upstream: what was sent behind an earlier one follows. */
  replay(stream: UpstreamStream): void {
    if (this.retry !== null) this.retry.sent = true;
    this.#body?.replay(stream);
  }

  onRequestSent(trailers: FieldBlock | null, target: Target): void {
    for (const mirror of this.#mirrors) mirror.send();
    this.#mirrors = [];
    if (this.#body === null) return;
    this.#body.trailers = trailers;
    if (this.#body.whole) this.hedge?.onRequestSent(target);
  }
}

function mirrorsOf(
  policies: readonly MirrorPolicy[],
  exchange: RepeatedExchange,
  { random }: Services,
): Mirror[] {
  return policies
    .filter(({ share }) => share === 1 || randomShare(random) < share)
    .map((policy) => exchange.mirrorFor(policy));
}

/** Of the body of a request that may be hedged, on a route that repeats nothing. */
const HEDGED_BODY_BYTES = 64 * 1024;
