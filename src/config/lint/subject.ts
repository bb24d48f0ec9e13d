/** What is looked at: the finished routes with their places, and the router that would serve. */
import type { Router } from "../../routing/router.ts";
import type { BuiltRoute } from "../build/routes.ts";
import type { DiagnosticList } from "../diagnostics/diagnostic-list.ts";
import type { AcmeModel, HttpRouteModel, ListenerModel, TlsModel, UpstreamModel } from "../model.ts";
import type { ConfigNode } from "../source/config-node.ts";
import type { Place } from "../source/source-text.ts";
import type { Effort } from "./text/find-text.ts";

export interface LintSubject {
  readonly routes: readonly BuiltRoute[];
  readonly httpRoutes: readonly BuiltRoute<HttpRouteModel>[];
  readonly listeners: readonly ListenerModel[];
  readonly listenerPlaces: ReadonlyMap<string, Place>;
  /** Of all listeners, also of those that no route uses, which is told of by itself. */
  readonly tls: readonly TlsModel[];
  readonly upstreams: ReadonlyMap<string, UpstreamModel>;
  /** What has the upstream's `targets`: its entry, or the route. */
  readonly upstreamNodes: ReadonlyMap<string, ConfigNode>;
  /** As written, merged; null when there are none. */
  readonly settings: ConfigNode | null;
  /** Who is asked for certificates; null: nobody. */
  readonly acme: AcmeModel | null;
  /** By listener. */
  readonly routers: ReadonlyMap<string, Router<HttpRouteModel>>;
  readonly found: DiagnosticList;
  /** What proofs about patterns may still cost. */
  readonly effort: Effort;
}
