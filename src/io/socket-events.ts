/** The runtime's socket callbacks, one set for all connections: each finds its Connection in `socket.data`. */

import type { RawSocket } from "./connected-socket.ts";
import { Connection, type ConnectionHandler, flushOutbox } from "./connection.ts";
import { reportInternalFault } from "./internal-fault.ts";
import { refreshClock } from "./real-clock.ts";

/** Makes the owner of a connection that has just come to be. */
export type Adopt = (connection: Connection) => ConnectionHandler;

/** Callbacks for `Bun.listen` and `Bun.connect`; `adopt` runs when a socket opens. */
export function socketEvents(adopt: Adopt) {
  return {
    binaryType: "buffer",
    open(socket: RawSocket) {
      refreshClock();
      const connection = new Connection(socket, NOBODY);
      connection.holdDescriptor();
      connection.handler = adopt(connection);
      flushOutbox();
    },
    ...SHARED,
  } as const;
}

const SHARED = {
  data(socket: RawSocket, chunk: Buffer) {
    const connection = socket.data;
    if (connection === null || connection.closed) return;
    refreshClock();
    connection.handler.onData(chunk);
    flushOutbox();
  },
  drain(socket: RawSocket) {
    refreshClock();
    socket.data?.drained();
    flushOutbox();
  },
  end(socket: RawSocket) {
    refreshClock();
    socket.data?.ended();
    flushOutbox();
  },
  close(socket: RawSocket, error?: Error) {
    refreshClock();
    socket.data?.closedBy(systemWord(error));
    flushOutbox();
  },
  /** Called when one of the above throws, which is a mistake of ours: this connection pays, no other. */
  error(socket: RawSocket, error: Error) {
    reportInternalFault(error);
    socket.data?.abort();
    flushOutbox();
  },
};

/** `ECONNRESET` and the like, or null. */
export function systemWord(error: unknown): string | null {
  if (typeof error !== "object" || error === null || !("code" in error)) return null;
  return typeof error.code === "string" ? error.code : null;
}

const NOBODY: ConnectionHandler = {
  onData() {},
  onEnd() {},
  onBlocked() {},
  onDrain() {},
  onClose() {},
};
