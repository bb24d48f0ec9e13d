/** The workers, each in a line. */
import type { WorkersView } from "../views.ts";
import type { WorkerReport, WorkerSource } from "../worker-source.ts";

/** @param reports in the order of the workers */
export function workersView(
  workers: readonly WorkerSource[],
  reports: readonly (WorkerReport | null)[],
): WorkersView {
  const views = reports.map((report, index) => report && workerView(workers[index]!.id, report));
  return { workers: views.filter((view) => view !== null) };
}

function workerView(id: number, report: WorkerReport): WorkersView["workers"][number] {
  const { pid, startedAtMs, state, memoryBytes, listeners, targets } = report;
  return {
    id,
    pid,
    started_at: new Date(startedAtMs).toISOString(),
    state,
    memory_bytes: memoryBytes,
    connections: listeners.reduce((sum, { connections }) => sum + connections, 0),
    active: targets.reduce((sum, { active }) => sum + active, 0),
  };
}
