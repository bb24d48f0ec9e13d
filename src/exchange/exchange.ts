/**
 * One request and its answer, whatever the versions on either side. Read top-down it is the life of a
 * request (docs/life-of-a-request.md): route, act, connect, send, stream both ways, end. There is one way out,
 * `#finish`, and one for failures, `#fail`.
 */
import { ERRORS, type ProxyError, proxyError, statusFor } from "../base/proxy-error.ts";
import { type ClientIdentity, outboundRequest, requestIdFor } from "../pipeline/forwarding.ts";
import { errorAnswer, type OwnAnswer, ownAnswer } from "../pipeline/own-answer.ts";
import type { FieldBlock } from "../protocol/http/field-block.ts";
import { FIELD } from "../protocol/http/field-names.ts";
import { BODY } from "../protocol/http/framing.ts";
import { type RequestHead, TARGET_FORM } from "../protocol/http/request-head.ts";
import type { ResponseHead } from "../protocol/http/response-head.ts";
import type { Violation } from "../protocol/http/violation.ts";
import { normalisePath } from "../routing/normalise-path.ts";
import type { RoutedRequest, RouteHit } from "../routing/router.ts";
import type { H1Stream } from "../upstream/h1-stream.ts";
import type { Target } from "../upstream/target.ts";
import type { Upstream } from "../upstream/upstream.ts";
import type { UpstreamEvents, UpstreamStream } from "../upstream/upstream-stream.ts";
import { type AttemptOwner, Attempts } from "./attempts.ts";
import { deadlineCause } from "./deadline-cause.ts";
import type { DownstreamStream } from "./downstream-stream.ts";
import { RateGuard } from "./rate-guard.ts";
import type { HttpRoute, HttpSnapshot, RouteBounds, Services } from "./snapshot.ts";
import { startTunnel } from "./tunnel.ts";

export class Exchange implements UpstreamEvents, AttemptOwner, RoutedRequest {
  host = "";
  path = "";
  query = "";
  readonly #head: RequestHead;
  readonly #client: ClientIdentity;
  readonly #snapshot: HttpSnapshot;
  readonly #services: Services;
  readonly #downstream: DownstreamStream;
  readonly #startedMs: number;
  #requestId = "";
  #route: HttpRoute | null = null;
  #hit: RouteHit<HttpRoute> | null = null;
  #attempts: Attempts | null = null;
  #upstream: UpstreamStream | null = null;
  #requestDone = false;
  #requestBlocked = false;
  #receivedBytes = 0;
  #sentBytes = 0;
  #status = 0;
  #connectedMs = -1;
  #headMs = -1;
  #finished = false;
  #uploadGuard: RateGuard | null = null;
  #downloadGuard: RateGuard | null = null;

  constructor(
    head: RequestHead,
    client: ClientIdentity,
    snapshot: HttpSnapshot,
    services: Services,
    downstream: DownstreamStream,
  ) {
    this.#head = head;
    this.#client = client;
    this.#snapshot = snapshot;
    this.#services = services;
    this.#downstream = downstream;
    this.#startedMs = services.timers.clock.nowMs();
  }

  get method(): string {
    return this.#head.method;
  }

  header(name: string): string | null {
    return this.#head.fields.get(name);
  }

  /** Whether the session may read on in the request's body. */
  get wantsBody(): boolean {
    return this.#upstream !== null && !this.#requestBlocked && !this.#requestDone;
  }

  get requestDone(): boolean {
    return this.#requestDone;
  }

