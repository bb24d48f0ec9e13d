/** What a target has its streams from: one implementation for each protocol that it may speak. */
import type { JointCells } from "../base/joint-cells.ts";
import type { ErrorCode, ProxyError } from "../base/proxy-error.ts";
import type { ConnectAddress, ConnectAttempt } from "../io/connect.ts";
import type { CodecLimits } from "../protocol/h1/limits.ts";
import type { ConnectionLimits } from "./joint/connection-count.ts";
import type { UpstreamEvents, UpstreamStream } from "./upstream-stream.ts";

export interface PoolOptions extends ConnectionLimits {
  readonly idleConnections: number;
  readonly idleTimeoutMs: number;
  readonly maxAgeMs: number;
  readonly codec: CodecLimits;
}

/** A stream that is lent to one exchange at a time. */
export interface LentStream extends UpstreamStream {
  lend(events: UpstreamEvents): void;
}

/** Who waits for a stream. Exactly one of the two is called, later, unless the wait is cancelled. */
export interface StreamWaiter {
  /** Only a stream that can become a tunnel will do. */
  readonly needsTunnel: boolean;
  onStream(stream: LentStream): void;
  onNoStream(error: ProxyError): void;
}

/** Where a target is to be found now. */
export interface AddressSource {
  connectAddresses(): readonly ConnectAddress[];
}

export interface StreamPool {
  /** Of connections, busy, idle and being made. */
  readonly total: number;
  readonly connecting: number;
  readonly idleCount: number;
  options: PoolOptions;
  /** Its connections count there, beside those of other workers; null: there are none. */
  countIn(joint: JointCells | null): void;
  /** A stream that is ready now, or null. */
  take(needsTunnel: boolean): LentStream | null;
  /** Makes a new connection, trying each address of the target in turn; or says why not. */
  connect(waiter: StreamWaiter): ConnectAttempt | ErrorCode;
  /** Idle connections are closed, busy ones when they are done. */
  close(): void;
}
