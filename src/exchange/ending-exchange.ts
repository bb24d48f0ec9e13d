/**
 * What an exchange is made of, and its ways out: `finish` for all, `fail` for failures, `finishWith` for answers of our
 * own. The classes above it are its middle: SendingExchange gets the request to a target, Exchange moves what follows.
 * Layers of one object and not three objects, because an exchange is made for every request.
 */
import { ERRORS, type ProxyError, proxyError, statusFor } from "../base/proxy-error.ts";
import { type ClientIdentity, requestIdFor } from "../pipeline/forwarding.ts";
import { callError, isCall } from "../pipeline/grpc.ts";
import { errorAnswer, type OwnAnswer } from "../pipeline/own-answer.ts";
import type { WebCall } from "../protocol/grpc-web/media-type.ts";
import { BODY } from "../protocol/http/framing.ts";
import { type AddedFields, NO_ADDED_FIELDS } from "../protocol/http/outbound-request.ts";
import type { RequestHead } from "../protocol/http/request-head.ts";
import type { RequestId } from "../protocol/http/request-id.ts";
import type { RouteHit } from "../routing/router.ts";
import type { UpstreamStream } from "../upstream/upstream-stream.ts";
import type { Again } from "./again.ts";
import type { Attempts } from "./attempts.ts";
import { BodyGuards } from "./body-guards.ts";
import type { DownstreamStream } from "./downstream-stream.ts";
import { beginTrace } from "./exchange-trace.ts";
import { explainedAnswer, wantsExplanation } from "./explained-answer.ts";
import { Patience } from "./patience.ts";
import { type EndedExchange, isReported, reportEnd } from "./report-end.ts";
import type { HttpRoute, HttpSettings, RouteBounds, Services } from "./snapshot.ts";
import { meterFor } from "./split.ts";
import { Tally } from "./tally.ts";

export abstract class EndingExchange {
  protected readonly head: RequestHead;
  protected readonly client: ClientIdentity;
  protected readonly settings: HttpSettings;
  protected readonly services: Services;
  /** The client, or what a filter puts before it. */
  protected downstream: DownstreamStream;
  protected readonly tally: Tally;
  protected readonly patience: Patience;
  protected readonly requestId: RequestId;
  /** Path and query to send; null for those received. */
  protected target: string | null = null;
  protected hit: RouteHit<HttpRoute> | null = null;
  protected attempts: Attempts | null = null;
  protected upstream: UpstreamStream | null = null;
  /** The request has been read whole. */
  requestDone: boolean;
  protected guards: BodyGuards | null = null;
  protected again: Again | null = null;
  /** What a client of gRPC-Web has asked for; null for all others. */
  protected webCall: WebCall | null = null;
  #call: boolean | null = null;
  #finished = false;

  constructor(
    head: RequestHead,
    client: ClientIdentity,
    settings: HttpSettings,
    services: Services,
    downstream: DownstreamStream,
  ) {
    this.head = head;
    this.client = client;
    this.settings = settings;
    this.services = services;
    this.downstream = downstream;
    const { tracer } = settings;
    const trace = tracer === null ? null : beginTrace(tracer, head, client);
    const { clock } = services.timers;
    this.tally = new Tally(clock.nowMs(), trace);
    this.patience = new Patience(settings.fallback, clock, downstream);
    this.requestDone = head.framing.kind === BODY.none;
    this.requestId = requestIdFor(head, client, services.requestIds);
    settings.meters.listener.requestBegun();
  }

  /** A call of gRPC may be a conversation, and silent for as long as one may. */
  protected get isCall(): boolean {
    this.#call ??= this.webCall !== null || isCall(this.head);
    return this.#call;
  }

  protected get bounds(): RouteBounds {
    return this.patience.bounds;
  }

  /** The one exit for failures: an answer while none has begun, a visible break after that. */
  protected fail(error: ProxyError): void {
    if (this.#finished) return;
    this.attempts?.cancel();
    this.again?.hedge?.cancel();
    this.upstream?.abort();
    this.upstream = null;
    const status = this.tally.status === 0 ? statusFor(error.code) : null;
    if (status === null) {
      this.finish(error);
      return this.downstream.reset(error);
    }
    const closing = ERRORS[error.code].side !== "upstream" && error.code !== "route.not_found";
    this.finishWith(this.#errorAnswer(error, status), error, closing);
  }

  /** The one exit for answers of our own. */
  protected finishWith({ head, body }: OwnAnswer, error: ProxyError | null, closing: boolean): void {
    const sendsBody = body.length > 0 && this.head.method !== "HEAD";
    if (!sendsBody) head.framing.kind = BODY.none;
    this.tally.status = head.status;
    this.tally.keepFields(head.fields, this.settings.keptFields);
    this.tally.sentBytes = sendsBody ? body.length : 0;
    const added = this.explained(NO_ADDED_FIELDS, error);
    this.finish(error);
    this.downstream.sendHead(head, closing || !this.requestDone, added);
    if (sendsBody) this.downstream.sendData(body, 0, body.length);
    this.downstream.sendEnd(null);
  }

  protected nowMs(): number {
    return this.services.timers.clock.nowMs();
  }

  protected wallMs(): number {
    return this.services.timers.clock.wallMs();
  }

  protected get guarded(): BodyGuards {
    this.guards ??= new BodyGuards(this.services.timers, this.bounds, {
      receivedBytes: () => this.tally.receivedBytes,
      takenBytes: () => this.downstream.takenBytes,
      onTooSlow: (code) => this.fail(proxyError(code)),
    });
    return this.guards;
  }

  #errorAnswer(error: ProxyError, status: number): OwnAnswer {
    const [id, wallMs] = [this.requestId.toString(), this.wallMs()];
    if (this.isCall) return callError(error, status, id, wallMs);
    return errorAnswer(error, status, id, this.settings.notFoundMessage, wallMs);
  }

  /** For who may know what became of the request. */
  protected explained(added: AddedFields, error: ProxyError | null): AddedFields {
    const { explainToken, listener } = this.settings;
    if (explainToken === null || !wantsExplanation(this.head, explainToken)) return added;
    const route = this.hit?.value ?? null;
    return explainedAnswer(added, {
      listener,
      route: route?.label ?? null,
      action: route?.action.kind ?? null,
      rewritten: this.target !== null,
      upstream: this.attempts?.upstream.name ?? null,
      target: this.attempts?.target?.name ?? null,
      attempts: this.attempts?.count ?? 0,
      error: error?.code ?? null,
      requestId: this.requestId.toString(),
    });
  }

  protected finish(error: ProxyError | null): void {
    if (this.#finished) return;
    this.#finished = true;
    this.guards?.stop();
    const { meters } = this.settings;
    const meter =
      this.hit === null ? meters.unrouted : meterFor(this.hit.value, this.attempts?.upstream ?? null);
    this.tally.count(meter, this.head.method, error, this.nowMs());
    meters.listener.requestEnded();
    const { observer } = this.services;
    if (isReported(this.tally, error, observer)) reportEnd(this.#ended(), error, observer, this.nowMs());
    this.attempts?.release();
  }

  #ended(): EndedExchange {
    return {
      head: this.head,
      client: this.client,
      settings: this.settings,
      tally: this.tally,
      requestId: this.requestId,
      route: this.hit?.value ?? null,
      attempts: this.attempts,
    };
  }
}
