/** What a tunnel needs of each of its ends: a connection, or one stream of one. See `Connection` for the words. */
import type { ConnectionHandler } from "./connection.ts";

export interface Wire {
  handler: ConnectionHandler;
  readonly closed: boolean;
  readonly blocked: boolean;
  readonly unsentBytes: number;
  readonly takenBytes: number;
  readonly endedCleanly: boolean;
  /** What it hands on are chunks that belong to the receiver, not parts of what is its own. */
  readonly givesChunks: boolean;
  pause(): void;
  resume(): void;
  send(chunk: Buffer): void;
  finish(): void;
  abort(): void;
}
