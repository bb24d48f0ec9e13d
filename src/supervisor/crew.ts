/**
 * The workers of an instance and what they serve: a configuration and the sockets that it listens on. A change of either
 * reaches all of them, or none.
 */
import type { WorkerSource } from "../admin/worker-source.ts";
import { err, ok, type Result } from "../base/result.ts";
import type { Configuration, ListenerModel, TargetModel } from "../config/model.ts";
import { socketAddress } from "../io/listen.ts";
import type { ListeningSet } from "../io/listening-descriptor.ts";
import type { Posix } from "../io/posix.ts";
import { type CheckNotice, withTargets } from "../runtime/health-checks.ts";
import type { LogEvent } from "../runtime/log.ts";
import type { StartFailure, TargetKey } from "../runtime/start.ts";
import { listenerKey } from "../runtime/upstream-keys.ts";
import { CrewChecks } from "./crew-checks.ts";
import { type Grants, grantsForVacant, NO_GRANTS } from "./grants.ts";
import type { InstanceCounting } from "./instance-counting.ts";
import { ListeningSockets } from "./listening-sockets.ts";
import { type Parcel, Parceller } from "./parcel.ts";
import type { Seats } from "./seats.ts";
import { type Generation, reloadOrder, startOrder } from "./serving-orders.ts";
import { Slot, type SlotHost } from "./slot.ts";
import { addressOf, type InheritedSocket, matchSockets } from "./socket-activation.ts";
import { type ServingOrder, type WorkerEvents, WorkerProcess } from "./worker-process.ts";

export interface CrewOptions {
  readonly workers: number;
  /** What starts a worker of this program. */
  readonly command: readonly string[];
  /** One that was started already, because it takes a while. */
  readonly spare: WorkerProcess | null;
  readonly log: LogEvent;
}

export class Crew implements SlotHost {
  readonly slots: readonly Slot[];
  /** Set before anything is served. */
  directory: string | null = null;
  seats: Seats | null = null;
  /** Null without shared memory. */
  counting: InstanceCounting | null = null;
  readonly #calls: Posix;
  readonly #options: CrewOptions;
  readonly #sockets: ListeningSockets;
  readonly #parceller = new Parceller();
  /** What is in force. */
  #generation: Generation | null = null;
  /** Targets that are taken out by hand, by the names they have now. */
  #drained: readonly TargetKey[] = [];
  readonly #checks: CrewChecks;
  #spare: WorkerProcess | null;
  #stopping = false;
  /** Given to reloads so far. */
  #words = 0;

  constructor(calls: Posix, options: CrewOptions) {
    this.#calls = calls;
    this.#options = options;
    this.#spare = options.spare;
    this.#sockets = new ListeningSockets(calls, options.workers);
    this.#checks = new CrewChecks(options.log, (notices) => this.#tell(notices));
    this.slots = Array.from({ length: options.workers }, (_, index) => new Slot(index, this));
  }

  get log(): LogEvent {
    return this.#options.log;
  }

  get drainMs(): number {
    return this.#generation?.configuration.settings.drainMs ?? 0;
  }

  get generation(): number {
    return this.#generation?.number ?? 0;
  }

  /** Null before the first configuration is in force. */
  get configuration(): Configuration | null {
    return this.#generation?.configuration ?? null;
  }

  get stopping(): boolean {
    return this.#stopping;
  }

  get listeners(): { readonly name: string; readonly address: string }[] {
    const { configuration, sockets } = this.#generation!;
    return configuration.listeners.map(({ name }) => ({
      name,
      address: socketAddress(sockets.get(name)!.address),
    }));
  }

  /** By `listenerKey`. */
  get sets(): ReadonlyMap<string, ListeningSet> {
    return this.#sockets.sets;
  }

  /** All that have not ended. */
  get workers(): WorkerProcess[] {
    return this.slots.flatMap((slot) => slot.workers);
  }

  get drained(): readonly TargetKey[] {
    return this.#drained;
  }

  /** Those that serve, to be asked. */
  sources(): WorkerSource[] {
    return this.slots.flatMap(({ source }) => source ?? []);
  }

  /** In every worker, and in those that take a place later. */
  async setDrained(key: TargetKey, drained: boolean): Promise<void> {
    this.#drained = this.#drained.filter((each) => !Bun.deepEquals(each, key));
    if (drained) this.#drained = [...this.#drained, key];
    await Promise.all(this.sources().map((worker) => worker.setDrained(key, drained)));
  }

