/**
 * How much is let through to an upstream at once: its own limit, each target's, what its circuits allow, and the queue of
 * those for whom there is no room now.
 */
import type { Circuit, CircuitSettings } from "./health/circuit.ts";
import type { TargetHealth } from "./health/target-health.ts";
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
  /** Requests and tunnels under way. */
  active = 0;
  readonly #queue = new RequestQueue();
  #settings: BreakerSettings;
  /** Of the upstream as a whole. */
  #circuit: Circuit | null;

  constructor(settings: BreakerSettings, circuit: Circuit | null) {
    this.#settings = settings;
    this.#circuit = circuit;
  }

  get waiting(): number {
    return this.#queue.size;
  }

  get queueMs(): number {
    return this.#settings.queueMs;
  }

  /** Those that wait already stay. */
  use(settings: BreakerSettings, circuit: Circuit | null): void {
    this.#settings = settings;
    this.#circuit = circuit;
  }

  /**
   * Whether another request may begin, as far as the upstream as a whole is concerned.
   * @param held places that it has already and will give back
   */
  hasRoom(held: number): boolean {
    const circuit = this.#circuit;
    const others = this.active - held;
    if (circuit === null || circuit.state === "closed") return others < this.#settings.requests;
    return circuit.state === "half open" && others < circuit.settings.probes;
  }

  get isTripped(): boolean {
    return this.#circuit !== null && this.#circuit.state === "open";
  }

  /** How many requests at once a target takes. */
  limitOf({ circuit, adaptive }: TargetHealth): number {
    const { requestsPerTarget } = this.#settings;
    if (circuit !== null && circuit.state === "half open") {
      return Math.min(circuit.settings.probes, requestsPerTarget);
    }
    return adaptive === null ? requestsPerTarget : Math.min(adaptive.limit, requestsPerTarget);
  }

  /** False: nobody may wait, or too many do. */
  wait(waiter: QueueWaiter): boolean {
    if (this.#queue.size >= this.#settings.queue) return false;
    this.#queue.enter(waiter);
    return true;
  }

  stopWaiting(waiter: QueueWaiter): void {
    this.#queue.leave(waiter);
  }

  /** There may be room: those that wait go, in order, for as long as there is. */
  serve(): void {
    while (this.#queue.size > 0 && this.#queue.serveOne());
  }
}
