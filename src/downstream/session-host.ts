/** The listener, as its sessions see it. */
import type { HttpSnapshot, Services } from "../exchange/snapshot.ts";
import type { H1Session } from "./h1-session.ts";
import type { ReaderStock } from "./reader-stock.ts";

export interface SessionHost {
  /** What new requests read; replaced by a reload. */
  readonly snapshot: HttpSnapshot;
  readonly services: Services;
  /** Readers that serve one session at a time. */
  readonly readers: ReaderStock;
  /** No request may follow the one under way. */
  readonly draining: boolean;
  onSessionEnd(session: H1Session): void;
}
