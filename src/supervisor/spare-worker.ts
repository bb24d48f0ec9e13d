/**
 * A worker process before there is a supervisor for it. Loading the command line takes as long as starting a worker, and
 * the two need nothing of each other; so the first worker is on its way before anything else.
 */
import { posix } from "../io/posix.ts";
import { WorkerProcess } from "./worker-process.ts";

/** Null where there are no workers. When nobody needs it, it ends with this process. */
export function spawnSpare(program: readonly string[]): WorkerProcess | null {
  return posix === null ? null : new WorkerProcess(posix, [...program, WORKER_COMMAND]);
}

/** Not in the help: it is of no use without a supervisor. */
export const WORKER_COMMAND = "worker";
