/**
 * One place for a worker. Whoever holds it may die, leave or be replaced by a successor; the place and its listening
 * sockets stay. A successor is started beside the one that serves and takes over only once it serves itself.
 */
import { DistantWorker } from "../admin/distant-worker.ts";
import type { WorkerSource } from "../admin/worker-source.ts";
import { refreshClock } from "../io/real-clock.ts";
import type { LogEvent } from "../runtime/log.ts";
import type { StartFailure } from "../runtime/start.ts";
import { Backoff } from "./backoff.ts";
import type { ServingOrder, WorkerEvents, WorkerExit, WorkerProcess } from "./worker-process.ts";

export interface SlotHost {
  readonly log: LogEvent;
  spawn(events: WorkerEvents): WorkerProcess;
  /** For a replacement; null once nothing is to be replaced any more. */
  order(slot: number): ServingOrder | null;
  /** Of the configuration in force. */
  readonly generation: number;
  /** How long those that are replaced may take to finish. */
  readonly drainMs: number;
  /** Tells those that serve of each other, whenever it is somebody else. */
  introduce(): Promise<void>;
}

export class Slot implements WorkerEvents {
  readonly index: number;
  readonly #host: SlotHost;
  readonly #backoff = new Backoff();
  /** Told to finish; gone soon. */
  readonly #leavers = new Set<WorkerProcess>();
  #current: WorkerProcess | null = null;
  #next: WorkerProcess | null = null;
  /** What they were told to serve. */
  #currentGeneration = -1;
  #nextGeneration = -1;
  /** Whether `prepare` has begun, beyond the process itself. */
  #isStarting = false;
  /** Since when the present one serves. */
  #servingMs = 0;
  #timer: Timer | null = null;

  constructor(index: number, host: SlotHost) {
    this.index = index;
    this.#host = host;
  }

