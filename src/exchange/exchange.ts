/**
 * One request and its answer, whatever the versions on either side. Read top-down it is the life of a
 * request (docs/life-of-a-request.md): route, act, connect, send, stream both ways, end. There is one way out,
 * `#finish`, and one for failures, `#fail`.
 */
import { ERRORS, type ProxyError, proxyError, statusFor } from "../base/proxy-error.ts";
import { HELD } from "../io/connection.ts";
import { type ClientIdentity, outboundRequest, requestIdFor } from "../pipeline/forwarding.ts";
import { callError, isCall } from "../pipeline/grpc.ts";
import { errorAnswer, type OwnAnswer, ownAnswer } from "../pipeline/own-answer.ts";
import { givenDeadlineMs } from "../pipeline/request-deadline.ts";
import type { FieldBlock } from "../protocol/http/field-block.ts";
import { BODY } from "../protocol/http/framing.ts";
import { type AddedField, type AddedFields, NO_ADDED_FIELDS } from "../protocol/http/outbound-request.ts";
import type { RequestHead } from "../protocol/http/request-head.ts";
import type { RequestId } from "../protocol/http/request-id.ts";
import type { ResponseHead } from "../protocol/http/response-head.ts";
import type { Violation } from "../protocol/http/violation.ts";
import type { RouteHit } from "../routing/router.ts";
import type { KeySource, PickRequest } from "../upstream/balancer/balancer.ts";
import type { LentStream } from "../upstream/stream-pool.ts";
import type { Target } from "../upstream/target.ts";
import type { UpstreamEvents, UpstreamStream } from "../upstream/upstream-stream.ts";
import { Again, type RepeatedExchange } from "./again.ts";
import { type AttemptOwner, Attempts, isRepeatable } from "./attempts.ts";
import { balanceKey } from "./balance-key.ts";
import { BodyGuards } from "./body-guards.ts";
import { deadlineCause } from "./deadline-cause.ts";
import { type DecisionTaker, decide } from "./decide.ts";
import type { DownstreamStream } from "./downstream-stream.ts";
import { beginTrace, type ExchangeTrace } from "./exchange-trace.ts";
import { explainedAnswer, wantsExplanation } from "./explained-answer.ts";
import { Mirror, type MirrorPolicy } from "./mirror.ts";
import { Patience } from "./patience.ts";
import { type EndedExchange, isReported, reportEnd } from "./report-end.ts";
import { conditionOf } from "./retry-policy.ts";
import type {
  HttpRoute,
  HttpSettings,
  HttpSnapshot,
  ProxyAction,
  RouteBounds,
  Services,
} from "./snapshot.ts";
import { chosenUpstream, meterFor } from "./split.ts";
import { Tally } from "./tally.ts";
import { startTunnel } from "./tunnel.ts";

export class Exchange implements DecisionTaker, UpstreamEvents, AttemptOwner, PickRequest, RepeatedExchange {
  readonly #head: RequestHead;
  readonly #client: ClientIdentity;
  readonly #settings: HttpSettings;
  readonly #services: Services;
  readonly #downstream: DownstreamStream;
  readonly #tally: Tally;
  readonly #patience: Patience;
  readonly #requestId: RequestId;
  /** Path and query to send; null for those received. */
  #target: string | null = null;
  #hit: RouteHit<HttpRoute> | null = null;
  #attempts: Attempts | null = null;
  #upstream: UpstreamStream | null = null;
  #requestDone: boolean;
  #requestBlocked = false;
  #call: boolean | null = null;
  #finished = false;
  #guards: BodyGuards | null = null;
  #again: Again | null = null;

  constructor(
    head: RequestHead,
    client: ClientIdentity,
    settings: HttpSettings,
    services: Services,
    downstream: DownstreamStream,
  ) {
    this.#head = head;
    this.#client = client;
    this.#settings = settings;
    this.#services = services;
    this.#downstream = downstream;
    const { tracer } = settings;
    const trace = tracer === null ? null : beginTrace(tracer, head, client);
    const { clock } = services.timers;
    this.#tally = new Tally(clock.nowMs(), trace);
    this.#patience = new Patience(settings.fallback, clock, downstream);
    this.#requestDone = head.framing.kind === BODY.none;
    this.#requestId = requestIdFor(head, client, services.requestIds);
    settings.meters.listener.requestBegun();
  }

