/** What holds for all of an instance. See ../model.ts. */
import type { AcmeModel, InternalCaModel } from "./acme.ts";
import type { Limits, PoolSettings, RetryModel, Timeouts } from "./bounds.ts";
import type { AccessLogModel, RedactModel, TracingModel } from "./logging.ts";
import type { AdminTls } from "./tls.ts";

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

export interface AdminSettings {
  /** What callers of the admin address must show; null: nobody is asked, and only this machine may call. */
  readonly token: string | null;
  /** Names under which it may be asked for, in lower case, beside IP addresses and `localhost`. */
  readonly hosts: readonly string[];
  /** Null: it speaks HTTP. */
  readonly tls: AdminTls | null;
}

export interface WorkerSettings {
  /** An event loop that stands still for so long: the process is replaced. */
  readonly hangMs: number;
}

export interface DnsSettings {
  /** Name servers as `address:port`; empty: the system's resolver. */
  readonly servers: readonly string[];
  /** How long an answer without a TTL is believed. */
  readonly refreshMs: number;
}
