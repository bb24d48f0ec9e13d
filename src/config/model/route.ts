/** Which requests and connections take which way. See ../model.ts. */
import type { HedgePolicy } from "../../exchange/hedge.ts";
import type { Rewrite, RouteMatch } from "../../routing/route-match.ts";
import type { KeySource } from "../../upstream/balancer/balancer.ts";
import type { Limits, RetryModel, Timeouts } from "./bounds.ts";
import type { Origin } from "./place.ts";

interface RouteBase {
  /** `DOCUMENT/INDEX`, the name used in logs, metrics and tests: `shop/0`. Unique. */
  readonly label: string;
  /** Names of listeners, at least one. */
  readonly listeners: readonly string[];
  readonly origin: Origin;
}

export interface HttpRouteModel extends RouteBase {
  readonly kind: "http";
  readonly match: RouteMatch;
  readonly action: HttpAction;
  /** Settings overlaid by the route's own. */
  readonly limits: Limits;
  readonly timeouts: Timeouts;
  /** Null: off, or nothing is sent upstream. */
  readonly retry: RetryModel | null;
  readonly hedge: HedgePolicy | null;
  /** Null: all requests go where `action` says. */
  readonly split: SplitModel | null;
  readonly mirrors: readonly MirrorModel[];
  /** Null: calls of gRPC-Web are nothing special. */
  readonly grpcWeb: GrpcWebModel | null;
}

export interface GrpcWebModel {
  /** Whose pages may call, `*` for everybody's; empty: nothing is said of it. */
  readonly origins: readonly string[];
  readonly credentials: boolean;
}

/** Other upstreams that take a share of a route's requests. */
export interface SplitModel {
  readonly parts: readonly { readonly upstream: string; readonly share: number }[];
  /** What requests that go the same way have in common; null: each is drawn for. */
  readonly by: KeySource | null;
}

export interface MirrorModel {
  readonly upstream: string;
  readonly share: number;
  /** Requests with a longer body are not copied. */
  readonly bodyBytes: number;
}

export type HttpAction =
  | { readonly kind: "proxy"; readonly upstream: string; readonly rewrite: Rewrite | null }
  /** `to` may use captures, `{host}`, `{path}` and `{query}`. */
  | { readonly kind: "redirect"; readonly to: string; readonly status: 301 | 302 | 303 | 307 | 308 }
  | {
      readonly kind: "respond";
      readonly status: number;
      readonly headers: readonly (readonly [name: string, value: string])[];
      readonly body: string;
    };

interface TunnelRoute extends RouteBase {
  readonly upstream: string;
  readonly timeouts: Timeouts;
  readonly reconnect: ReconnectModel;
  /** The header that the target gets before the client's bytes. */
  readonly proxyProtocol: "off" | "v1" | "v2";
}

export interface TcpRouteModel extends TunnelRoute {
  readonly kind: "tcp";
}

/** TLS is passed on, and not spoken here. */
export interface TlsRouteModel extends TunnelRoute {
  readonly kind: "tls";
  /** Patterns of names; empty: any, and none. */
  readonly hosts: readonly string[];
  /** One of which the client must offer; empty: whatever it does. */
  readonly alpn: readonly string[];
}

export type TunnelRouteModel = TcpRouteModel | TlsRouteModel;

/** The client is held while no target accepts: rounds over all targets, `everyMs` apart, then it is closed. */
export interface ReconnectModel {
  readonly everyMs: number;
  readonly attempts: number;
}

export type RouteModel = HttpRouteModel | TunnelRouteModel;
