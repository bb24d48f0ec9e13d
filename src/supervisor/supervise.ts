/** A supervised proxy behind the same face as one in this process, for the commands that serve. */
import { LocalWorker } from "../admin/local-worker.ts";
import type { WorkerSource } from "../admin/worker-source.ts";
import { ok, type Result } from "../base/result.ts";
import type { Configuration } from "../config/model.ts";
import { posix } from "../io/posix.ts";
import type { LogEvent } from "../runtime/log.ts";
import { type RunningProxy, type StartFailure, startProxy, type TargetKey } from "../runtime/start.ts";
import { Supervisor } from "./supervisor.ts";
import { coresAvailable } from "./worker-count.ts";

export interface SuperviseOptions {
  readonly workers: number | "auto";
  readonly adminAddress: string | null;
  /** Workers end with the supervisor, instead of serving on until another takes over. */
  readonly endsWithSupervisor: boolean;
  readonly log: LogEvent;
}

/** What a command may do with what it has started. */
export interface Served {
  readonly listeners: readonly { readonly name: string; readonly address: string }[];
  /** Those that live now. */
  workers(): readonly WorkerSource[];
  /** Takes a target out by hand, or back, in every worker. */
  setDrained(key: TargetKey, drained: boolean): Promise<void>;
  /** Serves by another configuration, wholly or not at all. */
  reload(configuration: Configuration): Promise<Result<unknown, readonly StartFailure[]>>;
  /**
   * Accepts nothing new and lets what runs finish, at most so long; then cuts the rest.
   * @param onBegun called once nothing new is accepted
   */
  drain(deadlineMs: number, onBegun: () => void): Promise<void>;
  stopNow(): void;
  readonly done: Promise<void>;
}

/** Begun before the configuration is known, because processes take a moment to start. */
export interface Supervision {
  start(configuration: Configuration): Promise<Result<Served, readonly StartFailure[]>>;
  /** There will be nothing to serve. */
  abandon(): void;
}

/** @param program what starts this program again, but for the command's name */
export function beginSupervision(program: readonly string[], options: SuperviseOptions): Supervision {
  if (posix === null) return withoutWorkers(options);
  const { workers, endsWithSupervisor, log, adminAddress } = options;
  const supervisor = new Supervisor(posix, {
    workers: workers === "auto" ? coresAvailable() : workers,
    command: [...program, WORKER_COMMAND],
    endsWithSupervisor,
    log,
  });
  supervisor.spawnAhead();
  return {
    start: (configuration) => supervisor.start(configuration, adminAddress),
    abandon: () => supervisor.stopNow(),
  };
}

/** Where sockets cannot be passed between processes, this one serves alone. */
function withoutWorkers({ adminAddress, log }: SuperviseOptions): Supervision {
  return {
    start: async (configuration) => servedHere(await startProxy(configuration, { adminAddress, log })),
    abandon() {},
  };
}

/** A proxy of this process, for commands that do not care where it runs. */
export function servedHere<E>(started: Result<RunningProxy, E>): Result<Served, E> {
  if (!started.ok) return started;
  const proxy = started.value;
  const worker = new LocalWorker(0, proxy, Date.now());
  return ok({
    workers: () => [worker],
    setDrained: (key, drained) => worker.setDrained(key, drained),
    get listeners() {
      return proxy.listeners;
    },
    reload: (configuration) => proxy.reload(configuration),
    drain(deadlineMs, begun) {
      const onBegun = () => {
        worker.draining = true;
        begun();
      };
      return proxy.drain(deadlineMs, { onBegun });
    },
    stopNow: () => proxy.stopNow(),
    done: proxy.done,
  });
}

/** Not in the help: it is of no use without a supervisor. */
export const WORKER_COMMAND = "worker";
