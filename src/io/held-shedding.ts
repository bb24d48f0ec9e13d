/** When connections have to go for `HeldBudget`: behind the event that went over it, and again while there is no room. */
import { HeldBudget, type Holder, LOOK_AGAIN_MS } from "./held-budget.ts";
import { refreshClock } from "./real-clock.ts";

export interface Sheddable extends Holder {
  fail(cause: string): void;
}

/** The cause with which a connection closes that has to go. */
export const HELD = "HELD";

export class HeldShedding<T extends Sheddable> {
  readonly budget: HeldBudget<T> = new HeldBudget();
  readonly #afterwards: () => void;
  #scheduled = false;

  /** @param afterwards what every callback from the runtime ends with */
  constructor(afterwards: () => void) {
    this.#afterwards = afterwards;
  }

  /** Bytes have been added. Not within this event, which is still writing. */
  noteAdded(): void {
    if (!this.budget.isOver || this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(this.#shed);
  }

  readonly #shed = (): void => {
    this.budget.shed(refreshClock(), (connection) => connection.fail(HELD));
    this.#afterwards();
    this.#scheduled = this.budget.isOver;
    if (this.#scheduled) setTimeout(this.#shed, LOOK_AGAIN_MS + 1).unref();
  };
}
