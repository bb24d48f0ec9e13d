/** Lets acceptors finish what they have under way, at most so long; then cuts the rest. */
import type { Timed, Timers } from "../base/clock.ts";
import type { Acceptor } from "./acceptor.ts";

export class Draining implements Timed {
  deadlineMs: number;
  slotDueMs: number = Number.POSITIVE_INFINITY;
  timerNext: Timed | null = null;
  timerPrevious: Timed | null = null;
  readonly done: Promise<void>;
  readonly #timers: Timers;
  readonly #acceptors: Set<Acceptor>;
  readonly #resolve: () => void;

  constructor(acceptors: Iterable<Acceptor>, patienceMs: number, timers: Timers) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.done = promise;
    this.#resolve = resolve;
    this.#timers = timers;
    this.#acceptors = new Set(acceptors);
    this.deadlineMs = timers.clock.nowMs() + patienceMs;
    for (const acceptor of [...this.#acceptors]) acceptor.drain(() => this.#onEmpty(acceptor));
    if (this.#acceptors.size === 0) resolve();
    else if (patienceMs > 0) timers.arm(this);
    else this.expire();
  }

  get acceptors(): Iterable<Acceptor> {
    return this.#acceptors;
  }

  expire(): void {
    for (const acceptor of [...this.#acceptors]) acceptor.cut();
    this.#finish();
  }

  #onEmpty(acceptor: Acceptor): void {
    if (this.#acceptors.delete(acceptor) && this.#acceptors.size === 0) this.#finish();
  }

  #finish(): void {
    this.#acceptors.clear();
    this.#timers.disarm(this);
    this.#resolve();
  }
}
