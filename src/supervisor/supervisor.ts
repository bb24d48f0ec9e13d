/**
 * The process that serves nobody and outlives everybody who does. It relieves whoever held the listening sockets before,
 * keeps a worker in every slot, and is what a user starts, signals and asks.
 */
import type { CertificateDesk } from "../acme/kept-certificate.ts";
import type { WorkerSource } from "../admin/worker-source.ts";
import { err, ok, type Result } from "../base/result.ts";
import type { Configuration, TargetModel } from "../config/model.ts";
import type { UpstreamSource } from "../discovery/discovery.ts";
import type { Posix } from "../io/posix.ts";
import type { SharedMemory } from "../io/shared-memory.ts";
import type { StartFailure, TargetKey } from "../runtime/start.ts";
import { Crew, type CrewOptions } from "./crew.ts";
import { removeInstance } from "./instance/directory.ts";
import { Offer } from "./instance/offer.ts";
import type { Predecessor } from "./instance/predecessor.ts";
import { mergedSets } from "./instance/predecessors.ts";
import { InstanceCounting } from "./instance-counting.ts";
import { Seats } from "./seats.ts";
import type { InheritedSocket } from "./socket-activation.ts";
import { type StartedAs, Upgrade } from "./upgrade.ts";
import { watchWorkers } from "./watch.ts";

export interface SupervisorOptions extends CrewOptions {
  readonly startedAs: StartedAs;
  readonly relief: Relief;
}

/** What follows when another process takes over. */
export interface Relief {
  /** It is about to open the admin address. */
  releaseAdmin(): void;
  /** It serves. */
  handedOver(pid: number): void;
}

/** Where this instance is found, and by whom it was served until now. */
export interface InstancePlace {
  readonly directory: string;
  readonly predecessors: readonly Predecessor[];
  readonly inherited: readonly InheritedSocket[];
}

export class Supervisor {
  readonly done: Promise<void>;
  /** Whether others served before, and do not any more. */
  tookOver = false;
  readonly #calls: Posix;
  readonly #options: SupervisorOptions;
  readonly #crew: Crew;
  readonly #upgrade: Upgrade;
  readonly #resolve: () => void;
  readonly #stopped = Promise.withResolvers<void>();
  #offer: Offer | null = null;
  #unwatch: () => void = () => {};

