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
  #isAboutToShed = false;
  #looksAgain = false;

  /** @param afterwards what every callback from the runtime ends with */
  constructor(afterwards: () => void) {
    this.#afterwards = afterwards;
  }

  /** Bytes have been added. Nobody goes within this event, which is still writing. */
  noteAdded(): void {
    const { budget } = this;
    if (!budget.isOver || this.#isAboutToShed || (this.#looksAgain && !budget.isFarOver)) return;
    this.#isAboutToShed = true;
    queueMicrotask(this.#shed);
  }

  readonly #shed = (): void => {
    this.#isAboutToShed = false;
    this.budget.shed(refreshClock(), (connection) => connection.fail(HELD));
    this.#afterwards();
    if (this.#looksAgain || !this.budget.isOver) return;
    this.#looksAgain = true;
    setTimeout(this.#lookAgain, LOOK_AGAIN_MS + 1).unref();
  };

  readonly #lookAgain = (): void => {
    this.#looksAgain = false;
    if (this.budget.isOver) this.#shed();
  };
}
