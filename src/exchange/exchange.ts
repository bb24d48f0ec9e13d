/**
 * One request and its answer, whatever the versions on either side. Read top-down it is the life of a
 * request (docs/life-of-a-request.md): route, act, stream both ways. How the request gets to a target is in
 * SendingExchange, the ways out are in EndingExchange.
 */
import { type ProxyError, proxyError } from "../base/proxy-error.ts";
import { HELD } from "../io/held-shedding.ts";
import { becomeCall, type GrpcWebPolicy, webCallIn } from "../pipeline/grpc-web.ts";
import { ownAnswer } from "../pipeline/own-answer.ts";
import { givenDeadlineMs } from "../pipeline/request-deadline.ts";
import { Base64Reader } from "../protocol/grpc-web/base64-body.ts";
import type { FieldBlock } from "../protocol/http/field-block.ts";
import { BODY } from "../protocol/http/framing.ts";
import type { AddedField } from "../protocol/http/outbound-request.ts";
import type { ResponseHead } from "../protocol/http/response-head.ts";
import type { Violation } from "../protocol/http/violation.ts";
import type { RouteHit } from "../routing/router.ts";
import { Again } from "./again.ts";
import { Attempts } from "./attempts.ts";
import { deadlineCause } from "./deadline-cause.ts";
import { type DecisionTaker, decide } from "./decide.ts";
import { GrpcWebAnswer } from "./grpc-web-answer.ts";
import { SendingExchange } from "./sending-exchange.ts";
import type { HttpRoute, HttpSnapshot, ProxyAction } from "./snapshot.ts";
import { chosenUpstream } from "./split.ts";
import { startTunnel } from "./tunnel.ts";

export class Exchange extends SendingExchange implements DecisionTaker {
  /** Reads a request's body that comes as text; null for all others. */
  #textBody: Base64Reader | null = null;

  /** Whether the session may read on in the request's body. */
  get wantsBody(): boolean {
    return this.upstream !== null && !this.requestBlocked && !this.requestDone;
  }

  /** @param snapshot of which only the settings are kept */
  start(snapshot: HttpSnapshot): void {
    decide(this.head, this.client, snapshot, this);
  }

  onRouted(hit: RouteHit<HttpRoute>): void {
    this.hit = hit;
    const givenMs = givenDeadlineMs(this.head, this.settings.deadlineHeader);
    this.patience.bounds = hit.value.bounds;
    this.patience.endMs = this.tally.startedMs + Math.min(hit.value.bounds.totalMs, givenMs);
    const { action } = hit.value;
    if (action.kind === "proxy" && action.grpcWeb !== null) this.#translate(action.grpcWeb);
  }

  onRefused(error: ProxyError): void {
    this.fail(error);
  }

  onAnswered(status: number, fields: readonly AddedField[], body: Buffer): void {
    this.finishWith(ownAnswer(status, fields, body, this.wallMs()), null, false);
  }

  onForwarded(action: ProxyAction, target: string | null): void {
    this.target = target;
    const { timers, random } = this.services;
    const upstream = chosenUpstream(action, this, random);
    this.again = Again.prepare(action, upstream, this.head, this, this.services);
    this.attempts = new Attempts(upstream, this, this, timers.clock, this.tally.trace);
    this.attempts.begin();
  }