  /** In every worker, and in those that take a place later. */
  setTargets(upstream: string, targets: readonly TargetModel[]): void {
    if (this.#generation === null) return;
    const configuration = withTargets(this.#generation.configuration, upstream, targets);
    this.#generation = { ...this.#generation, configuration };
    this.counting?.use(configuration);
    for (const worker of this.workers) worker.tell({ type: "targets", upstream, targets });
    this.#checks.useTargets(configuration);
  }

  spawn(events: WorkerEvents): WorkerProcess {
    const seats = {
      give: () => this.seats?.give() ?? null,
      takeBack: (seat: Parameters<Seats["takeBack"]>[0]) => this.seats?.takeBack(seat),
    };
    const worker = this.#spare ?? new WorkerProcess(this.#calls, this.#options.command);
    this.#spare = null;
    return worker.employ({ seats, events });
  }

  order(slot: number): ServingOrder | null {
    if (this.#generation === null || this.#stopping) return null;
    return this.#startOrder(slot, this.#generation, this.#parceller.parcel(this.#generation.configuration));
  }

  /**
   * Tells those that serve of each other: a worker hands connections on only to such as it knows. One of them also
   * stands in where nobody serves, so that nobody waits in a queue until a worker has been replaced.
   */
  async introduce(): Promise<void> {
    if (this.#stopping) return;
    const all = this.slots.flatMap(({ current }) => current ?? []);
    const vacant = this.slots.filter(({ current }) => current === null).map(({ index }) => index);
    const [first] = all;
    const covers = this.#grantsForVacant(vacant);
    await Promise.all(
      all.map((worker) => {
        const peers = all.filter((each) => each !== worker);
        return worker.meet(peers, worker === first ? covers : NO_GRANTS);
      }),
    );
  }

  #grantsForVacant(vacant: readonly number[]): Grants {
    if (vacant.length === 0 || this.#generation === null) return NO_GRANTS;
    const { configuration, sockets } = this.#generation;
    return grantsForVacant(configuration.listeners, sockets, vacant, this.slots.length);
  }

  async #partCompany(): Promise<void> {
    const all = this.slots.flatMap(({ current }) => current ?? []);
    await Promise.all(all.map((worker) => worker.meet([], NO_GRANTS)));
  }

  /** Worker processes take a moment to start; they may do so while the configuration is read. */
  spawnAhead(): void {
    for (const slot of this.slots) slot.spawnAhead();
  }

  /** Sockets that a service manager has opened. What predecessors had is preferred: more may wait in its queues. */
  borrow(sockets: readonly InheritedSocket[], models: readonly ListenerModel[]): void {
    for (const [model, socket] of matchSockets(sockets, models)) {
      const key = listenerKey(model);
      if (this.sets.has(key)) continue;
      const set = { address: addressOf(socket), descriptors: [socket.descriptor], lent: true };
      this.#sockets.adopt(key, set);
      this.log({ level: "info", event: "socket_inherited", listener: model.name });
    }
  }

  /** What predecessors had. Sockets that the first configuration does not want are closed with it. */
  adopt(sets: ReadonlyMap<string, ListeningSet>, drained: readonly TargetKey[]): void {
    for (const [key, set] of sets) this.#sockets.adopt(key, set);
    this.#drained = drained;
  }

  /** The first configuration. */
  async start(configuration: Configuration): Promise<readonly StartFailure[]> {
    const sockets = this.#sockets.open(configuration.listeners);
    if (!sockets.ok) return sockets.error;
    const next = { number: 0, configuration, sockets: sockets.value };
    this.counting?.use(configuration);
    const parcel = this.#parceller.parcel(configuration);
    const starting = this.slots.map((slot) => slot.prepare(this.#startOrder(slot.index, next, parcel)));
    const failures = (await Promise.all(starting)).find((each) => each.length > 0) ?? [];
    if (failures.length > 0) {
      this.#sockets.abandon(sockets.value);
      return failures;
    }
    this.#generation = next;
    for (const slot of this.slots) slot.commitFirst();
    this.#sockets.use(configuration.listeners, sockets.value);
    this.#checks.use(configuration);
    await this.introduce();
    return [];
  }

  /**
   * Serves by another configuration. All workers get ready at the same time and one tries it first; when that one cannot,
   * nothing changes. Any other that cannot is replaced, since it has gone wrong by itself.
   */
  async reload(configuration: Configuration): Promise<Result<null, readonly StartFailure[]>> {
    if (this.#stopping) return err([STOPPING]);
    const known = new Set(this.#sockets.sets.keys());
    const sockets = this.#sockets.open(configuration.listeners);
    if (!sockets.ok) return sockets;
    const next = { number: this.generation + 1, configuration, sockets: sockets.value };
    this.counting?.prepare(configuration);
    const parcel = this.#parceller.parcel(configuration);
    const number = this.#words++;
    const reload = { next, parcel, known };
    const tell = (slot: Slot, waitsFor: number | null) =>
      slot.reload(reloadOrder(slot.index, this.slots.length, reload, waitsFor));
    const trier = this.slots.find(({ current }) => current !== null);
    const followers = this.slots.filter((slot) => slot !== trier);
    // By the time of the word others may have taken their places, who know of nothing.
    const waiting = followers.flatMap(({ current }) => current ?? []);
    const trying = trier === undefined ? null : tell(trier, null);
    const following = Promise.all(followers.map((slot) => tell(slot, number)));
    const failures = (await trying) ?? [];
    const go = failures.length === 0 && !this.#stopping;
    for (const worker of waiting) worker.tell({ type: "word", number, go });
    if (this.#stopping) return err([STOPPING]);
    if (failures.length > 0) {
      await following;
      this.#sockets.abandon(sockets.value);
      if (this.#generation !== null) this.counting?.use(this.#generation.configuration);
      return err(failures);
    }
    this.#generation = next;
    this.counting?.use(configuration);
    this.#reportFollowers(followers, await following);
    trier?.renew("keeps");
    this.#sockets.use(configuration.listeners, sockets.value);
    await this.#renewDrained();
    // Checks that began now would outlive the end.
    if (this.#stopping) return err([STOPPING]);
    this.#checks.use(configuration);
    // Whoever stands in for somebody does so for other listeners now.
    if (this.slots.some(({ current }) => current === null)) await this.introduce();
    return ok(null);
  }

  #tell(notices: readonly CheckNotice[]): void {
    if (notices.length === 0) return;
    for (const worker of this.workers) worker.tell({ type: "checked", notices });
  }

  reopenLogs(): void {
    for (const worker of this.workers) worker.tell({ type: "reopen" });
  }

  /** Upstreams may have other names now, and targets may be gone. */
  async #renewDrained(): Promise<void> {
    if (this.#drained.length === 0) return;
    const report = (await this.sources()[0]?.report()) ?? null;
    if (report === null) return;
    const drained = report.targets.filter((each) => each.drained && !each.leaving);
    this.#drained = drained.map(({ upstream, target }) => ({ upstream, target }));
  }

  /**
   * Resolves once nothing new is accepted.
   * @param handedOver another process accepts on the same sockets
   */
  async drain(deadlineMs: number, handedOver: boolean): Promise<void> {
    this.#stopping = true;
    this.#checks.close();
    await this.#partCompany();
    this.#sockets.close(handedOver);
    await Promise.all(this.slots.map((slot) => slot.drain(deadlineMs)));
  }

  stop(handedOver: boolean): void {
    this.#stopping = true;
    this.#checks.close();
    this.#sockets.close(handedOver);
    for (const slot of this.slots) slot.stop();
  }

  async ended(): Promise<void> {
    await Promise.all(this.workers.map(({ exited }) => exited));
  }

  #startOrder(slot: number, generation: Generation, parcel: Parcel): ServingOrder {
    const { directory, drained } = this;
    const circumstances = { drained, checked: this.#checks.notices, directory };
    return startOrder(slot, this.slots.length, generation, parcel, circumstances);
  }

  #reportFollowers(slots: readonly Slot[], outcomes: readonly (readonly StartFailure[] | null)[]): void {
    for (const [index, slot] of slots.entries()) {
      const failures = outcomes[index] ?? [];
      if (failures.length > 0) this.#reportLaggard(slot, failures);
      slot.renew(failures.length === 0 ? "keeps" : "is replaced");
    }
  }

  #reportLaggard({ index, current }: Slot, [first]: readonly StartFailure[]): void {
    const { code, message } = first!;
    const pid = current?.pid ?? null;
    this.log({ level: "error", event: "worker_failed", worker: index, pid, code, message });
  }
}

const STOPPING: StartFailure = {
  code: "reload.stopping",
  message: "the instance is about to stop",
  listener: null,
  origin: null,
};
