/**
 * What one worker can tell of itself: its connections, its share of each target's load, the requests it has just
 * answered. Plain data in and out, so that it may be asked in this process or over a channel.
 */

export interface WorkerSource {
  /** Counted from 0; a worker that takes the place of another has its number. */
  readonly id: number;
  report(): Promise<WorkerReport>;
  /** In the order of their ids, those above `afterId`, at most `limit`. */
  connections(question: ConnectionsQuestion): Promise<readonly ConnectionReport[]>;
  /** The newest first. */
  requests(question: RequestsQuestion): Promise<RequestsReport>;
}

export interface WorkerReport {
  readonly pid: number;
  readonly startedAtMs: number;
  readonly state: "serving" | "draining";
  readonly memoryBytes: number;
  readonly listeners: readonly ListenerReport[];
  readonly targets: readonly TargetReport[];
}

export interface ListenerReport {
  readonly name: string;
  /** Where it listens, with the port that the system chose when the configuration says 0. */
  readonly address: string;
  readonly connections: number;
  /** Held for clients that do not take them. */
  readonly unsentBytes: number;
}

export interface TargetReport {
  readonly upstream: string;
  readonly target: string;
  readonly state: TargetState;
  /** Why its name has no address (`ENOTFOUND`), or null. */
  readonly failure: string | null;
  /** Exchanges and tunnels under way. */
  readonly active: number;
  /** Idle ones and those being made included. */
  readonly connections: number;
  readonly connecting: number;
  readonly idle: number;
}

/** `drained` by hand; `unresolved`: its name has no address. */
export type TargetState = "up" | "drained" | "unresolved";

export interface ConnectionsQuestion {
  readonly afterId: number;
  readonly limit: number;
  /** Null for those of all. */
  readonly listener: string | null;
}

export interface ConnectionReport {
  /** Never given twice by one worker. */
  readonly id: number;
  readonly listener: string;
  readonly protocol: "http/1.1" | "tcp";
  /** "" for a client of a Unix socket. */
  readonly remoteAddress: string;
  readonly openedAtMs: number;
  readonly state: "idle" | "active" | "tunnel" | "waiting" | "closing";
  /** Requests begun; 1 for a tunnel. */
  readonly requests: number;
  readonly unsentBytes: number;
}

export interface RequestsQuestion {
  readonly limit: number;
  /** `502`, or `5xx` for a class; null for all. */
  readonly status: string | null;
  readonly route: string | null;
  readonly host: string | null;
  readonly method: string | null;
}

export interface RequestsReport {
  readonly requests: readonly RequestReport[];
  /** Requests that were answered and not kept, because there were many. */
  readonly skipped: number;
}

/** A request that was answered, without the values of its fields and of its query. */
export interface RequestReport {
  readonly atMs: number;
  readonly requestId: string;
  readonly listener: string;
  readonly route: string | null;
  readonly target: string | null;
  readonly remoteAddress: string;
  readonly method: string;
  readonly host: string;
  /** As received; `***` for the values in its query. */
  readonly path: string;
  /** The names of its header fields, as received. */
  readonly fieldNames: readonly string[];
  readonly status: number | null;
  readonly error: string | null;
  readonly totalMs: number;
}
