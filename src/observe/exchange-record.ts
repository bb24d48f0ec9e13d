/**
 * What is known of an exchange or tunnel at its end. Whoever counts or logs gets this one record; nobody
 * listening costs one boolean (see `ExchangeObserver.wantsAll`).
 */
import type { ProxyError } from "../base/proxy-error.ts";

export interface ExchangeRecord {
  readonly kind: "http" | "tcp";
  readonly listener: string;
  /** The route's label, or null when none matched. */
  readonly route: string | null;
  /** The target of the last attempt. */
  readonly target: string | null;
  readonly requestId: string | null;
  readonly remoteAddress: string;
  readonly method: string | null;
  readonly host: string | null;
  /** As received; query included. */
  readonly path: string | null;
  /** What the client got; null when it got no answer. */
  readonly status: number | null;
  readonly attempts: number;
  readonly receivedBytes: number;
  readonly sentBytes: number;
  /** From the end of the request's head to the connection, to the head of the answer, to the end. */
  readonly connectMs: number | null;
  readonly headMs: number | null;
  readonly totalMs: number;
  readonly error: ProxyError | null;
}

export interface ExchangeObserver {
  /** Whether records of successes are of use; failures are always told. */
  readonly wantsAll: boolean;
  record(record: ExchangeRecord): void;
}
