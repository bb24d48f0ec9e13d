/**
 * What a configuration does with requests, without doing it. The listeners are compiled as they are for serving;
 * requests are written as bytes, read by the reader, decided by the exchange's own function and written by the
 * writer. Nothing here matches, rewrites or edits on its own account.
 */
import { type ProxyError, proxyError, statusFor } from "../base/proxy-error.ts";
import type { Random } from "../base/random.ts";
import { tlsRoutesOf } from "../compile/compile-entrance.ts";
import { compileHttp, tcpRouteOf } from "../compile/compile-snapshot.ts";
import type { Configuration, ListenerModel, TlsRouteModel, TracingModel } from "../config/model.ts";
import { balanceKey } from "../exchange/balance-key.ts";
import { type DecisionTaker, decide } from "../exchange/decide.ts";
import { takeParent } from "../exchange/exchange-trace.ts";
import type { HttpRoute, HttpSnapshot, ProxyAction } from "../exchange/snapshot.ts";
import { chosenUpstream } from "../exchange/split.ts";
import {
  type ClientIdentity,
  clientIdentity,
  outboundRequest,
  requestIdFor,
} from "../pipeline/forwarding.ts";
import { becomeCall, webCallIn } from "../pipeline/grpc-web.ts";
import { givenDeadlineMs } from "../pipeline/request-deadline.ts";
import type { SecureClient } from "../pipeline/secure-client.ts";
import type { CodecLimits } from "../protocol/h1/limits.ts";
import type { AddedField } from "../protocol/http/outbound-request.ts";
import type { RequestHead } from "../protocol/http/request-head.ts";
import { givenRequestId, type RequestId } from "../protocol/http/request-id.ts";
import { formatTraceparent } from "../protocol/http/trace-context.ts";
import type { RouteHit, RouteStep } from "../routing/router.ts";
import type { KeySource, PickRequest } from "../upstream/balancer/balancer.ts";
import type { Target } from "../upstream/target.ts";
import type { Upstream } from "../upstream/upstream.ts";
import { chooseListener } from "./choose-listener.ts";
import type { Decision, ListenerChoice, Outcome } from "./decision.ts";
import { inertUpstreams } from "./inert-upstreams.ts";
import { type ReadRequest, readRequest, receivedRequest } from "./read-request.ts";
import { type ExplainedRequest, requestBytes, SOME_CLIENT } from "./request.ts";
import { SentRequest } from "./sent-request.ts";

export class Decider {
  readonly configuration: Configuration;
  readonly #upstreams: ReadonlyMap<string, Upstream>;
  /** By the listener's name; compiled when a request first asks for one. */
  readonly #snapshots = new Map<string, HttpSnapshot>();

  /** @param configuration one that was loaded without errors */
  constructor(configuration: Configuration) {
    this.configuration = configuration;
    this.#upstreams = inertUpstreams(configuration);
  }

  /** @param trace receives what routing compared, in order; the decision is the same without it */
  decide(request: ExplainedRequest, trace: RouteStep[] | null = null): Decision {
    const hasRoute = (model: ListenerModel) => this.#hasRoute(model, request);
    const listener = chooseListener(request.url, this.configuration.listeners, hasRoute);
    if (listener !== null) return this.#decideOn(listener, request, trace);
    return { request, listener, http: null, route: null, outcome: { kind: "unheard" } };
  }

  /** As `decide`, for a connection that is known to come in there, whatever port the URL has. */
  decideAt(model: ListenerModel, request: ExplainedRequest, trace: RouteStep[] | null = null): Decision {
    return this.#decideOn({ model, reason: "given", others: [] }, request, trace);
  }

  #decideOn(listener: ListenerChoice, request: ExplainedRequest, trace: RouteStep[] | null): Decision {
    const passed = this.#passedOn(listener.model, request);
    if (passed === null && listener.model.protocol === "http") {
      return this.#decideHttp(request, listener, trace);
    }
    const route = passed ?? tcpRouteOf(this.configuration, listener.model);
    if (route === null) return { request, listener, http: null, route: null, outcome: NAME_REFUSED };
    const { label, upstream } = route;
    return { request, listener, http: null, route: label, outcome: { kind: "tunnelled", upstream } };
  }

  /** Whoever asks for a URL with https names its host in the ClientHello, and offers what browsers do. */
  #passedOn(model: ListenerModel, { url }: ExplainedRequest): TlsRouteModel | null {
    if (url.scheme !== "https") return null;
    const routes = tlsRoutesOf(this.configuration, model, (route) => route);
    return routes?.find(url.host, BROWSER_PROTOCOLS) ?? null;
  }

  #decideHttp(request: ExplainedRequest, listener: ListenerChoice, trace: RouteStep[] | null): Decision {
    const snapshot = this.#snapshot(listener.model);
    const client = clientOf(request, listener.model, snapshot);
    const { tracing } = this.configuration.settings;
    // Tracing takes the client's fields out of the head.
    const read = tracing === null ? receivedRequest : readAnew;
    const { head, violation } = read(request, snapshot.codec);
    const requestId = violation === null ? requestIdFor(head, client, () => NEW_REQUEST_ID) : NEW_REQUEST_ID;
    const note = new OutcomeNote(head, client, snapshot, requestId, tracing);
    if (violation === null) decide(head, client, snapshot, note, trace);
    else note.onRefused(proxyError(violation.code, { rule: violation.rule }));
    const { hit, outcome } = note;
    return {
      request,
      listener,
      http: { snapshot, client, head, hit, requestId: requestId.toString() },
      route: hit?.value.label ?? null,
      outcome: outcome!,
    };
  }

  #hasRoute(model: ListenerModel, request: ExplainedRequest): boolean {
    if (model.protocol !== "http") return false;
    return this.#decideHttp(request, { model, reason: "first", others: [] }, null).route !== null;
  }

  #snapshot(listener: ListenerModel): HttpSnapshot {
    const known = this.#snapshots.get(listener.name);
    if (known !== undefined) return known;
    const compiled = compileHttp(this.configuration, listener, this.#upstreams);
    if (!compiled.ok)
      throw new Error(`a sound configuration does not compile: ${compiled.error[0]?.message}`);
    this.#snapshots.set(listener.name, compiled.value);
    return compiled.value;
  }
}

