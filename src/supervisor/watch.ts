/** Has workers looked at again and again, and those killed whose event loop stands still. Their places are filled as after any death. */
import type { Crew } from "./crew.ts";
import { Heartbeats } from "./heartbeats.ts";
import type { WorkerProcess } from "./worker-process.ts";

/** Ends with the returned function. */
export function watchWorkers(crew: Crew): () => void {
  let limitMs = 0;
  let beats: Heartbeats<WorkerProcess> | null = null;
  const timer = setInterval(() => {
    const hangMs = crew.configuration?.settings.workers.hangMs ?? 0;
    if (hangMs !== limitMs || beats === null) {
      limitMs = hangMs;
      const read = (worker: WorkerProcess) => heartbeatOf(crew, worker);
      beats = new Heartbeats(Math.ceil(limitMs / LOOK_MS), read, (worker) => end(crew, worker, hangMs));
    }
    beats.look(crew.workers);
  }, LOOK_MS).unref();
  return () => clearInterval(timer);
}

/** Null until the worker has taken its place. */
function heartbeatOf({ seats }: Crew, { seat, pid }: WorkerProcess): number | null {
  if (seats === null || seat === null) return null;
  const entry = seats.memory.workers.read(seat.slot);
  return entry.pid === pid ? entry.heartbeat : null;
}

function end(crew: Crew, worker: WorkerProcess, silentMs: number): void {
  crew.log({ level: "error", event: "worker_hangs", pid: worker.pid, silent_ms: silentMs });
  worker.kill();
}

/** Workers beat more often (worker/seating.ts). */
const LOOK_MS = 500;