  start(): void {
    const head = this.#head;
    this.#requestId = requestIdFor(head, this.#client, this.#services.requestIds);
    if (head.isHttps && this.#client.scheme === "http") return this.#fail(proxyError("request.misdirected"));
    if (!this.#readTarget()) return this.#fail(proxyError("request.malformed", { rule: "pathEscape" }));
    this.#hit = this.#snapshot.router.match(this);
    if (this.#hit === null) return this.#fail(proxyError("route.not_found"));
    this.#route = this.#hit.value;
    if (head.framing.contentLength > this.#bounds.bodyBytes)
      return this.#fail(proxyError("limit.body_bytes"));
    if (isForUs(head)) return this.#answer(ownAnswer(200, [], NO_BODY, this.#wallMs()));
    this.#act(this.#route);
  }

  /** The request broke off before it was complete: by a violation in its body. */
  onRequestViolation(violation: Violation): void {
    this.#fail(proxyError(violation.code, { rule: violation.rule }));
  }

  onRequestData(bytes: Buffer, start: number, end: number): void {
    this.#receivedBytes += end - start;
    if (this.#receivedBytes > this.#bounds.bodyBytes) return this.#fail(proxyError("limit.body_bytes"));
    if (this.#uploadGuard === null && this.#receivedBytes > end - start) this.#watchUpload();
    this.#touch(this.#bounds.bodyMs);
    this.#upstream!.sendData(bytes, start, end);
  }

  onRequestEnd(trailers: FieldBlock | null): void {
    this.#requestDone = true;
    this.#uploadGuard?.stop();
    this.#upstream!.sendEnd(trailers);
    if (this.#status === 0) this.#touch(this.#bounds.responseMs);
  }

  /** The client is gone: nobody is left to answer. */
  onDownstreamGone(cause: string | null): void {
    this.#fail(proxyError("request.aborted", { cause }));
  }

  /** The client has sent its FIN behind a complete request: it may be listening still, or have left. */
  onDownstreamHalfClosed(): void {
    if (this.#status === 0) this.#touch(Math.min(this.#bounds.responseMs, HALF_CLOSED_MS));
    this.#halfClosed = true;
  }

  onDownstreamBlocked(): void {
    this.#upstream?.pause();
    this.#watchDownload().setWaiting(true);
  }

  onDownstreamDrain(): void {
    this.#downloadGuard?.setWaiting(false);
    this.#touch(this.#bounds.idleMs);
    this.#upstream?.resume();
  }

  onDeadline(): void {
    if (this.#upstream === null && this.#attempts !== null) return this.#attempts.timeOut();
    this.#fail(
      proxyError(
        deadlineCause({
          halfClosed: this.#halfClosed && this.#status === 0,
          requestDone: this.#requestDone,
          requestBlocked: this.#requestBlocked,
          answerBegun: this.#status !== 0,
          answerBlocked: this.#downstream.blocked,
        }),
      ),
    );
  }

  onConnecting(): void {
    this.#touch(this.#bounds.connectMs);
  }

  onConnected(stream: H1Stream, target: Target): void {
    this.#connectedMs = this.#services.timers.clock.nowMs();
    const head = this.#head;
    this.#upstream = stream;
    stream.lend(this);
    stream.sendHead(
      outboundRequest(head, this.#target(), target.name, this.#client, this.#requestId, this.#snapshot),
    );
    this.#touch(head.framing.kind === BODY.none ? this.#bounds.responseMs : this.#bounds.bodyMs);
    if (head.framing.kind === BODY.none) this.onRequestEnd(null);
    else this.#downstream.continueRequest();
  }

  onNotConnected(error: ProxyError): void {
    this.#fail(error);
  }

  onInterimHead(head: ResponseHead): void {
    if (this.#head.minorVersion === 1) this.#downstream.sendInterimHead(head);
  }

  onResponseHead(head: ResponseHead): void {
    this.#status = head.status;
    this.#headMs = this.#services.timers.clock.nowMs();
    if (head.framing.kind !== BODY.none) this.#touch(this.#bounds.idleMs);
    const unasked = this.#head.expectContinue && this.#receivedBytes === 0 && !this.#requestDone;
    this.#downstream.sendHead(head, unasked);
  }

  onResponseData(bytes: Buffer, start: number, end: number): void {
    this.#sentBytes += end - start;
    this.#touch(this.#bounds.idleMs);
    this.#downstream.sendData(bytes, start, end);
  }

  onResponseEnd(trailers: FieldBlock | null): void {
    this.#upstream = null;
    this.#finish(null);
    this.#downstream.sendEnd(trailers);
  }

  onUpgraded(head: ResponseHead, leftover: Buffer | null): void {
    this.#status = 101;
    const upstream = this.#upstream!.detach();
    this.#upstream = null;
    const client = this.#downstream.upgrade(head);
    startTunnel({
      downstream: client.connection,
      upstream,
      downstreamLeftover: client.leftover,
      upstreamLeftover: leftover,
      idleMs: this.#bounds.idleMs,
      timers: this.#services.timers,
      onEnd: (summary) => {
        this.#receivedBytes = summary.downstreamBytes;
        this.#sentBytes = summary.upstreamBytes;
        this.#finish(summary.error);
        this.#downstream.tunnelEnded();
      },
    });
  }

  onRequestBlocked(): void {
    this.#requestBlocked = true;
    this.#uploadGuard?.setWaiting(false);
    this.#touch(this.#bounds.idleMs);
  }

  onRequestDrain(): void {
    this.#requestBlocked = false;
    if (this.#requestDone) return;
    this.#uploadGuard?.setWaiting(true);
    this.#touch(this.#bounds.bodyMs);
    this.#downstream.continueRequest();
  }

  onUpstreamFailure(error: ProxyError): void {
    this.#upstream = null;
    if (this.#mayRepeat(error)) this.#attempts!.repeatFresh();
    else this.#fail(error);
  }

  #halfClosed = false;

  get #bounds(): RouteBounds {
    return this.#route?.bounds ?? this.#snapshot.fallback;
  }

  #wallMs(): number {
    return this.#services.timers.clock.wallMs();
  }

  /** Host, normalised path and query for routing; false when the path cannot be normalised. */
  #readTarget(): boolean {
    const head = this.#head;
    const bytes = head.fields.bytes;
    this.host = hostForRouting(head);
    const raw =
      head.targetStart < head.pathEnd ? bytes.toString("latin1", head.targetStart, head.pathEnd) : "/";
    const path = normalisePath(raw);
    if (path === null) return false;
    this.#isRaw = path === raw;
    this.path = path;
    if (head.pathEnd + 1 < head.targetEnd)
      this.query = bytes.toString("latin1", head.pathEnd + 1, head.targetEnd);
    return true;
  }

  #isRaw = true;

  #act(route: HttpRoute): void {
    const { action } = route;
    if (action.kind === "proxy") return this.#proxy(action.upstream);
    if (action.kind === "respond") {
      return this.#answer(ownAnswer(action.status, action.fields, action.body, this.#wallMs()));
    }
    const location = action.location(this, this.#hit!);
    this.#answer(ownAnswer(action.status, [["Location", location]], NO_BODY, this.#wallMs()));
  }

  #proxy(upstream: Upstream): void {
    this.#attempts = new Attempts(upstream, this);
    this.#attempts.begin();
  }

  /** What goes upstream is the path that was matched, never a spelling of it that might match otherwise. */
  #target(): string | null {
    const { action } = this.#route!;
    if (action.kind !== "proxy" || this.#head.targetForm === TARGET_FORM.asterisk) return null;
    if (action.rewrite !== null) return action.rewrite(this, this.#hit!);
    if (this.#isRaw) return null;
    return this.query === "" ? this.path : `${this.path}?${this.query}`;
  }

  /**
   * A pooled connection that died without a byte of answer: the request may be repeated when it means the
   * same twice (RFC 9110 section 9.2.2) and its body has not been taken from the client yet.
   */
  #mayRepeat(error: ProxyError): boolean {
    if (ERRORS[error.code].retry !== "ifReused" || this.#attempts!.count > 1) return false;
    return (
      IDEMPOTENT.has(this.#head.method) && this.#receivedBytes === 0 && this.#head.framing.kind === BODY.none
    );
  }

  #answer(answer: OwnAnswer): void {
    this.#status = answer.head.status;
    const sendsBody = this.#head.method !== "HEAD" && answer.body.length > 0;
    if (!sendsBody) answer.head.framing.kind = BODY.none;
    if (sendsBody) this.#sentBytes = answer.body.length;
    this.#downstream.sendHead(answer.head, this.#head.framing.kind !== BODY.none && !this.#requestDone);
    if (sendsBody) this.#downstream.sendData(answer.body, 0, answer.body.length);
    this.#finish(null);
    this.#downstream.sendEnd(null);
  }

  /** The one exit for failures: an answer while none has begun, a visible break after that. */
  #fail(error: ProxyError): void {
    if (this.#finished) return;
    this.#attempts?.cancel();
    const upstream = this.#upstream;
    this.#upstream = null;
    upstream?.abort();
    const status = this.#status === 0 ? statusFor(error.code) : null;
    if (status !== null) this.#status = status;
    this.#finish(error);
    if (status === null) this.#downstream.reset();
    else this.#sendError(error, status);
  }

  #sendError(error: ProxyError, status: number): void {
    const answer = errorAnswer(
      error,
      status,
      this.#requestId,
      this.#snapshot.notFoundMessage,
      this.#wallMs(),
    );
    const closing = ERRORS[error.code].side === "downstream" && error.code !== "route.not_found";
    const unread = this.#head.framing.kind !== BODY.none && !this.#requestDone;
    if (this.#head.method === "HEAD") answer.head.framing.kind = BODY.none;
    this.#downstream.sendHead(answer.head, closing || unread);
    if (this.#head.method !== "HEAD") this.#downstream.sendData(answer.body, 0, answer.body.length);
    this.#downstream.sendEnd(null);
  }

  #finish(error: ProxyError | null): void {
    if (this.#finished) return;
    this.#finished = true;
    this.#uploadGuard?.stop();
    this.#downloadGuard?.stop();
    const { observer } = this.#services;
    if (error !== null || observer.wantsAll) this.#record(error);
    this.#attempts?.release();
  }

  #record(error: ProxyError | null): void {
    const since = (ms: number): number | null => (ms < 0 ? null : ms - this.#startedMs);
    this.#services.observer.record({
      kind: "http",
      listener: this.#snapshot.listener,
      route: this.#route?.label ?? null,
      target: this.#attempts?.target?.name ?? null,
      requestId: this.#requestId,
      remoteAddress: this.#client.address,
      method: this.#head.method,
      host: this.#head.authority(),
      path: this.#head.target(),
      status: this.#status === 0 ? null : this.#status,
      attempts: this.#attempts?.count ?? 0,
      receivedBytes: this.#receivedBytes,
      sentBytes: this.#sentBytes,
      connectMs: since(this.#connectedMs),
      headMs: since(this.#headMs),
      totalMs: this.#services.timers.clock.nowMs() - this.#startedMs,
      error,
    });
  }

  #touch(afterMs: number): void {
    this.#downstream.setDeadline(this.#services.timers.clock.nowMs() + afterMs);
  }

  #watchUpload(): void {
    if (this.#bounds.minRateBytes === 0) return;
    const moved = () => this.#receivedBytes;
    this.#uploadGuard = this.#guard(moved, "request.too_slow");
    this.#uploadGuard.setWaiting(true);
  }

  #watchDownload(): RateGuard {
    this.#downloadGuard ??= this.#guard(() => this.#downstream.takenBytes, "answer.too_slow");
    return this.#downloadGuard;
  }

  #guard(moved: () => number, code: "request.too_slow" | "answer.too_slow"): RateGuard {
    const { minRateBytes, minRateWindowMs } = this.#bounds;
    return new RateGuard(this.#services.timers, minRateBytes, minRateWindowMs, moved, () =>
      this.#fail(proxyError(code)),
    );
  }
}

/** Lower-case, without the dot that makes a name absolute. */
function hostForRouting(head: RequestHead): string {
  const host = head.host().toLowerCase();
  return host.endsWith(".") ? host.slice(0, -1) : host;
}

/** RFC 9110 section 7.6.2: with no forward left, we are the recipient. */
function isForUs(head: RequestHead): boolean {
  return head.method === "OPTIONS" && head.fields.value(FIELD["max-forwards"]) === "0";
}

const IDEMPOTENT = new Set(["GET", "HEAD", "OPTIONS", "PUT", "DELETE"]);
const NO_BODY = Buffer.alloc(0);
/** A client that closed its sending side and gets no answer within this time has most likely left. */
const HALF_CLOSED_MS = 1_000;
