/** A worker in another process: the same questions, over whatever leads there. */
import type { ConnectionReport, ConnectionsQuestion } from "../downstream/connection-report.ts";
import type { RecentQuestion, RecentReport } from "../observe/recent-requests.ts";
import type { TargetKey } from "../runtime/start.ts";
import type { WorkerReport, WorkerSource } from "./worker-source.ts";

/** As it travels. */
export type WorkerQuestion =
  | { readonly about: "report" }
  | { readonly about: "connections"; readonly question: ConnectionsQuestion }
  | { readonly about: "requests"; readonly question: RecentQuestion }
  | { readonly about: "drain"; readonly key: TargetKey; readonly drained: boolean };

/** What was asked, or null when there is no answer: a worker may hang or be about to end. */
export type AskWorker = (question: WorkerQuestion) => Promise<unknown>;

export class DistantWorker implements WorkerSource {
  readonly id: number;
  readonly #ask: AskWorker;

  constructor(id: number, ask: AskWorker) {
    this.id = id;
    this.#ask = ask;
  }

  async report(): Promise<WorkerReport | null> {
    return (await this.#ask({ about: "report" })) as WorkerReport | null;
  }

  async connections(question: ConnectionsQuestion): Promise<readonly ConnectionReport[]> {
    const answer = await this.#ask({ about: "connections", question });
    return (answer as readonly ConnectionReport[] | null) ?? [];
  }

  async requests(question: RecentQuestion): Promise<RecentReport> {
    const answer = await this.#ask({ about: "requests", question });
    return (answer as RecentReport | null) ?? { requests: [], skipped: 0 };
  }

  async setDrained(key: TargetKey, drained: boolean): Promise<void> {
    await this.#ask({ about: "drain", key, drained });
  }
}

/** The other end. */
export async function answerWorkerQuestion(worker: WorkerSource, asked: WorkerQuestion): Promise<unknown> {
  switch (asked.about) {
    case "report":
      return worker.report();
    case "connections":
      return worker.connections(asked.question);
    case "requests":
      return worker.requests(asked.question);
    case "drain":
      await worker.setDrained(asked.key, asked.drained);
      return true;
  }
}
