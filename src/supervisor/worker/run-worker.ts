/**
 * A worker: serves the connections of the listening sockets that the supervisor gives it, and knows nothing else. When
 * the supervisor is gone it serves on, so that nobody notices, until the next supervisor or a signal ends it.
 */
import { answerWorkerQuestion } from "../../admin/distant-worker.ts";
import { LocalWorker } from "../../admin/local-worker.ts";
import { posix } from "../../io/posix.ts";
import type { LogEvent } from "../../runtime/log.ts";
import { type RunningProxy, startProxy, type TargetKey } from "../../runtime/start.ts";
import { Channel } from "../channel/channel.ts";
import { CLONE } from "../channel/frames.ts";
import { GatheredConfiguration, isConfigurationPart } from "../configuration-parts.ts";
import { Offer } from "../instance/offer.ts";
import {
  type CheckedEvent,
  isSupervisorEvent,
  isSupervisorRequest,
  type PeersRequest,
  type ReloadRequest,
  type ServingAnswer,
  type StartRequest,
  type TargetsEvent,
} from "../messages.ts";
import { Holdings, receiveMany } from "./holdings.ts";
import { Reception } from "./reception.ts";
import { Seating } from "./seating.ts";

/** Resolves with the exit code when nothing is left to serve. */
export function runWorker(log: LogEvent): Promise<number> {
  return new Worker(log).run();
}

class Worker {
  readonly #log: LogEvent;
  readonly #ended = Promise.withResolvers<number>();
  readonly #reception = new Reception(posix!, () => this.#connectionCount());
  readonly #holdings = new Holdings(posix!, this.#reception);
  readonly #gathered = new GatheredConfiguration();
  #seating: Seating | null = null;
  #channel: Channel | null = null;
  #offer: Offer | null = null;
  #order: StartRequest | null = null;
  #proxy: RunningProxy | null = null;
  #source: LocalWorker | null = null;
  #leaving = false;
  /** Reloads that wait for theirs. */
  readonly #words = new Map<number, (go: boolean) => void>();
  /** What was told before it served. */
  #meanwhile: (CheckedEvent | TargetsEvent)[] = [];

  constructor(log: LogEvent) {
    this.#log = log;
  }

  async run(): Promise<number> {
    for (const signal of DEAF_TO) process.on(signal, () => {});
    process.on("SIGTERM", () => this.#onTerm());
    const handler = {
      onEvent: (value: unknown) => this.#onEvent(value),
      onRequest: (value: unknown) => this.#onRequest(value),
      onClose: () => this.#onSupervisorGone(),
    };
    this.#channel = await Channel.over(CONTROL, handler, CLONE);
    return this.#ended.promise;
  }

  async #onRequest(value: unknown): Promise<unknown> {
    if (!isSupervisorRequest(value)) throw new Error("the supervisor asks for something unknown");
    if (value.type === "start") return this.#start(value);
    if (value.type === "reload") return this.#reload(value);
    if (value.type === "ask") return this.#source && answerWorkerQuestion(this.#source, value.question);
    if (value.type === "peers") this.#meet(value);
    else await this.#beginDrain(value.deadlineMs);
    return null;
  }

