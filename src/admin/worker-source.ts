/**
 * What one worker can tell of itself: its connections, its share of each target's load, the requests it has just
 * answered. Plain data in and out, so that it may be asked in this process or over a channel.
 */
import type { ConnectionReport, ConnectionsQuestion } from "../downstream/connection-report.ts";
import type { RecentQuestion, RecentReport } from "../observe/recent-requests.ts";
import type { ListenerCensus, TargetCensus, TargetKey } from "../runtime/start.ts";

export interface WorkerSource {
  /** Counted from 0; a worker that takes the place of another has its number. */
  readonly id: number;
  /** Null: it does not answer. */
  report(): Promise<WorkerReport | null>;
  /** In the order of their ids, those above `afterId`, at most `limit`. */
  connections(question: ConnectionsQuestion): Promise<readonly ConnectionReport[]>;
  /** The newest first. */
  requests(question: RecentQuestion): Promise<RecentReport>;
  setDrained(key: TargetKey, drained: boolean): Promise<void>;
}

export interface WorkerReport {
  readonly pid: number;
  readonly startedAtMs: number;
  readonly state: "serving" | "draining";
  readonly memoryBytes: number;
  /** With the port that the system chose when the configuration says 0. */
  readonly addresses: readonly { readonly name: string; readonly address: string }[];
  readonly listeners: readonly ListenerCensus[];
  readonly targets: readonly TargetCensus[];
}
