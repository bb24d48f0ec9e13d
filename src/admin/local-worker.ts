/** The proxy of this process as a worker that can be asked: the only one, or what a worker process answers from. */
import type { ConnectionReport, ConnectionsQuestion } from "../downstream/connection-report.ts";
import type { RecentQuestion, RecentReport } from "../observe/recent-requests.ts";
import type { RunningProxy, TargetKey } from "../runtime/start.ts";
import type { WorkerReport, WorkerSource } from "./worker-source.ts";

export class LocalWorker implements WorkerSource {
  readonly id: number;
  /** Nothing new is accepted any more. */
  draining = false;
  readonly #proxy: RunningProxy;
  readonly #startedAtMs: number;

  /** @param startedAtMs since 1970 */
  constructor(id: number, proxy: RunningProxy, startedAtMs: number) {
    this.id = id;
    this.#proxy = proxy;
    this.#startedAtMs = startedAtMs;
  }

  async report(): Promise<WorkerReport> {
    return {
      pid: process.pid,
      startedAtMs: this.#startedAtMs,
      state: this.draining ? "draining" : "serving",
      memoryBytes: process.memoryUsage.rss(),
      addresses: this.#proxy.listeners,
      ...this.#proxy.census(),
    };
  }

  async connections(question: ConnectionsQuestion): Promise<readonly ConnectionReport[]> {
    return this.#proxy.connections(question);
  }

  async requests(question: RecentQuestion): Promise<RecentReport> {
    return this.#proxy.requests(question);
  }

  async setDrained(key: TargetKey, drained: boolean): Promise<void> {
    this.#proxy.setDrained(key, drained);
  }
}