  /** Box and bell of each were sent just before. */
  #meet({ peers, covers }: PeersRequest): void {
    const descriptors = receiveMany(
      posix!,
      DESCRIPTORS,
      2 * peers.length + covers.reduce((sum, { count }) => sum + count, 0),
    );
    this.#reception.usePeers(
      peers.map((peer, index) => ({
        ...peer,
        box: descriptors[2 * index]!,
        bell: descriptors[2 * index + 1]!,
      })),
    );
    this.#holdings.cover(covers, descriptors.slice(2 * peers.length));
  }

  #connectionCount(): number {
    return this.#proxy?.connectionCount ?? 0;
  }

  async #start(order: StartRequest): Promise<ServingAnswer> {
    const configuration = this.#gathered.take();
    this.#order = order;
    const log: LogEvent = (event) => this.#log({ ...event, worker: order.slot });
    this.#seating = Seating.take(order.seat, () => this.#connectionCount(), log);
    if (this.#seating !== null) await this.#reception.open(this.#seating, BOX, BELL);
    const started = await startProxy(configuration, {
      log,
      listen: this.#holdings.open(order.listeners, DESCRIPTORS).open,
      drained: order.drained,
      checked: order.checked,
      onConnectionEnd: () => this.#seating?.ended(),
      ...(this.#seating === null ? {} : { counting: this.#seating }),
    });
    if (!started.ok) return { failures: started.error };
    this.#proxy = started.value;
    for (const event of this.#meanwhile) this.#follow(this.#proxy, event);
    this.#meanwhile = [];
    this.#source = new LocalWorker(order.slot, started.value, Date.now());
    this.#seating?.serving();
    this.#openDoor(order.directory);
    return { failures: [] };
  }

  /** For a supervisor that comes when this one is gone. */
  #openDoor(directory: string | null): void {
    if (directory === null) return;
    this.#offer = Offer.open(posix!, directory, {
      role: "worker",
      sets: () => this.#holdings.sets,
      drained: () => this.#drained(),
      releaseAdmin() {},
      relieve: (deadlineMs) => this.#beginDrain(deadlineMs),
    });
  }

  #drained(): TargetKey[] {
    const targets = this.#proxy!.census().targets.filter(({ drained, leaving }) => drained && !leaving);
    return targets.map(({ upstream, target }) => ({ upstream, target }));
  }

  async #reload({ listeners, waitsFor }: ReloadRequest): Promise<ServingAnswer> {
    const configuration = this.#gathered.take();
    const grants = this.#holdings.open(listeners, DESCRIPTORS);
    const word = waitsFor === null ? Promise.resolve(true) : this.#wordFor(waitsFor);
    const reloaded = await this.#proxy!.reload(configuration, grants.open, word);
    grants.close();
    return { failures: reloaded.ok ? [] : reloaded.error };
  }

  #wordFor(number: number): Promise<boolean> {
    return new Promise((resolve) => this.#words.set(number, resolve));
  }

  #hearWord(number: number, go: boolean): void {
    this.#words.get(number)?.(go);
    this.#words.delete(number);
  }

  #onEvent(value: unknown): void {
    if (!isSupervisorEvent(value)) throw new Error("the supervisor says something unknown");
    if (value.type === "stop") return this.#stop();
    if (value.type === "reopen") return this.#proxy?.reopenLogs();
    if (value.type === "word") return this.#hearWord(value.number, value.go);
    if (isConfigurationPart(value)) return this.#gathered.add(value);
    if (this.#proxy === null) this.#meanwhile.push(value);
    else this.#follow(this.#proxy, value);
  }

  #follow(proxy: RunningProxy, event: CheckedEvent | TargetsEvent): void {
    if (event.type === "checked") proxy.setChecked(event.notices);
    else proxy.setTargets(event.upstream, event.targets);
  }

  #onSupervisorGone(): void {
    // Whether the others go by it nobody can tell any more.
    for (const number of this.#words.keys()) this.#hearWord(number, false);
    if (this.#leaving) return;
    if (this.#proxy === null) this.#ended.resolve(0);
    else if (this.#order!.directory === null) void this.#beginDrain();
    else this.#log({ level: "warn", event: "supervisor_gone", worker: this.#order!.slot, pid: process.pid });
  }

  /** The supervisor finds somebody for the place first; without one this worker just finishes. */
  #onTerm(): void {
    if (this.#leaving || this.#proxy === null) this.#stop();
    else if (this.#channel?.closed === false) this.#channel.send({ type: "leaving" });
    else void this.#beginDrain();
  }

  /** Resolves once nothing new is accepted. */
  async #beginDrain(deadlineMs?: number): Promise<void> {
    this.#leaving = true;
    if (this.#source !== null) this.#source.draining = true;
    this.#seating?.draining();
    this.#holdings.cover([], []);
    await this.#reception.close();
    this.#offer?.close();
    this.#offer = null;
    // Whether to wait before is for the supervisor to decide.
    const drained = this.#proxy?.drain(deadlineMs, { leadMs: 0 });
    void Promise.resolve(drained).then(() => this.#ended.resolve(0));
  }

  #stop(): void {
    this.#leaving = true;
    this.#offer?.close();
    this.#proxy?.stopNow();
    // What was written to clients a moment ago leaves before the end.
    setImmediate(() => this.#ended.resolve(0));
  }
}

/** The supervisor's end of these is made in worker-process.ts. */
const CONTROL = 3;
const DESCRIPTORS = 4;
const BOX = 5;
const BELL = 6;
/** Ctrl-C and the end of a terminal reach the whole group of processes; what follows is for the supervisor to say. */
const DEAF_TO = ["SIGINT", "SIGHUP", "SIGUSR1", "SIGUSR2"] as const;
