/**
 * The configuration as the rest of the program knows it: merged, validated, every default filled in,
 * every name resolved, all durations in milliseconds and sizes in bytes. Plain data, no behaviour.
 */
import type { HedgePolicy } from "../exchange/hedge.ts";
import type { RetryCondition } from "../exchange/retry-policy.ts";
import type { LineFilter } from "../observe/line/line-filter.ts";
import type { Rewrite, RouteMatch, ValuePattern } from "../routing/route-match.ts";
import type { BreakerSettings } from "../upstream/admission.ts";
import type { KeySource } from "../upstream/balancer/balancer.ts";
import type { OutlierSettings } from "../upstream/health/outliers.ts";
import type { UpstreamProtocol } from "../upstream/target.ts";
import type { BalanceSettings } from "../upstream/upstream.ts";
import type { RequestUrl } from "./values/request-url.ts";

export interface Configuration {
  readonly settings: Settings;
  readonly listeners: readonly ListenerModel[];
  readonly upstreams: readonly UpstreamModel[];
  readonly routes: readonly RouteModel[];
}

/** A place in a configuration file, both counted from 1. Columns count UTF-16 units. */
export interface Origin {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export interface Settings {
  /** Networks whose X-Forwarded-* and X-Request-Id are believed, as CIDR. */
  readonly trustedProxies: readonly string[];
  readonly notFoundMessage: string;
  /** A line per exchange and tunnel in each of them; empty: off. */
  readonly accessLogs: readonly AccessLogModel[];
  /** What no log shows, besides what is always hidden (observe/redaction.ts). */
  readonly redact: RedactModel;
  /** Null: nothing is traced. */
  readonly tracing: TracingModel | null;
  /** Adds `Via` to requests (RFC 9110 section 7.6.3). */
  readonly via: boolean;
  /** Adds `Forwarded` (RFC 7239) beside X-Forwarded-*. */
  readonly forwarded: boolean;
  readonly limits: Limits;
  readonly timeouts: Timeouts;
  /** Null: off. */
  readonly retry: RetryModel | null;
  readonly pool: PoolSettings;
  readonly dns: DnsSettings;
  /** How long SIGTERM waits for requests in flight. */
  readonly drainMs: number;
  /** Before that, not ready and still serving. */
  readonly drainLeadMs: number;
  /** Null: no listener has certificates that are obtained. */
  readonly acme: AcmeModel | null;
  /** Null: no listener has `tls: internal`. */
  readonly internalCa: InternalCaModel | null;
  readonly admin: AdminSettings;
  /** Who sends it in X-Portward-Explain is told what becomes of the request; null: nobody is. */
  readonly explainToken: string | null;
  /** The field in which clients say how many milliseconds they wait, in lower case; null for none. */
  readonly deadlineHeader: string | null;
  /** How many requests that were answered are kept for the admin address. 0: none. */
  readonly recentRequests: number;
  readonly workers: WorkerSettings;
}

/** A storage that many machines have in common. */
export interface SharedStorageModel {
  readonly kind: "redis" | "etcd";
  /** With user and password: secrets. One for Redis. */
  readonly urls: readonly string[];
  /** Of the names of its keys. */
  readonly prefix: string;
  /** What is put there is sealed with it; null: it lies there in the clear. */
  readonly passphrase: string | null;
}

/** How it is shown to an authority that a name is ours (RFC 8555 section 8, RFC 8737). */
export type ChallengeKind = "http-01" | "tls-alpn-01" | "dns-01";

/** The certificate authority of this machine, for development. */
export interface InternalCaModel {
  /** A directory. What lies where in it is said by values/acme-places.ts. */
  readonly storage: string;
  /** Of what it issues. */
  readonly lifetimeMs: number;
}

/** An authority that issues certificates (RFC 8555). */
export interface AcmeModel {
  /** A directory. What lies where in it is said by values/acme-places.ts. */
  readonly storage: string;
  /** What it is a copy of, which others share; null: it stands alone. */
  readonly shared: SharedStorageModel | null;
  /** Of the authority: a URL. */
  readonly directory: string;
  readonly email: string | null;
  /** The one that ours at the authority is bound to (RFC 8555 section 7.3.4); null: it asks for none. */
  readonly externalAccount: { readonly keyId: string; readonly key: string } | null;
  /** Of names; that for a wildcard is always `dns-01`. */
  readonly challenge: ChallengeKind;
  /** Null: no name is shown to be ours by DNS. */
  readonly dns: AcmeDnsModel | null;
  /** Null: certificates are obtained for names in the configuration alone. */
  readonly onDemand: OnDemandModel | null;
  /** A file of those that the authority's own certificate must be signed by; null: as everybody's. */
  readonly ca: string | null;
}

/** Who puts records into DNS, and when an authority may look. */
export interface AcmeDnsModel {
  readonly hook: DnsHookModel;
  /** For one call of it. */
  readonly timeoutMs: number;
  readonly seen:
    | { readonly kind: "wait"; readonly ms: number }
    /** Those of the zone when there are none. */
    | { readonly kind: "servers"; readonly servers: readonly string[]; readonly withinMs: number };
  /** Who is asked where the zone's are; empty: the system's. */
  readonly resolvers: readonly string[];
}

/** For which names certificates are obtained once somebody asks for them; at least one of the first two says so. */
export interface OnDemandModel {
  /** As in routes; empty: any that `ask` allows. */
  readonly hosts: readonly string[];
  /** A URL, or null. */
  readonly ask: string | null;
  readonly names: number;
  readonly perHour: number;
}

export type DnsHookModel =
  | {
      readonly kind: "exec";
      /** The program, then its arguments. */
      readonly command: readonly string[];
      readonly environment: readonly (readonly [name: string, value: string])[];
    }
  | { readonly kind: "webhook"; readonly url: string; readonly token: string | null };

export interface AdminSettings {
  /** What callers of the admin address must show; null: nobody is asked, and only this machine may call. */
  readonly token: string | null;
  /** Names under which it may be asked for, in lower case, beside IP addresses and `localhost`. */
  readonly hosts: readonly string[];
  /** Null: it speaks HTTP. */
  readonly tls: AdminTls | null;
}

/** Files, PEM. */
export interface AdminTls {
  readonly cert: string;
  readonly key: string;
  /** Who must have signed what callers show; null: they show nothing. */
  readonly clientCa: readonly string[] | null;
}

export interface AccessLogModel {
  readonly to:
    | { readonly kind: "stdout" }
    | { readonly kind: "file"; readonly path: string; readonly rotate: RotationModel | null }
    | {
        readonly kind: "syslog";
        readonly server: SyslogServer;
        readonly facility: number;
        readonly appName: string;
      };
  /** A template (observe/line/template.ts); null: JSON. */
  readonly format: string | null;
  /** Header fields whose values stand in a line of JSON, in lower case. */
  readonly requestFields: readonly string[];
  readonly answerFields: readonly string[];
  readonly only: LineFilter;
}

/** `Infinity`: never for this reason. */
export interface RotationModel {
  readonly sizeBytes: number;
  readonly ageMs: number;
  /** Old files, beside the one written to. */
  readonly keep: number;
  readonly gzip: boolean;
}

export type SyslogServer =
  | { readonly protocol: "unix"; readonly path: string }
  | { readonly protocol: "udp" | "tcp"; readonly host: string; readonly port: number };

export interface TracingModel {
  /** Where OTLP is sent, path included. */
  readonly endpoint: string;
  /** Of exchanges that begin a trace here, the share that is sent, from 0 to 1. */
  readonly sample: number;
  readonly serviceName: string;
  /** Whose `traceparent` is believed. */
  readonly parents: "everyone" | "trusted_proxies";
  /** Sent with each export. They are secrets. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** For one export, tries included. */
  readonly timeoutMs: number;
}

export interface RedactModel {
  readonly headers: readonly string[];
  /** Parameters of queries. */
  readonly query: readonly string[];
}

export interface WorkerSettings {
  /** An event loop that stands still for so long: the process is replaced. */
  readonly hangMs: number;
}

export interface Limits {
  /** Start line and fields together. Beyond: 431. */
  readonly headBytes: number;
  /** Beyond: 431. */
  readonly fieldCount: number;
  /** The request line. Beyond: 414. */
  readonly lineBytes: number;
  /** `Infinity`: none. Beyond: 413. */
  readonly bodyBytes: number;
  /** All chunk extensions of one body. Beyond: 400. */
  readonly chunkExtensionBytes: number;
  /** After so many requests a downstream connection is closed gracefully. */
  readonly requestsPerConnection: number;
  /** Downstream connections of one listener. Beyond: accepted and closed at once. */
  readonly connectionsPerListener: number;
  /** Connections to one target, idle ones included. Beyond: 503. */
  readonly connectionsPerTarget: number;
  /** Connects under way to one target. Beyond: 503. */
  readonly pendingConnectsPerTarget: number;
  /** Held in all for peers that do not take it. Beyond: those that stand still for longest are reset. */
  readonly heldBytes: number;
  /** Bytes a second that a body must move in either direction, averaged over `minRateWindowMs`. 0: none. */
  readonly minRateBytes: number;
  readonly minRateWindowMs: number;
}

export interface Timeouts {
  /** From a connection to the end of its TLS handshake. Beyond: closed. */
  readonly handshakeMs: number;
  /** To a target, TLS included. Beyond: 504. */
  readonly connectMs: number;
  /** From a request's first byte to the end of its head. Beyond: 408. */
  readonly headMs: number;
  /** Between two pieces of a request body. Beyond: 408. */
  readonly bodyMs: number;
  /** From the end of the request to the head of the answer. Beyond: 504. */
  readonly responseMs: number;
  /** Without a byte in either direction: an answer's body, a tunnel. */
  readonly idleMs: number;
  /** From the head of a request to the end of its answer, attempts and pauses included. Beyond: 504. */
  readonly totalMs: number;
  /** A downstream connection between two requests. */
  readonly keepAliveMs: number;
}

/** When a request is sent again beyond what is always safe; see exchange/retry-policy.ts. */
export interface RetryModel {
  readonly attempts: number;
  readonly after: readonly RetryCondition[];
  readonly statuses: readonly number[];
  /** Null: all. */
  readonly methods: readonly string[] | null;
  readonly bodyBytes: number;
  readonly perTryMs: number;
  readonly backoffMs: number;
  readonly maxBackoffMs: number;
  /** 0 to 1. */
  readonly budget: number;
}

export interface PoolSettings {
  /** Idle connections kept per target. 0: none are kept. */
  readonly idleConnections: number;
  readonly idleTimeoutMs: number;
  /** A connection older than this is not used again. */
  readonly maxAgeMs: number;
}

export interface DnsSettings {
  /** Name servers as `address:port`; empty: the system's resolver. */
  readonly servers: readonly string[];
  /** How long an answer without a TTL is believed. */
  readonly refreshMs: number;
}

export type Address =
  /** `host: null` is every address of the machine, IPv4 and IPv6. */
  | { readonly kind: "tcp"; readonly host: string | null; readonly port: number }
  | { readonly kind: "unix"; readonly path: string };

export interface ListenerModel {
  /** As written, or made from the address (`:5000`, `127.0.0.1:5000`). Unique. */
  readonly name: string;
  readonly address: Address;
  /** What its routes speak; all routes of a listener agree. */
  readonly protocol: ListenerProtocol;
  /** Null: what comes is in the clear, or is passed on as it is. */
  readonly tls: TlsModel | null;
  /** Whether trusted peers begin with a PROXY header. */
  readonly proxyProtocol: "off" | "accept" | "require";
  readonly origin: Origin;
}

/** `tls`: every connection is passed on by the name in its ClientHello. Beside http or tcp, some may be, too. */
export type ListenerProtocol = "http" | "tcp" | "tls";

export interface TlsModel {
  /** Those from files first; the first that is there is the default. */
  readonly certificates: readonly CertificateFiles[];
  /** For the hosts of its routes, the authority of this machine issues certificates; they come last. */
  readonly internal: boolean;
  /** Further ones are obtained once somebody asks for them; null: none. */
  readonly onDemand: OnDemandServing | null;
  readonly unknownName: "default" | "refuse";
  readonly profile: "intermediate" | "modern";
  readonly clientAuth: ClientAuthModel | null;
  /** A second, of one address. `Infinity`: no limit. */
  readonly handshakesPerSource: number;
  /** The value of Strict-Transport-Security, or null. */
  readonly hsts: string | null;
  readonly origin: Origin;
}

/** What a listener needs of `OnDemandModel`. */
export interface OnDemandServing {
  /** See values/acme-places.ts. */
  readonly home: string;
  readonly hosts: readonly string[];
}

/** Who sees to it that it is there. */
export type CertificateSourceKind = "files" | "acme" | "internal";

/** Paths are absolute, or relative to the working directory. */
export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
  readonly passphrase: string | null;
  readonly source: CertificateSourceKind;
  /** It is obtained under that name, and may not be there yet; null: somebody else puts it there. */
  readonly obtainedFor: string | null;
  /** Hosts that it is to be good for, where it is obtained. */
  readonly names: readonly string[];
  readonly origin: Origin;
}

