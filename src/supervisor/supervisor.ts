/**
 * The process that serves nobody and outlives everybody who does. It holds the listening sockets and the
 * configuration, keeps a worker in every slot, and is what a user starts, signals and asks.
 */
import type { WorkerSource } from "../admin/worker-source.ts";
import { err, ok, type Result } from "../base/result.ts";
import type { Configuration, ListenerModel } from "../config/model.ts";
import { socketAddress } from "../io/listen.ts";
import type { Posix } from "../io/posix.ts";
import { type AdminServer, startAdmin } from "../runtime/admin-address.ts";
import type { LogEvent } from "../runtime/log.ts";
import { adminFailure, type StartFailure, type TargetKey } from "../runtime/start.ts";
import { listenerKey } from "../runtime/upstream-keys.ts";
import { descriptorsFor, ListeningSockets, type SocketsByListener } from "./listening-sockets.ts";
import { Slot, type SlotHost } from "./slot.ts";
import { type ServingOrder, type WorkerEvents, WorkerProcess } from "./worker-process.ts";

export interface SupervisorOptions {
  readonly workers: number;
  /** What starts a worker of this program. */
  readonly command: readonly string[];
  /** Workers end with the supervisor, instead of serving on until another takes over. */
  readonly endsWithSupervisor: boolean;
  readonly log: LogEvent;
}

/** What is in force. */
interface Generation {
  readonly configuration: Configuration;
  readonly sockets: SocketsByListener;
}

export class Supervisor implements SlotHost {
  readonly done: Promise<void>;
  readonly #calls: Posix;
  readonly #options: SupervisorOptions;
  readonly #slots: readonly Slot[];
  readonly #sockets: ListeningSockets;
  readonly #resolve: () => void;
  #generation: Generation | null = null;
  #admin: AdminServer | null = null;
  #stopping = false;
  readonly #stopped = Promise.withResolvers<void>();
  /** Targets that are taken out by hand, by the names they have now. */
  #drained: TargetKey[] = [];

