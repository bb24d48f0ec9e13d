/**
 * The compiled, frozen configuration that requests read. An exchange keeps the one it began with; a reload
 * puts another in its place for those that begin later. Nothing here is changed once it is built.
 */
import type { Timers } from "../base/clock.ts";
import type { Random } from "../base/random.ts";
import type { ExchangeObserver } from "../observe/exchange-record.ts";
import type { ListenerMeter } from "../observe/metrics/listener-meter.ts";
import type { RouteMeter, TunnelMeter } from "../observe/metrics/route-meter.ts";
import type { GrpcWebPolicy } from "../pipeline/grpc-web.ts";
import type { RequestIds } from "../pipeline/request-id.ts";
import type { TrustCheck } from "../pipeline/trusted-proxies.ts";
import type { CodecLimits } from "../protocol/h1/limits.ts";
import type { AddedField, AddedFields } from "../protocol/http/outbound-request.ts";
import type { CompiledRedirect } from "../routing/compile-redirect.ts";
import type { CompiledRewrite } from "../routing/compile-rewrite.ts";
import type { Router } from "../routing/router.ts";
import type { Upstream } from "../upstream/upstream.ts";
import type { Tracer } from "./exchange-trace.ts";
import type { HedgePolicy } from "./hedge.ts";
import type { MirrorPolicy } from "./mirror.ts";
import type { RetryPolicy } from "./retry-policy.ts";
import type { Split } from "./split.ts";

/** All that an HTTP listener's sessions and exchanges read. */
export interface HttpSnapshot extends HttpSettings {
  readonly router: Router<HttpRoute>;
  /**
   * The same without the router, for whoever may last for days: streams that began under many different
   * configurations must not keep all of their routes in memory.
   */
  readonly settings: HttpSettings;
}

/** What holds for a whole HTTP listener. */
export interface HttpSettings {
  readonly listener: string;
  readonly codec: CodecLimits;
  readonly isTrusted: TrustCheck;
  readonly notFoundMessage: string;
  /** Fields of answers whose values the record keeps, in lower case. */
  readonly keptFields: readonly string[];
  /** Strict-Transport-Security, for answers that have none; null without. */
  readonly hsts: AddedFields | null;
  /** Who sends it is told what becomes of the request; null: nobody is. */
  readonly explainToken: string | null;
  /** Answers to authorities that ask whether a host is ours, before any route; null: nobody asks. */
  readonly challenges: ((path: string) => Buffer | null) | null;
  /** The field in which clients say how many milliseconds they wait, in lower case; null for none. */
  readonly deadlineHeader: string | null;
  /** Null: nothing is traced, and what clients say of traces passes as it is. */
  readonly tracer: Tracer | null;
  readonly via: boolean;
  readonly forwarded: boolean;
  readonly requestsPerConnection: number;
  readonly connections: number;
  readonly headMs: number;
  readonly keepAliveMs: number;
  /** For answers that belong to no route. */
  readonly fallback: RouteBounds;
  readonly meters: ListenerMeters;
}

/** Where a listener's connections and requests are counted. */
export interface ListenerMeters {
  readonly listener: ListenerMeter;
  /** For requests that no route took. */
  readonly unrouted: RouteMeter;
}

/** What a TCP listener's sessions read. */
export interface TcpSnapshot {
  readonly listener: string;
  /** At once; those beyond are closed as they are accepted. */
  readonly connections: number;
  readonly route: TcpRoute;
  readonly upstream: Upstream;
  readonly meters: { readonly listener: ListenerMeter; readonly route: TunnelMeter };
}

export interface TcpRoute {
  readonly label: string;
  readonly timeouts: { readonly connectMs: number; readonly idleMs: number };
  readonly reconnect: { readonly everyMs: number; readonly attempts: number };
  /** The header that the target gets before the client's bytes. */
  readonly proxyProtocol: "off" | "v1" | "v2";
}

/** The limits and deadlines of one route; see config/model.ts for their meaning. */
export interface RouteBounds {
  readonly bodyBytes: number;
  readonly minRateBytes: number;
  readonly minRateWindowMs: number;
  readonly connectMs: number;
  readonly bodyMs: number;
  readonly responseMs: number;
  readonly idleMs: number;
  /** For everything, from the head of the request to the end of the answer. */
  readonly totalMs: number;
}

export interface HttpRoute {
  readonly label: string;
  /** The path that it is for, as written; null for a pattern of its own kind. */
  readonly pathPattern: string | null;
  readonly bounds: RouteBounds;
  readonly meter: RouteMeter;
  readonly action: RouteAction;
}

export type RouteAction =
  | ProxyAction
  | { readonly kind: "redirect"; readonly status: number; readonly location: CompiledRedirect }
  | {
      readonly kind: "respond";
      readonly status: number;
      readonly fields: readonly AddedField[];
      readonly body: Buffer;
    };

export interface ProxyAction {
  readonly kind: "proxy";
  readonly upstream: Upstream;
  /** Null: the path goes on as it was matched. */
  readonly rewrite: CompiledRewrite | null;
  /** Null: only what is repeated without being asked. */
  readonly retry: RetryPolicy | null;
  readonly hedge: HedgePolicy | null;
  /** Null: all requests go to `upstream`. */
  readonly split: Split | null;
  readonly mirrors: readonly MirrorPolicy[];
  /** Null: calls of gRPC-Web go to the target as they are. */
  readonly grpcWeb: GrpcWebPolicy | null;
}

/** What outlives snapshots and serves every exchange. */
export interface Services {
  readonly timers: Timers;
  readonly requestIds: RequestIds;
  readonly random: Random;
  readonly observer: ExchangeObserver;
  /** A client's connection has ended, after it was counted out. */
  readonly connectionEnded: () => void;
}
