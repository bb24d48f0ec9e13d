/** Where traffic goes: targets, how they are found, chosen and watched. See ../model.ts. */
import type { BreakerSettings } from "../../upstream/admission.ts";
import type { OutlierSettings } from "../../upstream/health/outliers.ts";
import type { UpstreamProtocol } from "../../upstream/target.ts";
import type { BalanceSettings } from "../../upstream/upstream.ts";
import type { DiscoverModel } from "./discovery.ts";
import type { Origin } from "./place.ts";
import type { UpstreamTlsModel } from "./tls.ts";

export interface UpstreamModel {
  /** As written; of a route's inline targets, the route's label. Unique. */
  readonly name: string;
  readonly targets: readonly TargetModel[];
  readonly balance: BalanceModel;
  /** What is spoken to its targets. */
  readonly protocol: UpstreamProtocol;
  /** Null: nobody looks. */
  readonly health: HealthModel | null;
  /** Null: nobody is ejected. */
  readonly outliers: OutlierModel | null;
  readonly breaker: BreakerModel;
  /** Null when no target has TLS. */
  readonly tls: UpstreamTlsModel | null;
  /** Where further targets are found; null: those that are written are all. */
  readonly discover: DiscoverModel | null;
  readonly origin: Origin;
}

/** The policy with its own settings, and among which of the targets it chooses. */
export type BalanceModel = BalanceSettings;
export type OutlierModel = OutlierSettings;
export type BreakerModel = BreakerSettings;

export interface HealthModel {
  readonly check: HttpCheckModel | TcpCheckModel | GrpcCheckModel;
  /** Where the target is looked at; null: where requests go. */
  readonly port: number | null;
  readonly everyMs: number;
  readonly timeoutMs: number;
  /** Successes in a row until it is up, failures until it is down. */
  readonly rise: number;
  readonly fall: number;
}

export interface HttpCheckModel {
  readonly kind: "http";
  readonly method: string;
  readonly path: string;
  /** Null: the target's own name and port. */
  readonly host: string | null;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Those that are good, both ends included. */
  readonly statuses: readonly (readonly [from: number, to: number])[];
  readonly body:
    | { readonly kind: "contains"; readonly text: string }
    | { readonly kind: "regex"; readonly source: string }
    | null;
}

export interface GrpcCheckModel {
  readonly kind: "grpc";
  /** Empty: the server as a whole. */
  readonly service: string;
  readonly host: string | null;
}

export interface TcpCheckModel {
  readonly kind: "tcp";
  readonly send: string | null;
  readonly expect: string | null;
}

export interface TargetModel {
  readonly address:
    | { readonly kind: "tcp"; readonly host: string; readonly port: number; readonly tls?: true }
    | { readonly kind: "unix"; readonly path: string };
  /** 0 drains: nothing new is sent. */
  readonly weight: number;
  /** Its tier: the lowest number comes first. */
  readonly priority: number;
  readonly zone: string | null;
  readonly origin: Origin;
}
