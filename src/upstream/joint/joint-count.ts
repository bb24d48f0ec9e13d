/**
 * How many of something are under way here, told to the other workers, so that all of them together keep to one limit.
 * What nobody limits is told to nobody, and costs nothing.
 */
import type { JointCells } from "../../base/joint-cells.ts";

export class JointCount {
  readonly #cell: number;
  #joint: JointCells | null = null;
  /** What the others see of ours. */
  #told = 0;

  constructor(cell: number) {
    this.#cell = cell;
  }

  /** From here on it is told there; what was told elsewhere is taken back. Null: there are no others. */
  use(joint: JointCells | null): void {
    if (joint === this.#joint) return;
    const told = this.#told;
    this.tell(0);
    this.#joint = joint;
    this.tell(told);
  }

  /** @param own how many there are here, or 0 when nobody wants to know */
  tell(own: number): void {
    if (own === this.#told) return;
    this.#joint?.count(this.#cell, own - this.#told);
    this.#told = own;
  }

  /** In the other workers. */
  get others(): number {
    return this.#joint === null ? 0 : this.#joint.counted(this.#cell) - this.#told;
  }

  /**
   * Whether there is a place for one more, which is then ours: it is told before the others are counted, so that whoever
   * wants the same place sees us. It is to be followed by a `tell`.
   * @param held places of ours that are given back for it
   */
  claim(own: number, held: number, limit: number): boolean {
    this.tell(own + 1);
    if (own + 1 - held + this.others <= limit) return true;
    this.tell(own);
    return false;
  }
}
