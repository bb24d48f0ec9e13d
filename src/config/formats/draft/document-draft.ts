/**
 * A native document before it is text. It says what the YAML will say, in the same words, and where each part
 * comes from, so that notes find their part and what `check` would refuse finds its source line. Whoever makes a
 * draft need not know whether it can be served: the finished text is checked.
 */
import type { PathPattern, Rewrite, ValueMatch } from "../../../routing/route-match.ts";
import type { Place } from "../../source/source-text.ts";

export interface DocumentDraft {
  /** Null: the name of the file that it is saved to. */
  readonly name: string | null;
  readonly from: Place;
  readonly settings: SettingsDraft;
  readonly listeners: readonly ListenerDraft[];
  readonly upstreams: readonly UpstreamDraft[];
  readonly routes: readonly RouteDraft[];
}

/** As written in YAML: `{ limits: { body: "1MiB" } }`. */
export interface SettingsDraft {
  readonly limits?: SettingsLimitsDraft;
  readonly timeouts?: SettingsTimeoutsDraft;
  readonly trusted_proxies?: readonly string[];
}

/** Durations such as `5s`, or `off`. */
export interface TimeoutsDraft {
  connect?: string;
  body?: string;
  response?: string;
  idle?: string;
}

export interface SettingsTimeoutsDraft extends TimeoutsDraft {
  head?: string;
  keep_alive?: string;
}

/** Sizes such as `1MiB`, or `off`. */
export interface LimitsDraft {
  body?: string;
}

export interface SettingsLimitsDraft extends LimitsDraft {
  line?: string;
  fields?: number;
  requests_per_connection?: number;
}

export interface ListenerDraft {
  readonly name: string;
  /** In any form that `listeners.*.address` takes. */
  readonly address: string | number;
  /** Null: it speaks in the clear. */
  readonly tls: ListenerTlsDraft | null;
  readonly from: Place;
}

/** As written in YAML. */
export interface ListenerTlsDraft {
  readonly certificates: readonly { readonly cert: string; readonly key: string }[];
  readonly unknown_name?: "refuse";
  readonly profile?: "modern";
}

export interface UpstreamDraft {
  readonly name: string;
  readonly targets: readonly TargetDraft[];
  readonly balance: BalanceDraft | null;
  readonly from: Place;
}

export type BalanceDraft =
  | "p2c"
  | "round_robin"
  | "random"
  | "least_requests"
  | { readonly policy: "hash"; readonly by: "source" };

export interface TargetDraft {
  /** `10.0.0.1:3000`, `[::1]:3000`, `unix:/run/app.sock` */
  readonly address: string;
  readonly weight: number;
  /** It serves when all others fail. */
  readonly spare?: true;
}

export type RouteDraft = HttpRouteDraft | TcpRouteDraft;

interface RouteOrigin {
  readonly from: Place;
  /** Whose notes stand above the route; `from` unless given. */
  readonly notesFrom?: Place | undefined;
}

export interface HttpRouteDraft extends RouteOrigin {
  readonly kind: "http";
  /** Names of listeners. */
  readonly listen: readonly string[];
  readonly hosts: readonly string[];
  readonly path: PathPattern;
  readonly methods: readonly string[];
  readonly headers: readonly ValueMatch[];
  readonly query: readonly ValueMatch[];
  readonly action: ActionDraft;
  readonly timeouts: Readonly<TimeoutsDraft>;
  readonly limits: Readonly<LimitsDraft>;
}

export type ActionDraft =
  | { readonly kind: "proxy"; readonly upstream: string; readonly rewrite: Rewrite | null }
  | { readonly kind: "redirect"; readonly to: string; readonly status: number }
  | RespondDraft;

export interface RespondDraft {
  readonly kind: "respond";
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface TcpRouteDraft extends RouteOrigin {
  readonly kind: "tcp";
  readonly listen: readonly string[];
  readonly upstream: string;
  readonly timeouts: Readonly<TimeoutsDraft>;
  /** Null: clients are held as long as the default says. */
  readonly attempts: number | null;
}

/** An answer of the proxy's own without a text. */
export function respondWith(status: number): RespondDraft {
  return { kind: "respond", status, headers: {}, body: "" };
}