/** Writes down what the exchange would carry out. */
class OutcomeNote implements DecisionTaker, PickRequest {
  hit: RouteHit<HttpRoute> | null = null;
  outcome: Outcome | null = null;
  readonly #head: RequestHead;
  readonly #client: ClientIdentity;
  readonly #snapshot: HttpSnapshot;
  readonly #requestId: RequestId;
  readonly #tracing: TracingModel | null;

  constructor(
    head: RequestHead,
    client: ClientIdentity,
    snapshot: HttpSnapshot,
    requestId: RequestId,
    tracing: TracingModel | null,
  ) {
    this.#tracing = tracing;
    this.#head = head;
    this.#client = client;
    this.#snapshot = snapshot;
    this.#requestId = requestId;
  }

  onRouted(hit: RouteHit<HttpRoute>): void {
    this.hit = hit;
  }

  onRefused(error: ProxyError): void {
    this.outcome = { kind: "refused", error, status: statusFor(error.code) };
  }

  onAnswered(status: number, fields: readonly AddedField[], body: Buffer): void {
    this.outcome = { kind: "answered", status, fields, body };
  }

  keyOf(source: KeySource): string | null {
    return balanceKey(this.#head, this.#client, source);
  }

  onForwarded(action: ProxyAction, path: string | null): void {
    const upstream = chosenUpstream(action, this, NO_DRAW);
    const target = upstream.pick(this, NONE_TRIED);
    if (target === null) return this.onRefused(proxyError("upstream.no_target"));
    const head = translated(this.#head, action);
    const [client, id, settings] = [this.#client, this.#requestId, this.#snapshot];
    const givenMs = givenDeadlineMs(head, settings.deadlineHeader);
    const leftMs = Math.min(givenMs, this.hit!.value.bounds.totalMs);
    const traceparent = this.#traceparent();
    const request = outboundRequest(head, path, target.name, client, id, settings, traceparent, leftMs);
    this.outcome = { kind: "forwarded", upstream, sent: new SentRequest(request) };
  }

  /** The trace goes on, or is a new one; the span is new in any case. */
  #traceparent(): string | null {
    if (this.#tracing === null) return null;
    const isBelieved = this.#client.trusted || this.#tracing.parents === "everyone";
    const parent = takeParent(this.#head, isBelieved);
    return parent === null ? NEW : formatTraceparent({ ...parent, spanId: NEW });
  }
}

/** As the route's filters leave it. */
function translated(head: RequestHead, { grpcWeb }: ProxyAction): RequestHead {
  const call = grpcWeb === null ? null : webCallIn(head);
  if (call === null) return head;
  const copy = head.copy();
  becomeCall(copy, call);
  return copy;
}

function readAnew(request: ExplainedRequest, limits: CodecLimits): ReadRequest {
  return readRequest(requestBytes(request), limits);
}

/** Requests that are drawn for go where most of them do. */
const NO_DRAW: Random = { nextUint32: () => 0xffff_ffff };

/** A Unix socket's clients have no address (see io/connection.ts). */
function clientOf(
  { from }: ExplainedRequest,
  listener: ListenerModel,
  snapshot: HttpSnapshot,
): ClientIdentity {
  const address = listener.address.kind === "unix" ? "" : (from ?? SOME_CLIENT);
  return clientIdentity(address, snapshot.isTrusted(address), listener.tls === null ? null : SOME_TLS);
}

const NONE_TRIED: readonly Target[] = [];
const BROWSER_PROTOCOLS = ["h2", "http/1.1"];
const NAME_REFUSED: Outcome = { kind: "refused", error: proxyError("tls.unknown_name"), status: null };

/** Which certificates there are is in files, and not asked; so no name is taken for the wrong one. */
const SOME_TLS: SecureClient = { serverName: null, shownNames: [], certificate: null };

/** Stands for the digits that nobody can foretell. */
const NEW = "(new)";
const NEW_REQUEST_ID = givenRequestId(NEW);
