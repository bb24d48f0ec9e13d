/**
 * How much is let through to an upstream at once: its own limit, each target's, what its circuits allow, and the queue of
 * those for whom there is no room now. Limits hold for all workers together; of what one worker's requests give back,
 * those that wait in others get their part.
 */
import type { JointCells } from "../base/joint-cells.ts";
import { JOINT_UPSTREAM } from "../observe/metrics/joint-places.ts";
import type { Circuit, CircuitSettings } from "./health/circuit.ts";
import type { TargetHealth } from "./health/target-health.ts";
import { JointCount } from "./joint/joint-count.ts";
import { type QueueWaiter, RequestQueue } from "./request-queue.ts";

/** What is not limited is `Infinity`. */
export interface BreakerSettings {
  /** Requests and tunnels under way, of the upstream and of each target. */
  readonly requests: number;
  readonly requestsPerTarget: number;
  /** Whether each target's limit is learned from its latency, up to `requestsPerTarget`. */
  readonly adaptive: boolean;
  readonly circuit: CircuitSettings | null;
  /** How many requests may wait while all targets are busy, and for how long. */
  readonly queue: number;
  readonly queueMs: number;
}

export class Admission {
  /** What all targets together take at once. */
  capacity: number = Number.POSITIVE_INFINITY;
  readonly #queue = new RequestQueue();
  readonly #underWay = new JointCount(JOINT_UPSTREAM.active);
  readonly #waiting = new JointCount(JOINT_UPSTREAM.waiting);
  #joint: JointCells | null = null;
  /** Requests and tunnels under way here. */
  #active = 0;
  #settings: BreakerSettings;
  /** Of the upstream as a whole. */
  #circuit: Circuit | null;
  /** Of the upstream now; `Infinity`: none. */
  #limit: number = Number.POSITIVE_INFINITY;
  /** Whether others have to know what is under way here. */
  #isShared = false;
  /** Who waits here has waited for others long enough. */
  #insisting = false;

  constructor(settings: BreakerSettings, circuit: Circuit | null) {
    this.#settings = settings;
    this.#circuit = circuit;
    this.refresh(0);
  }

  get waiting(): number {
    return this.#queue.size;
  }

  get queueMs(): number {
    return this.#settings.queueMs;
  }

  /** Whether places may come free of which nobody tells this worker. */
  get waitsForOthers(): boolean {
    return this.#queue.size > 0 && this.#joint !== null;
  }

  begun(): void {
    this.#active++;
    if (this.#isShared) this.#tell();
  }

  ended(): void {
    this.#active--;
    if (this.#isShared) this.#tell();
  }

  /** A circuit or a target has changed, or the settings have. @param active requests and tunnels under way here */
  refresh(active: number): void {
    const { requests, queue } = this.#settings;
    const circuit = this.#circuit;
    this.#active = active;
    if (circuit === null || circuit.state === "closed") this.#limit = requests;
    else this.#limit = circuit.state === "open" ? 0 : Math.min(circuit.settings.probes, requests);
    this.#isShared = queue > 0 || this.#limit !== Number.POSITIVE_INFINITY;
    this.#tell();
  }

  /** Those that wait already stay. */
  use(settings: BreakerSettings, circuit: Circuit | null): void {
    this.#settings = settings;
    this.#circuit = circuit;
    this.refresh(this.#active);
  }

  /** Null: there are no other workers. */
  join(joint: JointCells | null): void {
    this.#joint = joint;
    this.#underWay.use(joint);
    this.#waiting.use(joint);
  }

  /**
   * Whether another request may begin, as far as the upstream as a whole is concerned.
   * @param held places that it has already and will give back
   */
  hasRoom(held: number): boolean {
    const limit = this.#limit;
    if (limit === 0 || (held === 0 && this.#yields())) return false;
    if (limit === Number.POSITIVE_INFINITY) return true;
    return this.#active + this.#underWay.others - held < limit;
  }

  /** As `hasRoom`, and takes the place if there is one: `begun` or `unclaim` is to follow at once. */
  claim(held: number): boolean {
    const limit = this.#limit;
    if (limit === 0 || (held === 0 && this.#yields())) return false;
    return limit === Number.POSITIVE_INFINITY || this.#underWay.claim(this.#active, held, limit);
  }

  unclaim(): void {
    if (this.#isShared) this.#tell();
  }

  get isTripped(): boolean {
    return this.#circuit !== null && this.#circuit.state === "open";
  }

  /** How many requests at once a target takes from this worker, as far as that is learned. */
  limitOf({ adaptive }: TargetHealth): number {
    return adaptive === null ? Number.POSITIVE_INFINITY : adaptive.limit;
  }

  /** How many it takes from all. */
  jointLimitOf({ circuit }: TargetHealth): number {
    const { requestsPerTarget } = this.#settings;
    if (circuit === null || circuit.state !== "half open") return requestsPerTarget;
    return Math.min(circuit.settings.probes, requestsPerTarget);
  }

  /** False: nobody may wait, or too many do. */
  wait(waiter: QueueWaiter): boolean {
    if (this.#queue.size + this.#waiting.others >= this.#settings.queue) return false;
    this.#queue.enter(waiter);
    this.#waiting.tell(this.#queue.size);
    return true;
  }

  stopWaiting(waiter: QueueWaiter): void {
    this.#queue.leave(waiter);
    this.#waiting.tell(this.#queue.size);
  }

  /** There may be room: those that wait go, in order, for as long as there is. */
  serve(): void {
    while (this.#queue.size > 0 && this.#queue.serveOne());
    this.#waiting.tell(this.#queue.size);
  }

  /** Now and then, since others do not tell when they give a place back. What is left over by all, one takes. */
  serveInTurn(): void {
    this.serve();
    this.#insisting = true;
    if (this.#queue.size > 0) this.#queue.serveOne();
    this.#insisting = false;
    this.#waiting.tell(this.#queue.size);
  }

  /** Others wait, and we have our part of what there is: the place is theirs. */
  #yields(): boolean {
    if (this.#joint === null || this.#settings.queue === 0 || this.#insisting) return false;
    if (this.#waiting.others === 0) return false;
    const parts = this.#joint.countingProcesses(DEMAND);
    return this.#active >= Math.floor(Math.min(this.capacity, this.#settings.requests) / Math.max(2, parts));
  }

  #tell(): void {
    this.#underWay.tell(this.#isShared ? this.#active : 0);
  }
}

const DEMAND = [JOINT_UPSTREAM.active, JOINT_UPSTREAM.waiting] as const;