export interface ClientAuthModel {
  readonly mode: "request" | "require";
  readonly ca: readonly string[];
  readonly crl: readonly string[];
}

/** TLS to the targets of an upstream that ask for it by their scheme. */
export interface UpstreamTlsModel {
  /** Null: the CAs that browsers trust. */
  readonly ca: readonly string[] | null;
  /** Whom certificates must name; null: each its target's host. */
  readonly serverName: string | null;
  /** Shown to targets that ask. */
  readonly certificate: CertificateFiles | null;
  /** SHA-256 of public keys, base64; empty: any key. */
  readonly pins: readonly string[];
  readonly verify: boolean;
  readonly origin: Origin;
}

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

export interface DiscoverModel {
  readonly source: DiscoverSource;
  /** How long the last good list holds while the source fails. `Infinity`: for good. */
  readonly keepMs: number;
}

/** See discovery/providers for the meaning of each. */
export type DiscoverSource =
  | { readonly provider: "file"; readonly path: string }
  | {
      readonly provider: "http";
      readonly url: string;
      readonly everyMs: number;
      readonly timeoutMs: number;
      readonly headers: readonly (readonly [name: string, value: string])[];
    }
  | {
      readonly provider: "dns";
      readonly name: string;
      readonly type: "address" | "srv";
      /** Of `address`. */
      readonly port: number;
      /** Null: those of the settings. */
      readonly servers: readonly string[] | null;
      readonly leastMs: number;
      readonly mostMs: number;
    }
  | {
      readonly provider: "consul";
      readonly url: string;
      readonly service: string;
      readonly tag: string | null;
      readonly datacenter: string | null;
      readonly token: string | null;
    }
  | {
      readonly provider: "etcd";
      readonly urls: readonly string[];
      readonly prefix: string;
      readonly user: string | null;
      readonly password: string | null;
    }
  | {
      readonly provider: "kubernetes";
      readonly service: string;
      readonly namespace: string | null;
      readonly port: string | number | null;
      readonly url: string | null;
      readonly tokenFile: string | null;
      readonly caFile: string | null;
    }
  | { readonly provider: "docker"; readonly socket: string; readonly upstream: string }
  | { readonly provider: "redis"; readonly url: string; readonly prefix: string; readonly refreshMs: number }
  | {
      readonly provider: "nats";
      readonly servers: readonly string[];
      readonly bucket: string;
      readonly prefix: string;
      readonly token: string | null;
    };

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

/** One of `tests`. It is no part of what is served. */
export interface ConfiguredTest {
  /** `DOCUMENT/tests/INDEX`: `shop/tests/0`. Unique. */
  readonly label: string;
  /** As written, or null. */
  readonly name: string | null;
  readonly method: string;
  readonly url: RequestUrl;
  /** Names in lower case. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** The client's address; null when the test does not care. */
  readonly from: string | null;
  readonly expect: Expectation;
}

/** What is null is not asked. */
export interface Expectation {
  readonly route: string | null;
  readonly notRoute: string | null;
  readonly upstream: string | null;
  /** `Host` as sent upstream. */
  readonly host: string | null;
  /** Path and query as sent upstream. */
  readonly path: string | null;
  /** The Location of a redirect. */
  readonly redirect: string | null;
  /** Of an answer that the proxy makes itself. */
  readonly status: number | null;
  readonly headers: readonly FieldExpectation[];
}

/** A field as sent upstream. */
export interface FieldExpectation {
  /** As it stands in the file. */
  readonly key: string;
  /** In lower case. */
  readonly name: string;
  /** Null: it must not be sent. */
  readonly value: ValuePattern | null;
}
