/**
 * What one request may need to be sent a second time: its body, as far as it is kept, the repetitions that its route
 * allows, and the attempt that runs beside a slow one. Made only for routes that allow any of it.
 */

import type { Timers } from "../base/clock.ts";
import type { Random } from "../base/random.ts";
import type { FieldBlock } from "../protocol/http/field-block.ts";
import type { RequestHead } from "../protocol/http/request-head.ts";
import type { Target } from "../upstream/target.ts";
import type { UpstreamStream } from "../upstream/upstream-stream.ts";
import { isIdempotent } from "./attempts.ts";
import { Hedge, type HedgedExchange } from "./hedge.ts";
import { KeptBody } from "./kept-body.ts";
import { Retry } from "./retry.ts";
import type { ProxyAction } from "./snapshot.ts";

export class Again {
  readonly retry: Retry | null;
  readonly hedge: Hedge | null;
  readonly #body: KeptBody | null;

  private constructor(body: KeptBody | null, retry: Retry | null, hedge: Hedge | null) {
    this.#body = body;
    this.retry = retry;
    this.hedge = hedge;
  }

  /** Null where nothing is sent a second time but what always may be. */
  static prepare(
    { upstream, retry, hedge }: ProxyAction,
    { method, upgrade }: RequestHead,
    exchange: HedgedExchange,
    services: { readonly timers: Timers; readonly random: Random },
  ): Again | null {
    if (retry === null && hedge === null) return null;
    const mayRepeat = retry !== null && (retry.methods === null || retry.methods.has(method));
    const mayHedge = hedge !== null && isIdempotent(method) && !upgrade;
    const body = mayRepeat || mayHedge ? new KeptBody(retry?.bodyBytes ?? HEDGED_BODY_BYTES) : null;
    return new Again(
      body,
      retry === null
        ? null
        : new Retry(retry, mayRepeat ? body : null, upstream.retryBudget, services.random),
      mayHedge ? new Hedge(hedge, upstream, services.timers, exchange) : null,
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
  }

  /** A head has gone upstream: what was sent behind an earlier one follows. */
  replay(stream: UpstreamStream): void {
    if (this.retry !== null) this.retry.sent = true;
    this.#body?.replay(stream);
  }

  onRequestSent(trailers: FieldBlock | null, target: Target): void {
    if (this.#body === null) return;
    this.#body.trailers = trailers;
    if (this.#body.whole) this.hedge?.onRequestSent(target);
  }
}

/** Of the body of a request that may be hedged, on a route that repeats nothing. */
const HEDGED_BODY_BYTES = 64 * 1024;
