/** A supervised proxy behind the same face as one in this process, for the commands that serve. */
import type { CertificateDesk } from "../acme/kept-certificate.ts";
import { LocalWorker } from "../admin/local-worker.ts";
import type { WorkerSource } from "../admin/worker-source.ts";
import { ok, type Result } from "../base/result.ts";
import type { Configuration, TargetModel } from "../config/model.ts";
import type { UpstreamSource } from "../discovery/discovery.ts";
import { type Posix, posix } from "../io/posix.ts";
import type { SharedMemory } from "../io/shared-memory.ts";
import type { LogEvent } from "../runtime/log.ts";
import type { RunningProxy, StartFailure, TargetKey } from "../runtime/start.ts";
import { instanceDirectory, privateDirectory } from "./instance/directory.ts";
import { findPredecessors } from "./instance/predecessors.ts";
import { inheritedSockets } from "./socket-activation.ts";
import { WORKER_COMMAND } from "./spare-worker.ts";
import { type InstancePlace, type Relief, Supervisor } from "./supervisor.ts";
import type { StartedAs } from "./upgrade.ts";
import { coresAvailable } from "./worker-count.ts";
import type { WorkerProcess } from "./worker-process.ts";

export interface SuperviseOptions {
  readonly workers: number | "auto";
  /** What the instance is known by; null: nobody comes after it, and its workers end with it. */
  readonly instance: InstanceIdentity | null;
  readonly relief: Relief;
  readonly log: LogEvent;
}

export interface InstanceIdentity {
  /** Of the configuration. */
  readonly paths: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Whether a supervisor that lives is to be relieved. */
  readonly replace: boolean;
}

/** What a command may do with what it has started. */
export interface Served {
  readonly listeners: readonly { readonly name: string; readonly address: string }[];
  /** Those that live now. */
  workers(): readonly WorkerSource[];
  countReload(done: boolean): void;
  /** Of certificates, at an authority. */
  countOrder(obtained: boolean): void;
  /** Takes a target out by hand, or back, in every worker. */
  setDrained(key: TargetKey, drained: boolean): Promise<void>;
  /** Of the upstreams whose targets are found while running. */
  sources(): readonly UpstreamSource[];
  /** Those who see to certificates, for the configuration in force. */
  desks(): readonly CertificateDesk[];
  /** For targets that are found while running, in every worker. */
  setTargets(upstream: string, targets: readonly TargetModel[]): void;
  /** Where the instance counts; null where there is no such memory. */
  counted(): SharedMemory | null;
  /** Serves by another configuration, wholly or not at all. */
  reload(configuration: Configuration): Promise<Result<unknown, readonly StartFailure[]>>;
  /**
   * Accepts nothing new and lets what runs finish, at most so long; then cuts the rest.
   * @param onBegun called once nothing new is accepted
   */
  drain(deadlineMs: number, onBegun: () => void): Promise<void>;
  /** Whether others served before, and do not any more: there is no way back. */
  readonly tookOver: boolean;
  /** Has this program started anew, which takes over; false where that cannot be. */
  upgrade(): boolean;
  /** In every worker: files of access logs have been renamed. */
  reopenLogs(): void;
  stopNow(): void;
  readonly done: Promise<void>;
}

/** Begun before the configuration is known, because processes take a moment to start. */
export interface Supervision {
  start(configuration: Configuration): Promise<Result<Served, readonly StartFailure[]>>;
  /** There will be nothing to serve. */
  abandon(): void;
}

/** @param spare a worker that was started already */
export function beginSupervision(
  startedAs: StartedAs,
  options: SuperviseOptions,
  spare: WorkerProcess | null,
): Supervision {
  if (posix === null) return withoutWorkers(options);
  const calls = posix;
  const { workers, instance, log, relief } = options;
  const supervisor = new Supervisor(calls, {
    workers: workers === "auto" ? coresAvailable() : workers,
    command: [...startedAs.program, WORKER_COMMAND],
    spare,
    startedAs,
    relief,
    log,
  });
  supervisor.spawnAhead();
  return {
    async start(configuration) {
      const place = instance === null ? null : await placeFor(calls, instance, log);
      return supervisor.start(configuration, place);
    },
    abandon: () => supervisor.stopNow(),
  };
}

/** Null, with a line in the log, where there is no directory to be had; the instance then ends with its supervisor. */
async function placeFor(
  calls: Posix,
  identity: InstanceIdentity,
  log: LogEvent,
): Promise<InstancePlace | null> {
  const directory = instanceDirectory(identity);
  if (directory === null) {
    log({ level: "warn", event: "instance_unfindable", message: "no directory for sockets of the instance" });
    return null;
  }
  const inherited = inheritedSockets(calls, identity.environment);
  const predecessors = await findPredecessors(calls, directory);
  const living = predecessors.find(({ role }) => role === "supervisor");
  if (living === undefined || identity.replace) return { directory, predecessors, inherited };
  log({ level: "warn", event: "instance_runs_already", pid: living.pid, message: BESIDE });
  for (const each of predecessors) each.dismiss(calls);
  const own = privateDirectory(directory);
  return own === null ? null : { directory: own, predecessors: [], inherited };
}

/** Where sockets cannot be passed between processes, this one serves alone. */
function withoutWorkers({ log }: SuperviseOptions): Supervision {
  return {
    async start(configuration) {
      // Loaded only where it is needed: a supervisor serves nobody.
      const { startProxy } = await import("../runtime/start.ts");
      return servedHere(await startProxy(configuration, { log }));
    },
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
    countReload: (done) => proxy.countReload(done),
    countOrder: (obtained) => proxy.countOrder(obtained),
    setDrained: (key, drained) => worker.setDrained(key, drained),
    sources: () => [],
    desks: () => [],
    setTargets: (upstream, targets) => proxy.setTargets(upstream, targets),
    counted: () => proxy.counted(),
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
    tookOver: false,
    upgrade: () => false,
    reopenLogs: () => proxy.reopenLogs(),
    stopNow: () => proxy.stopNow(),
    done: proxy.done,
  });
}

const BESIDE =
  "an instance of this configuration runs already; this one serves beside it, and `--replace` relieves it";