  constructor(calls: Posix, options: SupervisorOptions) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.done = promise;
    this.#resolve = resolve;
    this.#calls = calls;
    this.#options = options;
    this.#sockets = new ListeningSockets(calls, options.workers);
    this.#slots = Array.from({ length: options.workers }, (_, index) => new Slot(index, this));
  }

  get log(): LogEvent {
    return this.#options.log;
  }

  get drainMs(): number {
    return this.#generation?.configuration.settings.drainMs ?? 0;
  }

  spawn(events: WorkerEvents): WorkerProcess {
    return new WorkerProcess(this.#calls, this.#options.command, events);
  }

  order(slot: number): ServingOrder | null {
    return this.#generation === null || this.#stopping ? null : this.#startOrder(slot, this.#generation);
  }

  get listeners(): { readonly name: string; readonly address: string }[] {
    const { configuration, sockets } = this.#generation!;
    return configuration.listeners.map(({ name }) => ({
      name,
      address: socketAddress(sockets.get(name)!.address),
    }));
  }

  workers(): WorkerSource[] {
    return this.#slots.flatMap(({ source }) => source ?? []);
  }

  /** In every worker, and in those that take a place later. */
  async setDrained(key: TargetKey, drained: boolean): Promise<void> {
    this.#drained = this.#drained.filter((each) => !Bun.deepEquals(each, key));
    if (drained) this.#drained.push(key);
    await Promise.all(this.workers().map((worker) => worker.setDrained(key, drained)));
  }

  /** Worker processes take a moment to start; they may do so while the configuration is read. */
  spawnAhead(): void {
    for (const slot of this.#slots) slot.spawnAhead();
  }

  async start(
    configuration: Configuration,
    adminAddress: string | null,
  ): Promise<Result<Supervisor, readonly StartFailure[]>> {
    const failures = [...(await this.#put(configuration)), ...this.#startAdmin(adminAddress)];
    if (failures.length === 0) return ok(this);
    this.stopNow();
    await this.done;
    return err(failures);
  }

  /** With every worker, or not at all. */
  async #put(configuration: Configuration): Promise<readonly StartFailure[]> {
    const sockets = this.#sockets.open(configuration.listeners);
    if (!sockets.ok) return sockets.error;
    const next = { configuration, sockets: sockets.value };
    const starting = this.#slots.map((slot) => slot.prepare(this.#startOrder(slot.index, next)));
    const failures = (await Promise.all(starting)).find((each) => each.length > 0) ?? [];
    if (failures.length > 0) {
      this.#sockets.abandon(sockets.value);
      return failures;
    }
    this.#generation = next;
    for (const slot of this.#slots) slot.commit();
    this.#sockets.use(configuration.listeners, sockets.value);
    return [];
  }

  /**
   * Serves by another configuration. One worker tries it first; when that one cannot, nothing changes. Any other that
   * cannot is replaced, since it has gone wrong by itself.
   */
  async reload(configuration: Configuration): Promise<Result<null, readonly StartFailure[]>> {
    if (this.#stopping) return err([STOPPING]);
    const known = new Set(this.#sockets.sets.keys());
    const sockets = this.#sockets.open(configuration.listeners);
    if (!sockets.ok) return sockets;
    const next = { configuration, sockets: sockets.value };
    const tell = (slot: Slot) => slot.reload(this.#reloadOrder(slot.index, next, known));
    const trier = this.#slots.find(({ pid }) => pid !== null);
    const failures = trier === undefined ? [] : ((await tell(trier)) ?? []);
    if (failures.length > 0) {
      this.#sockets.abandon(sockets.value);
      return err(failures);
    }
    this.#generation = next;
    await this.#follow(
      this.#slots.filter((slot) => slot !== trier),
      tell,
    );
    trier?.renew("keeps");
    this.#sockets.use(configuration.listeners, sockets.value);
    await this.#renewDrained();
    return ok(null);
  }

  /** Upstreams may have other names now, and targets may be gone. */
  async #renewDrained(): Promise<void> {
    if (this.#drained.length === 0) return;
    const report = (await this.workers()[0]?.report()) ?? null;
    if (report === null) return;
    const drained = report.targets.filter((each) => each.drained && !each.leaving);
    this.#drained = drained.map(({ upstream, target }) => ({ upstream, target }));
  }

  async #follow(slots: readonly Slot[], tell: (slot: Slot) => ReturnType<Slot["reload"]>): Promise<void> {
    const outcomes = await Promise.all(slots.map(tell));
    for (const [index, slot] of slots.entries()) {
      const failures = outcomes[index] ?? [];
      if (failures.length > 0) this.#reportLaggard(slot, failures);
      slot.renew(failures.length === 0 ? "keeps" : "is replaced");
    }
  }

  #reportLaggard(slot: Slot, [first]: readonly StartFailure[]): void {
    const { code, message } = first!;
    this.log({ level: "error", event: "worker_failed", worker: slot.index, pid: slot.pid, code, message });
  }

  /**
   * Accepts nothing new and lets what runs finish, at most so long; then cuts the rest.
   * @param onBegun called once nothing new is accepted
   */
  async drain(deadlineMs: number, onBegun: () => void = () => {}): Promise<void> {
    this.#admin?.notReady();
    await this.#lead(this.#generation?.configuration.settings.drainLeadMs ?? 0);
    if (this.#stopping) return this.done;
    this.#stopping = true;
    this.#sockets.close(false);
    await Promise.all(this.#slots.map((slot) => slot.drain(deadlineMs)));
    onBegun();
    await this.#ended();
  }

  /** Whoever asks hears that we leave, and has time to send nobody else; everything is served meanwhile. */
  async #lead(leadMs: number): Promise<void> {
    if (leadMs <= 0) return;
    this.log({ level: "info", event: "not_ready", lead_ms: leadMs });
    await Promise.race([Bun.sleep(leadMs), this.#stopped.promise]);
  }

  stopNow(): void {
    this.#stopping = true;
    this.#stopped.resolve();
    this.#sockets.close(false);
    for (const slot of this.#slots) slot.stop();
    void this.#ended();
  }

  async #ended(): Promise<void> {
    const workers = this.#slots.flatMap((slot) => slot.workers);
    await Promise.all(workers.map(({ exited }) => exited));
    this.#admin?.close();
    this.#resolve();
  }

  #startOrder(slot: number, { configuration, sockets }: Generation): ServingOrder {
    const { endsWithSupervisor } = this.#options;
    const { listeners, descriptors } = this.#grants(slot, configuration.listeners, sockets);
    const drained = this.#drained;
    const request = { type: "start", slot, configuration, listeners, endsWithSupervisor, drained } as const;
    return { request, descriptors };
  }

  /** @param known keys of the sockets that the worker has */
  #reloadOrder(
    slot: number,
    { configuration, sockets }: Generation,
    known: ReadonlySet<string>,
  ): ServingOrder {
    const added = configuration.listeners.filter((model) => !known.has(listenerKey(model)));
    const { listeners, descriptors } = this.#grants(slot, added, sockets);
    return { request: { type: "reload", configuration, listeners }, descriptors };
  }

  #grants(slot: number, models: readonly ListenerModel[], sockets: SocketsByListener) {
    const granted = models.map(({ name }) => {
      const set = sockets.get(name)!;
      return { name, address: set.address, descriptors: descriptorsFor(set, slot, this.#options.workers) };
    });
    return {
      listeners: granted.map(({ name, address, descriptors }) => ({
        name,
        address,
        count: descriptors.length,
      })),
      descriptors: granted.flatMap(({ descriptors }) => descriptors),
    };
  }

  #startAdmin(address: string | null): StartFailure[] {
    if (address === null || this.#generation === null) return [];
    const admin = startAdmin(address, null);
    if (!admin.ok) return [adminFailure(address, admin.error)];
    this.#admin = admin.value;
    return [];
  }
}

const STOPPING: StartFailure = {
  code: "reload.stopping",
  message: "the instance is about to stop",
  listener: null,
  origin: null,
};
