/** One downstream connection that speaks HTTP, whatever version, as its listener sees it. */
import type { Rostered } from "../base/roster.ts";
import type { SessionCensus } from "./connection-report.ts";

export interface HttpSession extends Rostered {
  readonly census: SessionCensus;
  /** Held for a client that does not take it. */
  readonly unsentBytes: number;
  /** Ends once what is under way is done. */
  drain(): void;
  /** Ends now. */
  cut(): void;
}
