/** The listener, as its sessions see it. */
import type { HttpSnapshot, Services } from "../exchange/snapshot.ts";
import type { Connection } from "../io/connection.ts";
import type { SecureClient } from "../pipeline/secure-client.ts";
import type { HeadStock } from "../protocol/h2/stream-record.ts";
import type { GrownWindows } from "../protocol/h2/window-growth.ts";
import type { HttpSession } from "./http-session.ts";
import type { ReaderStock } from "./reader-stock.ts";
import type { SharedBacklog } from "./shared-backlog.ts";
import type { UnrulySources } from "./unruly-sources.ts";

export interface SessionHost {
  /** What new requests read; replaced by a reload. */
  readonly snapshot: HttpSnapshot;
  readonly services: Services;
  /** Readers that serve one session at a time. */
  readonly readers: ReaderStock;
  /** Heads of HTTP/2 requests, which serve one stream at a time. */
  readonly heads: HeadStock;
  /** What all sessions together hold for clients whose windows are closed. */
  readonly backlog: SharedBacklog;
  /** By how much the windows of all sessions together have grown. */
  readonly grown: GrownWindows;
  /** Whose HTTP/2 connections had to be ended. */
  readonly unruly: UnrulySources;
  /** No request may follow the one under way. */
  readonly draining: boolean;
  onSessionEnd(session: HttpSession): void;
  /** The connection speaks HTTP/2, as its first bytes say: another session takes it over, these bytes first. */
  switchToH2(
    session: HttpSession,
    connection: Connection,
    secure: SecureClient | null,
    firstBytes: Buffer,
  ): void;
}