  /** Everybody who has not ended yet. */
  get workers(): WorkerProcess[] {
    return [this.#current, this.#next, ...this.#leavers].filter((worker) => worker !== null);
  }

  /** The one that serves. */
  get current(): WorkerProcess | null {
    return this.#current;
  }

  /** The one that serves, as somebody who can be asked. */
  get source(): WorkerSource | null {
    const worker = this.#current;
    return worker === null ? null : new DistantWorker(this.index, (question) => worker.ask(question));
  }

  /** Starts the process before there is anything to serve, because that takes a while. */
  spawnAhead(): void {
    this.#next ??= this.#host.spawn(this);
  }

  /** Gets a successor to serve beside the present worker. `commit` or `abandon` must follow. */
  async prepare(order: ServingOrder): Promise<readonly StartFailure[]> {
    if (this.#isStarting) this.#discardNext();
    this.#isStarting = true;
    this.#clearTimer();
    this.spawnAhead();
    this.#nextGeneration = order.generation;
    return this.#next!.serve(order);
  }

  /** The successor takes over; the one before it finishes what it has. Resolves once the others know. */
  async commit(): Promise<void> {
    const before = this.#settle();
    const introduced = this.#host.introduce();
    if (before !== null) void this.#release(before, this.#host.drainMs, introduced);
    await introduced;
  }

  /** As `commit`, where there is nobody before it, and the host introduces all at once. */
  commitFirst(): void {
    this.#settle();
  }

  #settle(): WorkerProcess | null {
    const before = this.#current;
    this.#current = this.#next;
    this.#currentGeneration = this.#nextGeneration;
    this.#next = null;
    this.#isStarting = false;
    this.#servingMs = refreshClock();
    return before;
  }

  abandon(): void {
    this.#discardNext();
    if (this.#current === null) this.#replaceLater(0);
  }

  /** Tells the present worker to serve by another configuration. Null: there is none now, and its successor will. */
  async reload(order: ServingOrder): Promise<readonly StartFailure[] | null> {
    const worker = this.#current;
    if (worker === null) return null;
    const failures = await worker.serve(order);
    if (failures.length === 0 && worker === this.#current) this.#currentGeneration = order.generation;
    return failures;
  }

  /**
   * Whoever is being started was told what is no longer so, and so was who took over while its predecessor was told
   * better; and who could not follow is no longer wanted.
   */
  renew(current: "keeps" | "is replaced"): void {
    const wasStarting = this.#isStarting;
    if (wasStarting) this.#discardNext();
    const isStale = this.#current !== null && this.#currentGeneration !== this.#host.generation;
    if (wasStarting || isStale || current === "is replaced") void this.#replace();
  }

  /** Resolves once nothing new is accepted here. */
  async drain(deadlineMs: number): Promise<void> {
    this.#clearTimer();
    this.#discardNext();
    const worker = this.#current;
    this.#current = null;
    if (worker !== null) await this.#release(worker, deadlineMs, Promise.resolve());
  }

  stop(): void {
    this.#clearTimer();
    for (const worker of this.workers) worker.stop();
    // That it ends now is no death.
    if (this.#current !== null) this.#leavers.add(this.#current);
    this.#current = null;
  }

  onLeaving(worker: WorkerProcess): void {
    if (worker !== this.#current || this.#isStarting) return;
    this.#host.log({ level: "info", event: "worker_leaving", worker: this.index, pid: worker.pid });
    void this.#replace();
  }

  onNonsense(worker: WorkerProcess, fault: string): void {
    const { index } = this;
    this.#host.log({ level: "error", event: "worker_nonsense", worker: index, pid: worker.pid, fault });
  }

  onExit(worker: WorkerProcess, exit: WorkerExit): void {
    if (this.#leavers.delete(worker)) return this.#checkLeaver(worker, exit);
    if (worker !== this.#current) return;
    this.#current = null;
    void this.#host.introduce();
    const delayMs = this.#backoff.next(refreshClock() - this.#servingMs);
    this.#reportDeath(worker, exit, delayMs);
    if (!this.#isStarting) this.#replaceLater(delayMs);
  }

  #checkLeaver(worker: WorkerProcess, exit: WorkerExit): void {
    if (exit.code !== 0) this.#reportDeath(worker, exit, null);
  }

  #reportDeath(worker: WorkerProcess, exit: WorkerExit, delayMs: number | null): void {
    this.#host.log({
      level: "error",
      event: "worker_died",
      worker: this.index,
      pid: worker.pid,
      ...(exit.signal === null ? { code: exit.code } : { signal: exit.signal }),
      lived_ms: exit.livedMs,
      ...(delayMs === null ? {} : { replaced_in_ms: delayMs }),
    });
  }

  #replaceLater(delayMs: number): void {
    this.#clearTimer();
    this.#timer = setTimeout(() => void this.#replace(), delayMs);
  }

  async #replace(): Promise<void> {
    const order = this.#host.order(this.index);
    if (order === null) return;
    const starting = this.prepare(order);
    const worker = this.#next!;
    const failures = await starting;
    // A reload, or the end, was faster.
    if (this.#next !== worker) return;
    if (failures.length > 0) return this.#retry(worker, failures);
    await this.commit();
    this.#host.log({ level: "info", event: "worker_ready", worker: this.index, pid: worker.pid });
  }

  #retry(worker: WorkerProcess, failures: readonly StartFailure[]): void {
    this.#discardNext();
    const delayMs = Math.max(this.#backoff.next(0), RETRY_MS);
    const { index } = this;
    const [first] = failures;
    this.#host.log({
      level: "error",
      event: "worker_failed",
      worker: index,
      pid: worker.pid,
      code: first!.code,
      message: first!.message,
      retried_in_ms: delayMs,
    });
    this.#replaceLater(delayMs);
  }

  /** @param forgotten nobody hands it a connection any more */
  async #release(worker: WorkerProcess, drainMs: number, forgotten: Promise<void>): Promise<void> {
    this.#leavers.add(worker);
    await forgotten;
    const timer = setTimeout(() => worker.kill(), drainMs + GRACE_MS);
    worker.exited.then(() => clearTimeout(timer));
    await worker.drain(drainMs);
  }

  #discardNext(): void {
    this.#next?.kill();
    this.#next = null;
    this.#isStarting = false;
  }

  #clearTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}

/** Beyond its deadline a worker still closes its log. */
const GRACE_MS = 2_000;
const RETRY_MS = 100;
