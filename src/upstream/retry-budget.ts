/**
 * How often requests to one upstream may be repeated: each request pays in a share of a repetition, each repetition
 * takes a whole one out. Over any time, with `n` requests in it, there are at most `share * n` repetitions
 * and the reserve beside them, so that an upstream which fails altogether is not hit much harder than one that works.
 * It is one account for all workers: each tells what it has paid in and taken out, and the reserve is there once.
 * Times are `Clock.nowMs`.
 */
import type { JointCells } from "../base/joint-cells.ts";

export class RetryBudget {
  readonly #cell: number;
  #joint: JointCells | null = null;
  /** Paid in here, less what was taken out here: below 0 where others have paid in. */
  #paid = 0;
  #fadedMs = 0;

  /** @param cell where it is told to other workers */
  constructor(cell: number) {
    this.#cell = cell;
  }

  /** Null: there are no other workers. */
  set joint(joint: JointCells | null) {
    this.#joint?.put(this.#cell, 0);
    this.#joint = joint;
    joint?.put(this.#cell, this.#paid);
  }

  /** A request comes that is not a repetition. */
  deposit(share: number): void {
    this.#set(this.#paid + share);
  }

  /** Whether there may be a repetition; if so, it is counted. */
  take(nowMs: number): boolean {
    const others = this.#others;
    this.#fade(nowMs, others);
    if (RESERVE + this.#paid + others < 1) return false;
    this.#set(this.#paid - 1);
    return true;
  }

  /** What quiet hours have saved up must not become a storm: what is beyond the reserve halves every few seconds. */
  #fade(nowMs: number, others: number): void {
    const saved = Math.min(this.#paid, this.#paid + others);
    if (saved > 0) this.#set(this.#paid - saved * (1 - 0.5 ** ((nowMs - this.#fadedMs) / HALF_LIFE_MS)));
    this.#fadedMs = nowMs;
  }

  get #others(): number {
    return this.#joint === null ? 0 : this.#joint.ofOthers(this.#cell).reduce((sum, paid) => sum + paid, 0);
  }

  #set(paid: number): void {
    this.#paid = paid;
    this.#joint?.put(this.#cell, paid);
  }
}

/** Without it an upstream with little traffic could not repeat anything. Finagle: 10 a second; Envoy: 3 at once. */
const RESERVE = 10;
const HALF_LIFE_MS = 5_000;
