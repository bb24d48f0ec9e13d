/**
 * The process that serves nobody and outlives everybody who does. It holds the listening sockets and the
 * configuration, keeps a worker in every slot, and is what a user starts, signals and asks.
 */
import { err, ok, type Result } from "../base/result.ts";
import type { Configuration } from "../config/model.ts";
import { socketAddress } from "../io/listen.ts";
import type { Posix } from "../io/posix.ts";
import { type AdminServer, startAdmin } from "../runtime/admin-address.ts";
import type { LogEvent } from "../runtime/log.ts";
import { adminFailure, type StartFailure } from "../runtime/start.ts";
import { descriptorsFor, ListeningSockets, type SocketsByListener } from "./listening-sockets.ts";
import { Slot, type SlotHost, type StartOrder } from "./slot.ts";
import { WorkerProcess } from "./worker-process.ts";

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

export class Supervisor {
  readonly done: Promise<void>;
  readonly #options: SupervisorOptions;
  readonly #slots: readonly Slot[];
  readonly #sockets: ListeningSockets;
  readonly #resolve: () => void;
  #generation: Generation | null = null;
  #admin: AdminServer | null = null;
  #stopping = false;

  constructor(calls: Posix, options: SupervisorOptions) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.done = promise;
    this.#resolve = resolve;
    this.#options = options;
    this.#sockets = new ListeningSockets(calls, options.workers);
    const host: SlotHost = {
      log: options.log,
      spawn: (events) => new WorkerProcess(calls, options.command, events),
      order: (slot) =>
        this.#generation === null || this.#stopping ? null : this.#order(slot, this.#generation),
    };
    this.#slots = Array.from({ length: options.workers }, (_, index) => new Slot(index, host));
  }

  get listeners(): { readonly name: string; readonly address: string }[] {
    const { configuration, sockets } = this.#generation!;
    return configuration.listeners.map(({ name }) => ({
      name,
      address: socketAddress(sockets.get(name)!.address),
    }));
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

  /** Puts a configuration in force in all workers, or in none. */
  async #put(configuration: Configuration): Promise<readonly StartFailure[]> {
    const sockets = this.#sockets.open(configuration.listeners);
    if (!sockets.ok) return sockets.error;
    const next = { configuration, sockets: sockets.value };
    const outcomes = await Promise.all(
      this.#slots.map((slot) => slot.prepare(this.#order(slot.index, next))),
    );
    const failures = outcomes.find((each) => each.length > 0) ?? [];
    if (failures.length > 0) {
      for (const slot of this.#slots) slot.abandon();
      this.#sockets.abandon(sockets.value);
      return failures;
    }
    const { drainMs } = configuration.settings;
    this.#generation = next;
    for (const slot of this.#slots) slot.commit(drainMs);
    this.#sockets.use(configuration.listeners, sockets.value);
    return [];
  }

  /**
   * Accepts nothing new and lets what runs finish, at most so long; then cuts the rest.
   * @param onBegun called once nothing new is accepted
   */
  async drain(deadlineMs: number, onBegun: () => void = () => {}): Promise<void> {
    this.#stopping = true;
    this.#admin?.notReady();
    this.#sockets.close(false);
    await Promise.all(this.#slots.map((slot) => slot.drain(deadlineMs)));
    onBegun();
    await this.#ended();
  }

  stopNow(): void {
    this.#stopping = true;
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

  #order(slot: number, { configuration, sockets }: Generation): StartOrder {
    const { workers, endsWithSupervisor } = this.#options;
    const granted = configuration.listeners.map(({ name }) => {
      const set = sockets.get(name)!;
      return { name, address: set.address, descriptors: descriptorsFor(set, slot, workers) };
    });
    const listeners = granted.map(({ name, address, descriptors }) => ({
      name,
      address,
      count: descriptors.length,
    }));
    return {
      request: { type: "start", slot, configuration, listeners, endsWithSupervisor },
      descriptors: granted.flatMap(({ descriptors }) => descriptors),
      drainMs: configuration.settings.drainMs,
    };
  }

  #startAdmin(address: string | null): StartFailure[] {
    if (address === null || this.#generation === null) return [];
    const admin = startAdmin(address);
    if (!admin.ok) return [adminFailure(address, admin.error)];
    this.#admin = admin.value;
    return [];
  }
}