  constructor(calls: Posix, options: SupervisorOptions) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.done = promise;
    this.#resolve = resolve;
    this.#calls = calls;
    this.#options = options;
    this.#crew = new Crew(calls, options);
    this.#upgrade = new Upgrade(options.startedAs, options.log);
  }

  get listeners(): { readonly name: string; readonly address: string }[] {
    return this.#crew.listeners;
  }

  workers(): WorkerSource[] {
    return this.#crew.sources();
  }

  counted(): SharedMemory | null {
    return this.#crew.seats?.memory ?? null;
  }

  setDrained(key: TargetKey, drained: boolean): Promise<void> {
    return this.#crew.setDrained(key, drained);
  }

  countReload(done: boolean): void {
    this.#crew.counting?.reloaded(done);
  }

  countOrder(obtained: boolean): void {
    this.#crew.counting?.ordered(obtained);
  }

  /** Asked for by whoever wraps this (discovering.ts). */
  sources(): readonly UpstreamSource[] {
    return [];
  }

  /** Likewise (certifying.ts). */
  desks(): readonly CertificateDesk[] {
    return [];
  }

  setTargets(upstream: string, targets: readonly TargetModel[]): void {
    this.#crew.setTargets(upstream, targets);
  }

  /** See `Crew`. */
  spawnAhead(): void {
    this.#crew.spawnAhead();
  }

  /** @param place null: workers end with this process, and nobody comes after it */
  async start(
    configuration: Configuration,
    place: InstancePlace | null,
  ): Promise<Result<Supervisor, readonly StartFailure[]>> {
    const predecessors = place?.predecessors ?? [];
    if (place !== null) this.#settle(place, configuration);
    const failures = await this.#crew.start(configuration);
    if (failures.length > 0) return this.#giveUp(predecessors, failures);
    if (place !== null) this.#openDoor(place.directory);
    this.#unwatch = watchWorkers(this.#crew);
    await this.#relieve(predecessors);
    return ok(this);
  }

  reload(configuration: Configuration): Promise<Result<null, readonly StartFailure[]>> {
    return this.#crew.reload(configuration);
  }

  upgrade(): boolean {
    const { directory, stopping } = this.#crew;
    if (directory === null || stopping) return false;
    this.#upgrade.begin(directory);
    return true;
  }

  /**
   * Accepts nothing new and lets what runs finish, at most so long; then cuts the rest.
   * @param onBegun called once nothing new is accepted
   */
  async drain(deadlineMs: number, onBegun: () => void = () => {}): Promise<void> {
    await this.#lead(this.#crew.configuration?.settings.drainLeadMs ?? 0);
    if (this.#crew.stopping) return this.done;
    this.#offer?.close();
    await this.#crew.drain(deadlineMs, false);
    onBegun();
    await this.#ended();
  }

  /** Whoever asks hears that we leave, and has time to send nobody else; everything is served meanwhile. */
  async #lead(leadMs: number): Promise<void> {
    if (leadMs <= 0) return;
    this.#options.log({ level: "info", event: "not_ready", lead_ms: leadMs });
    await Promise.race([Bun.sleep(leadMs), this.#stopped.promise]);
  }

  reopenLogs(): void {
    this.#crew.reopenLogs();
  }

  stopNow(): void {
    this.#stopped.resolve();
    this.#offer?.close();
    this.#crew.stop(false);
    void this.#ended();
  }

  #settle({ directory, predecessors, inherited }: InstancePlace, configuration: Configuration): void {
    this.#crew.directory = directory;
    const seats = Seats.open(directory, this.#options.workers, predecessors.length > 0, this.#options.log);
    this.#crew.seats = seats;
    if (seats !== null) this.#crew.counting = new InstanceCounting(seats.memory, this.#options.log);
    this.#crew.adopt(mergedSets(this.#calls, predecessors), predecessors[0]?.drained ?? []);
    this.#crew.borrow(inherited, configuration.listeners);
  }

  /** Everything is as it was before, with those who served then. */
  async #giveUp(
    predecessors: readonly Predecessor[],
    failures: readonly StartFailure[],
  ): Promise<Result<never, readonly StartFailure[]>> {
    for (const each of predecessors) each.leave();
    this.#crew.stop(predecessors.length > 0);
    await this.#ended(predecessors.length === 0);
    return err(failures);
  }

  async #relieve(predecessors: readonly Predecessor[]): Promise<void> {
    if (predecessors.length === 0) return;
    const { drainMs } = this.#crew;
    this.tookOver = true;
    await Promise.all(predecessors.map((each) => each.releaseAdmin()));
    await Promise.all(predecessors.map((each) => each.drain(drainMs)));
    const { role } = predecessors[0]!;
    const from = predecessors.map(({ pid }) => pid);
    this.#options.log({ level: "info", event: "took_over", role, from, drain_ms: drainMs });
  }

  #openDoor(directory: string): void {
    this.#offer = Offer.open(this.#calls, directory, {
      role: "supervisor",
      sets: () => this.#crew.sets,
      drained: () => this.#crew.drained,
      releaseAdmin: () => this.#options.relief.releaseAdmin(),
      relieve: (deadlineMs, successor) => this.#standDown(deadlineMs, successor),
    });
  }

  /** Another supervisor has the sockets and serves. */
  async #standDown(deadlineMs: number, successor: number): Promise<void> {
    this.#offer?.close();
    await this.#crew.drain(deadlineMs, true);
    this.#options.relief.handedOver(successor);
    this.#options.log({ level: "info", event: "handed_over", to: successor, drain_ms: deadlineMs });
    void this.#ended(false);
  }

  async #ended(isLast = true): Promise<void> {
    await this.#crew.ended();
    this.#unwatch();
    const { seats, directory } = this.#crew;
    seats?.close();
    if (isLast && directory !== null) removeInstance(directory);
    this.#resolve();
  }
}
