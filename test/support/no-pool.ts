/** A pool that keeps no connection and has no bounds, for targets that nobody connects to. */
import type { PoolOptions } from "../../src/upstream/stream-pool.ts";

export const NO_POOL: PoolOptions = {
  idleConnections: 0,
  idleTimeoutMs: 0,
  maxAgeMs: 0,
  connections: 0,
  pendingConnects: 0,
  codec: { headBytes: 0, lineBytes: 0, fieldCount: 0, chunkExtensionBytes: 0 },
};
