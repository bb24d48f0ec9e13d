/**
 * What a configuration does with one request, as data. Cheap to make: nothing is put into words here, and the
 * request that would be sent is read only when somebody asks (see `SentRequest`).
 */
import type { ProxyError } from "../base/proxy-error.ts";
import type { ListenerModel } from "../config/model.ts";
import type { HttpRoute, HttpSnapshot } from "../exchange/snapshot.ts";
import type { ClientIdentity } from "../pipeline/forwarding.ts";
import type { AddedField } from "../protocol/http/outbound-request.ts";
import type { RequestHead } from "../protocol/http/request-head.ts";
import type { RouteHit } from "../routing/router.ts";
import type { Upstream } from "../upstream/upstream.ts";
import type { ExplainedRequest } from "./request.ts";
import type { SentRequest } from "./sent-request.ts";

export interface Decision {
  readonly request: ExplainedRequest;
  /** Null when nothing listens where the URL points. */
  readonly listener: ListenerChoice | null;
  /** What an http listener made of it; null for tcp and without a listener. */
  readonly http: HttpPart | null;
  /** The label of the route, or null. */
  readonly route: string | null;
  readonly outcome: Outcome;
}

export interface ListenerChoice {
  readonly model: ListenerModel;
  readonly reason: ListenerReason;
  /** Others that would have done as well. */
  readonly others: readonly ListenerModel[];
}

export type ListenerReason =
  /** Whoever asks knows where the connection comes in. */
  | "given"
  /** It has the port that the URL names, or that goes with its scheme. */
  | "port"
  /** Several have the port, and this one the address as well. */
  | "address"
  /** The URL names no port, nothing has the scheme's own, and there is only this one. */
  | "only"
  /** Several would do, and this is the first that has a route for the request. */
  | "firstWithRoute"
  /** Several would do, none has a route for the request, and this is the first. */
  | "first";

export interface HttpPart {
  readonly snapshot: HttpSnapshot;
  readonly client: ClientIdentity;
  /** As far as it could be read. */
  readonly head: RequestHead;
  readonly hit: RouteHit<HttpRoute> | null;
  /** A trusted proxy's own, or a word for one that is made anew. */
  readonly requestId: string;
}

export type Outcome =
  /** The connection would be refused. */
  | { readonly kind: "unheard" }
  | { readonly kind: "tunnelled"; readonly upstream: string }
  | { readonly kind: "refused"; readonly error: ProxyError; readonly status: number | null }
  /** By a redirect or `respond`, or because the request may go no further. */
  | {
      readonly kind: "answered";
      readonly status: number;
      readonly fields: readonly AddedField[];
      readonly body: Buffer;
    }
  | { readonly kind: "forwarded"; readonly upstream: Upstream; readonly sent: SentRequest };