  onRequestData(bytes: Buffer, start: number, end: number): void {
    const tally = this.tally;
    tally.receivedBytes += end - start;
    if (tally.receivedBytes > this.bounds.bodyBytes) return this.fail(proxyError("limit.body_bytes"));
    if (tally.receivedBytes > end - start && !this.isCall) this.guarded.watchUpload();
    this.patience.waitForBody(this.isCall);
    if (this.#textBody !== null) return this.#sendDecoded(this.#textBody, bytes, start, end);
    this.again?.keep(bytes, start, end);
    this.upstream!.sendData(bytes, start, end);
  }

  onRequestEnd(trailers: FieldBlock | null): void {
    if (this.#textBody?.isWhole === false) return this.fail(NO_BASE64);
    this.requestDone = true;
    this.guards?.stopUpload();
    this.attempts!.asked();
    this.upstream!.sendEnd(trailers);
    this.again?.onRequestSent(trailers, this.attempts!.target!);
    this.waitForTarget();
  }

  /** The request broke a rule in its body, after its head has gone upstream. */
  onRequestViolation(violation: Violation): void {
    this.fail(proxyError(violation.code, { rule: violation.rule }));
  }

  onRequestBlocked(): void {
    this.requestBlocked = true;
    this.patience.noteTaken(this.#takenNow());
    this.guards?.setUploadWaiting(false);
    this.patience.waitForReader();
  }

  onRequestDrain(): void {
    this.requestBlocked = false;
    if (this.requestDone) return;
    this.guards?.setUploadWaiting(true);
    this.patience.waitForBody(this.isCall);
    this.downstream.continueRequest();
  }

  onInterimHead(head: ResponseHead): void {
    if (this.head.minorVersion === 1) this.downstream.sendInterimHead(head);
  }

  onResponseHead(head: ResponseHead): void {
    const added = this.attempts!.answered(head.status);
    if (this.triesForBetter(head.status)) return;
    this.again?.hedge?.onAnswered();
    this.tally.status = head.status;
    this.tally.headMs = this.nowMs();
    this.tally.keepFields(head.fields, this.settings.keptFields);
    if (head.framing.kind !== BODY.none) this.patience.waitForPiece();
    // A client that waits for 100-continue and gets a final answer will not send its body (RFC 9110 section 10.1.1).
    const bodyWithheld = this.head.expectContinue && this.tally.receivedBytes === 0 && !this.requestDone;
    this.downstream.sendHead(head, bodyWithheld, this.explained(added, null));
  }

  onResponseData(bytes: Buffer, start: number, end: number): void {
    this.tally.sentBytes += end - start;
    this.patience.waitForPiece();
    this.downstream.sendData(bytes, start, end);
  }

  onResponseEnd(trailers: FieldBlock | null): void {
    this.upstream = null;
    this.finish(null);
    this.downstream.sendEnd(trailers);
  }

  onUpgraded(head: ResponseHead, leftover: Buffer | null): void {
    this.tally.status = 101;
    this.tally.keepFields(head.fields, this.settings.keptFields);
    this.attempts!.countAnswer(101);
    this.guards?.stop();
    const stream = this.upstream!;
    const upstream = stream.detach();
    this.upstream = null;
    const client = this.downstream.upgrade(head);
    startTunnel({
      downstream: client.connection,
      upstream,
      downstreamLeftover: client.leftover,
      upstreamLeftover: leftover,
      downstreamEnded: client.ended || this.patience.halfClosed,
      idleMs: this.bounds.idleMs,
      timers: this.services.timers,
      onEnd: (summary) => {
        this.tally.tunnelled(summary);
        stream.tunnelEnded();
        this.finish(summary.error);
        this.downstream.tunnelEnded();
      },
    });
  }

  onDownstreamBlocked(): void {
    this.upstream?.pause();
    this.patience.noteTaken(this.#takenNow());
    if (this.patience.halfClosed) this.patience.waitForReader();
    this.guarded.watchDownload();
  }

  onDownstreamDrain(): void {
    this.guards?.setDownloadWaiting(false);
    if (this.upstream === null) return;
    this.waitForTarget();
    this.upstream.resume();
  }

  /** The client has sent its FIN behind a complete request: it may be listening still, or have left. */
  onDownstreamHalfClosed(): void {
    if (this.patience.halfClosed) return;
    this.patience.halfClosed = true;
    if (!this.downstream.blocked) this.waitForTarget();
  }

  /** The client is gone: nobody is left to answer. */
  onDownstreamGone(cause: string | null): void {
    this.fail(cause === HELD ? proxyError("limit.held") : proxyError("request.aborted", { cause }));
  }

  onDeadline(): void {
    if (this.patience.leftMs <= 0) return this.fail(proxyError("upstream.total_timeout"));
    if (this.upstream === null && this.attempts !== null) return this.attempts.timeOut();
    const isBehind = this.downstream.blocked || this.requestBlocked;
    if (isBehind && this.patience.isSlowlyTaken(this.#takenNow())) return this.patience.waitForReader();
    const cause = deadlineCause({
      halfClosed: this.patience.halfClosed,
      requestDone: this.requestDone,
      requestBlocked: this.requestBlocked,
      answerBegun: this.tally.status !== 0,
      answerBlocked: this.downstream.blocked,
    });
    const isTry = cause === "upstream.response_timeout" && this.perTryMs < this.bounds.responseMs;
    this.failAttempt(proxyError(isTry ? "upstream.try_timeout" : cause));
  }

  /** The proxy stops and waits no longer. */
  onCut(): void {
    this.fail(proxyError("proxy.draining"));
  }

  /** Our own code threw. */
  onMistake(): void {
    this.fail(proxyError("proxy.internal"));
  }

  /** From here on the request is a call of gRPC, and its answer on the way back to a client of gRPC-Web. */
  #translate(policy: GrpcWebPolicy): void {
    const call = webCallIn(this.head);
    if (call === null) return;
    this.webCall = call;
    if (call.isText) this.#textBody = new Base64Reader();
    this.downstream = new GrpcWebAnswer(this.downstream, call.isText, policy, this.head);
    becomeCall(this.head, call);
  }

  #sendDecoded(reader: Base64Reader, bytes: Buffer, start: number, end: number): void {
    const decoded = reader.push(bytes, start, end);
    if (decoded === null) return this.fail(NO_BASE64);
    if (decoded.length === 0) return;
    this.again?.keep(decoded, 0, decoded.length);
    this.upstream!.sendData(decoded, 0, decoded.length);
  }

  #takenNow(): number {
    return this.downstream.takenBytes + (this.upstream?.takenBytes ?? 0);
  }
}

const NO_BASE64: ProxyError = proxyError("request.malformed", { rule: "base64" });
