/** What a change would do, as data: the differences of the configurations, and of the answers to requests. */
import type { Counts, DifferenceGroup } from "./difference/ask-both.ts";
import type { Side } from "./side.ts";
import type { ConfigurationChanges } from "./structure/change.ts";
import type { TrafficReport } from "./traffic/traffic-report.ts";

export interface Plan {
  readonly before: Side;
  readonly after: Side;
  readonly changes: ConfigurationChanges;
  readonly requests: RequestComparison;
}

export interface RequestComparison {
  readonly asked: Readonly<Counts>;
  readonly different: Readonly<Counts>;
  /** The gravest first. */
  readonly groups: readonly DifferenceGroup[];
  readonly traffic: readonly TrafficReport[];
  /** For records that do not say for which host a request was, or where it came in. */
  readonly assumed: {
    readonly hosts: readonly string[];
    readonly listeners: readonly string[];
    /** There were more than could be tried. */
    readonly isCut: boolean;
  };
  /** There were more boundary cases than are tried; those of what has changed came first. */
  readonly isBoundaryCut: boolean;
}