  /** Whether the session may read on in the request's body. */
  get wantsBody(): boolean {
    return this.#upstream !== null && !this.#requestBlocked && !this.#requestDone;
  }

  get requestDone(): boolean {
    return this.#requestDone;
  }

  /** @param snapshot of which only the settings are kept */
  start(snapshot: HttpSnapshot): void {
    decide(this.#head, this.#client, snapshot, this);
  }

  onRouted(hit: RouteHit<HttpRoute>): void {
    this.#hit = hit;
    const givenMs = givenDeadlineMs(this.#head, this.#settings.deadlineHeader);
    this.#patience.bounds = hit.value.bounds;
    this.#patience.endMs = this.#tally.startedMs + Math.min(hit.value.bounds.totalMs, givenMs);
  }

  onRefused(error: ProxyError): void {
    this.#fail(error);
  }

  onAnswered(status: number, fields: readonly AddedField[], body: Buffer): void {
    this.#finishWith(ownAnswer(status, fields, body, this.#wallMs()), null, false);
  }

  onForwarded(action: ProxyAction, target: string | null): void {
    this.#target = target;
    const { timers, random } = this.#services;
    const upstream = chosenUpstream(action, this, random);
    this.#again = Again.prepare(action, upstream, this.#head, this, this.#services);
    this.#attempts = new Attempts(upstream, this, this, timers.clock, this.#tally.trace);
    this.#attempts.begin();
  }

  get trace(): ExchangeTrace | null {
    return this.#tally.trace;
  }

  keyOf(source: KeySource): string | null {
    return balanceKey(this.#head, this.#client, source);
  }

  onConnecting(): void {
    this.#patience.wait(this.#bounds.connectMs);
  }

  onConnected(stream: LentStream, target: Target): void {
    this.#upstream = stream;
    this.#requestBlocked = false;
    stream.lend(this);
    // Of what came before on this connection: nobody will tell us again.
    if (this.#downstream.blocked) this.onDownstreamBlocked();
    this.#sendHeadTo(stream, target, this.#attempts!.traceparent);
    if (this.#requestDone) return this.onRequestEnd(this.#again?.trailers ?? null);
    this.#patience.waitForBody(this.#isCall);
    this.#guards?.setUploadWaiting(true);
    this.#downstream.continueRequest();
  }

  onNotConnected(error: ProxyError): void {
    this.#failAttempt(error);
  }

  onPause(ms: number): void {
    this.#patience.wait(ms);
  }

  onRequestData(bytes: Buffer, start: number, end: number): void {
    const tally = this.#tally;
    tally.receivedBytes += end - start;
    if (tally.receivedBytes > this.#bounds.bodyBytes) return this.#fail(proxyError("limit.body_bytes"));
    if (tally.receivedBytes > end - start && !this.#isCall) this.#guarded.watchUpload();
    this.#patience.waitForBody(this.#isCall);
    this.#again?.keep(bytes, start, end);
    this.#upstream!.sendData(bytes, start, end);
  }

  onRequestEnd(trailers: FieldBlock | null): void {
    this.#requestDone = true;
    this.#guards?.stopUpload();
    this.#attempts!.asked();
    this.#upstream!.sendEnd(trailers);
    this.#again?.onRequestSent(trailers, this.#attempts!.target!);
    this.#waitForTarget();
  }

  /** The request broke a rule in its body, after its head has gone upstream. */
  onRequestViolation(violation: Violation): void {
    this.#fail(proxyError(violation.code, { rule: violation.rule }));
  }

  onRequestBlocked(): void {
    this.#requestBlocked = true;
    this.#patience.noteTaken(this.#takenNow());
    this.#guards?.setUploadWaiting(false);
    this.#patience.waitForReader();
  }

  onRequestDrain(): void {
    this.#requestBlocked = false;
    if (this.#requestDone) return;
    this.#guards?.setUploadWaiting(true);
    this.#patience.waitForBody(this.#isCall);
    this.#downstream.continueRequest();
  }

  onInterimHead(head: ResponseHead): void {
    if (this.#head.minorVersion === 1) this.#downstream.sendInterimHead(head);
  }

  onResponseHead(head: ResponseHead): void {
    const added = this.#attempts!.answered(head.status);
    if (this.#again?.retry?.allowsStatus(head.status, this.#nowMs())) return this.#tryAgain();
    this.#again?.hedge?.onAnswered();
    this.#tally.status = head.status;
    this.#tally.headMs = this.#nowMs();
    this.#tally.keepFields(head.fields, this.#settings.keptFields);
    if (head.framing.kind !== BODY.none) this.#patience.waitForPiece();
    // A client that waits for 100-continue and gets a final answer will not send its body (RFC 9110 section 10.1.1).
    const bodyWithheld = this.#head.expectContinue && this.#tally.receivedBytes === 0 && !this.#requestDone;
    this.#downstream.sendHead(head, bodyWithheld, this.#explained(added, null));
  }

  onResponseData(bytes: Buffer, start: number, end: number): void {
    this.#tally.sentBytes += end - start;
    this.#patience.waitForPiece();
    this.#downstream.sendData(bytes, start, end);
  }

  onResponseEnd(trailers: FieldBlock | null): void {
    this.#upstream = null;
    this.#finish(null);
    this.#downstream.sendEnd(trailers);
  }

  onUpgraded(head: ResponseHead, leftover: Buffer | null): void {
    this.#tally.status = 101;
    this.#tally.keepFields(head.fields, this.#settings.keptFields);
    this.#attempts!.countAnswer(101);
    this.#guards?.stop();
    const stream = this.#upstream!;
    const upstream = stream.detach();
    this.#upstream = null;
    const client = this.#downstream.upgrade(head);
    startTunnel({
      downstream: client.connection,
      upstream,
      downstreamLeftover: client.leftover,
      upstreamLeftover: leftover,
      downstreamEnded: this.#patience.halfClosed,
      idleMs: this.#bounds.idleMs,
      timers: this.#services.timers,
      onEnd: (summary) => {
        this.#tally.tunnelled(summary);
        stream.tunnelEnded();
        this.#finish(summary.error);
        this.#downstream.tunnelEnded();
      },
    });
  }

  onUpstreamFailure(error: ProxyError): void {
    this.#upstream = null;
    if (this.#mayRepeat(error)) this.#repeat(error);
    else this.#failAttempt(error);
  }

  onDownstreamBlocked(): void {
    this.#upstream?.pause();
    this.#patience.noteTaken(this.#takenNow());
    if (this.#patience.halfClosed) this.#patience.waitForReader();
    this.#guarded.watchDownload();
  }

  onDownstreamDrain(): void {
    this.#guards?.setDownloadWaiting(false);
    if (this.#upstream === null) return;
    this.#waitForTarget();
    this.#upstream.resume();
  }

  /** The client has sent its FIN behind a complete request: it may be listening still, or have left. */
  onDownstreamHalfClosed(): void {
    if (this.#patience.halfClosed) return;
    this.#patience.halfClosed = true;
    if (!this.#downstream.blocked) this.#waitForTarget();
  }

  /** The client is gone: nobody is left to answer. */
  onDownstreamGone(cause: string | null): void {
    this.#fail(cause === HELD ? proxyError("limit.held") : proxyError("request.aborted", { cause }));
  }

  onDeadline(): void {
    if (this.#patience.leftMs <= 0) return this.#fail(proxyError("upstream.total_timeout"));
    if (this.#upstream === null && this.#attempts !== null) return this.#attempts.timeOut();
    const isBehind = this.#downstream.blocked || this.#requestBlocked;
    if (isBehind && this.#patience.isSlowlyTaken(this.#takenNow())) return this.#patience.waitForReader();
    const cause = deadlineCause({
      halfClosed: this.#patience.halfClosed,
      requestDone: this.#requestDone,
      requestBlocked: this.#requestBlocked,
      answerBegun: this.#tally.status !== 0,
      answerBlocked: this.#downstream.blocked,
    });
    const isTry = cause === "upstream.response_timeout" && this.#perTryMs < this.#bounds.responseMs;
    this.#failAttempt(proxyError(isTry ? "upstream.try_timeout" : cause));
  }

  /** The proxy stops and waits no longer. */
  onCut(): void {
    this.#fail(proxyError("proxy.draining"));
  }

  /** Our own code threw. */
  onMistake(): void {
    this.#fail(proxyError("proxy.internal"));
  }

  get #bounds(): RouteBounds {
    return this.#patience.bounds;
  }

  /** A call of gRPC may be a conversation, and silent for as long as one may. */
  get #isCall(): boolean {
    this.#call ??= isCall(this.#head);
    return this.#call;
  }

  /** How long one attempt may take to its answer. */
  get #perTryMs(): number {
    return this.#again?.perTryMs ?? Number.POSITIVE_INFINITY;
  }

  #waitForTarget(): void {
    if (this.#tally.status === 0) this.#patience.waitForAnswer(this.#perTryMs);
    else this.#patience.waitForPiece();
  }

  #takenNow(): number {
    return this.#downstream.takenBytes + (this.#upstream?.takenBytes ?? 0);
  }

  #nowMs(): number {
    return this.#services.timers.clock.nowMs();
  }

  #wallMs(): number {
    return this.#services.timers.clock.wallMs();
  }

  /** A pooled connection that died without a byte of answer, or a target that has not looked: once more, if we can. */
  #mayRepeat(error: ProxyError): boolean {
    if (this.#attempts!.repeated) return false;
    const { retry } = ERRORS[error.code];
    if (retry === "safe") return this.#tally.receivedBytes === 0;
    return retry === "ifReused" && isRepeatable(this.#head);
  }

  #repeat({ code }: ProxyError): void {
    if (ERRORS[code].retry === "safe") this.#attempts!.repeatRefused();
    else this.#attempts!.repeatFresh();
  }

  /** One attempt has failed: another may follow while the client has not got a part of the answer. */
  #failAttempt(error: ProxyError): void {
    this.#attempts?.failed(error);
    const mayFollow = this.#tally.status === 0 && !this.#patience.halfClosed;
    const second = mayFollow ? (this.#again?.hedge?.takeOver() ?? null) : null;
    if (second !== null) this.#goOnWith(second.attempts, second.stream);
    else if (mayFollow && this.#again?.retry?.allows(conditionOf(error.code), this.#nowMs()))
      this.#tryAgain();
    else this.#fail(error);
  }

  mirrorFor(policy: MirrorPolicy): Mirror {
    const request = {
      head: this.#head,
      target: this.#target,
      client: this.#client,
      requestId: this.#requestId,
      settings: this.#settings,
      traceparent: this.#tally.trace?.traceparent ?? null,
    };
    return new Mirror(policy, request, this.#services);
  }

  sendTo(stream: LentStream, target: Target, traceparent: string | null): void {
    this.#sendHeadTo(stream, target, traceparent);
    stream.sendEnd(this.#again!.trailers);
  }

  onOvertaken(attempts: Attempts, stream: LentStream, head: ResponseHead): void {
    this.#goOnWith(attempts, stream);
    this.onResponseHead(head);
  }

  #sendHeadTo(stream: LentStream, { name }: Target, traceparent: string | null): void {
    const [head, client, id, settings] = [this.#head, this.#client, this.#requestId, this.#settings];
    const { leftMs } = this.#patience;
    stream.sendHead(outboundRequest(head, this.#target, name, client, id, settings, traceparent, leftMs));
    this.#again?.replay(stream);
  }

  /** The first attempt is given up for the second. */
  #goOnWith(attempts: Attempts, stream: LentStream | null): void {
    const first = this.#attempts!;
    this.#upstream?.abort();
    first.cancel();
    first.release();
    attempts.count += first.count;
    attempts.owner = this;
    this.#attempts = attempts;
    this.#upstream = stream;
    stream?.lend(this);
    if (stream === null) this.#patience.wait(this.#bounds.connectMs);
    else this.#waitForTarget();
    // The first one was held for a client that is behind, and the client is still.
    if (stream !== null && this.#downstream.blocked) this.onDownstreamBlocked();
  }

  #tryAgain(): void {
    this.#upstream?.abort();
    this.#upstream = null;
    this.#requestBlocked = false;
    this.#guards?.setUploadWaiting(false);
    this.#attempts!.again(this.#again!.retry!.pauseMs());
  }

  /** The one exit for failures: an answer while none has begun, a visible break after that. */
  #fail(error: ProxyError): void {
    if (this.#finished) return;
    this.#attempts?.cancel();
    this.#again?.hedge?.cancel();
    this.#upstream?.abort();
    this.#upstream = null;
    const status = this.#tally.status === 0 ? statusFor(error.code) : null;
    if (status === null) {
      this.#finish(error);
      return this.#downstream.reset(error);
    }
    const closing = ERRORS[error.code].side !== "upstream" && error.code !== "route.not_found";
    this.#finishWith(this.#errorAnswer(error, status), error, closing);
  }

  #errorAnswer(error: ProxyError, status: number): OwnAnswer {
    const [id, wallMs] = [this.#requestId.toString(), this.#wallMs()];
    if (this.#isCall) return callError(error, status, id, wallMs);
    return errorAnswer(error, status, id, this.#settings.notFoundMessage, wallMs);
  }

  /** The one exit for answers of our own. */
  #finishWith({ head, body }: OwnAnswer, error: ProxyError | null, closing: boolean): void {
    const sendsBody = body.length > 0 && this.#head.method !== "HEAD";
    if (!sendsBody) head.framing.kind = BODY.none;
    this.#tally.status = head.status;
    this.#tally.keepFields(head.fields, this.#settings.keptFields);
    this.#tally.sentBytes = sendsBody ? body.length : 0;
    const added = this.#explained(NO_ADDED_FIELDS, error);
    this.#finish(error);
    this.#downstream.sendHead(head, closing || !this.#requestDone, added);
    if (sendsBody) this.#downstream.sendData(body, 0, body.length);
    this.#downstream.sendEnd(null);
  }

  /** For who may know what became of the request. */
  #explained(added: AddedFields, error: ProxyError | null): AddedFields {
    const { explainToken, listener } = this.#settings;
    if (explainToken === null || !wantsExplanation(this.#head, explainToken)) return added;
    const route = this.#hit?.value ?? null;
    return explainedAnswer(added, {
      listener,
      route: route?.label ?? null,
      action: route?.action.kind ?? null,
      rewritten: this.#target !== null,
      upstream: this.#attempts?.upstream.name ?? null,
      target: this.#attempts?.target?.name ?? null,
      attempts: this.#attempts?.count ?? 0,
      error: error?.code ?? null,
      requestId: this.#requestId.toString(),
    });
  }

  #finish(error: ProxyError | null): void {
    if (this.#finished) return;
    this.#finished = true;
    this.#guards?.stop();
    const { meters } = this.#settings;
    const meter =
      this.#hit === null ? meters.unrouted : meterFor(this.#hit.value, this.#attempts?.upstream ?? null);
    this.#tally.count(meter, this.#head.method, error, this.#nowMs());
    meters.listener.requestEnded();
    const { observer } = this.#services;
    if (isReported(this.#tally, error, observer)) reportEnd(this.#ended(), error, observer, this.#nowMs());
    this.#attempts?.release();
  }

  #ended(): EndedExchange {
    return {
      head: this.#head,
      client: this.#client,
      settings: this.#settings,
      tally: this.#tally,
      requestId: this.#requestId,
      route: this.#hit?.value ?? null,
      attempts: this.#attempts,
    };
  }

  get #guarded(): BodyGuards {
    this.#guards ??= new BodyGuards(this.#services.timers, this.#bounds, {
      receivedBytes: () => this.#tally.receivedBytes,
      takenBytes: () => this.#downstream.takenBytes,
      onTooSlow: (code) => this.#fail(proxyError(code)),
    });
    return this.#guards;
  }
}
