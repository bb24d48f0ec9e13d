/**
 * What the whole process holds for peers that do not take it. Each connection is bounded by itself; but thousands of
 * clients that stop reading at once could together take more memory than there is, and then everybody would pay.
 */

/** What holds bytes. */
export interface Holder {
  readonly unsentBytes: number;
}

export class HeldBudget<T extends Holder> {
  limitBytes: number = Number.POSITIVE_INFINITY;
  #bytes = 0;
  /** Whose peer has taken nothing for the longest time comes first. */
  readonly #holders = new Set<T>();

  get bytes(): number {
    return this.#bytes;
  }

  get isOver(): boolean {
    return this.#bytes > this.limitBytes;
  }

  /** More is held, which says nothing about whether the peer takes any. */
  add(holder: T, bytes: number): void {
    this.#bytes += bytes;
    this.#holders.add(holder);
  }

  /** The peer has taken some of it. */
  taken(holder: T, bytes: number): void {
    this.#bytes -= bytes;
    this.#holders.delete(holder);
    if (holder.unsentBytes > 0) this.#holders.add(holder);
  }

  /** All of it is dropped. */
  drop(holder: T, bytes: number): void {
    this.#bytes -= bytes;
    this.#holders.delete(holder);
  }

  /**
   * Who has to go: of those whose peers have stood still for the longest time the one that holds most. Somebody slow who
   * takes a little now and then is not among them, as long as others stand still.
   */
  victim(): T | null {
    let found: T | null = null;
    let left = CONSIDERED;
    for (const holder of this.#holders) {
      if (found === null || holder.unsentBytes > found.unsentBytes) found = holder;
      if (--left === 0) break;
    }
    return found;
  }
}

/** A look at all of ten thousand for each victim would itself be what slows everybody down. */
const CONSIDERED = 32;
