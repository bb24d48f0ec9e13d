/** How much, how long and how often: what a listener, a route or an upstream may narrow. See ../model.ts. */
import type { RetryCondition } from "../../exchange/retry-policy.ts";

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
