/**
 * What the whole process holds for peers that do not take it. Each connection is bounded by itself; but thousands of
 * clients that stop reading at once could together take more memory than there is, and then everybody would pay.
 *
 * Who has to go stands still: its side has acknowledged nothing from one look at it to another. A slow reader cannot be told
 * from it by a single look, nor by what the kernel takes from us, which comes in megabytes.
 */

/** What holds bytes. */
export interface Holder {
  readonly unsentBytes: number;
  /** What the peer's side has taken; costs a system call. */
  readonly takenBytes: number;
}

export class HeldBudget<T extends Holder> {
  limitBytes: number = Number.POSITIVE_INFINITY;
  #bytes = 0;
  /** Whose peer has taken nothing for the longest time comes first; null: nobody has looked yet. */
  readonly #holders = new Map<T, Look | null>();

  get bytes(): number {
    return this.#bytes;
  }

  get isOver(): boolean {
    return this.#bytes > this.limitBytes;
  }

  /** So much that there is no time for a second look. */
  get isFarOver(): boolean {
    return this.#bytes > this.limitBytes * FAR;
  }

  /** More is held, which says nothing about whether the peer takes any. */
  add(holder: T, bytes: number): void {
    this.#bytes += bytes;
    if (!this.#holders.has(holder)) this.#holders.set(holder, null);
  }

  /** The peer has taken some of it. */
  taken(holder: T, bytes: number): void {
    this.#bytes -= bytes;
    this.#holders.delete(holder);
    if (holder.unsentBytes > 0) this.#holders.set(holder, HAS_TAKEN);
  }

  /** All of it is dropped. */
  drop(holder: T, bytes: number): void {
    this.#bytes -= bytes;
    this.#holders.delete(holder);
  }

  /**
   * Looks at those who may have to go, and ends them by `end`, which must `drop` what they hold, until there is room: first
   * those who stand still, the largest first. Others may still be found to stand still at one of the next looks, which are
   * `LOOK_AGAIN_MS` apart; only far over the limit they go at once, and those that are known to move as the last.
   */
  shed(nowMs: number, end: (holder: T) => void): void {
    const ranked = this.#look(nowMs);
    for (const [rank, holders] of ranked.entries()) {
      const mostBytes = rank === RANK.stands ? this.limitBytes : this.limitBytes * FAR;
      holders.sort((a, b) => b.unsentBytes - a.unsentBytes);
      for (const holder of holders) {
        if (this.#bytes <= mostBytes) return;
        end(holder);
      }
    }
  }

  /** The first of them, by rank. Who does not stand still goes to the end of the queue. */
  #look(nowMs: number): T[][] {
    const ranked: T[][] = [[], [], []];
    for (const [holder, before] of [...this.#holders.entries().take(CONSIDERED)]) {
      const look = lookAt(holder, before, nowMs);
      ranked[look.rank]!.push(holder);
      if (look.rank !== RANK.stands) this.#holders.delete(holder);
      this.#holders.set(holder, look);
    }
    return ranked;
  }
}

/** What was seen of a holder. */
interface Look {
  readonly takenBytes: number;
  readonly atMs: number;
  readonly rank: Rank;
}

function lookAt({ takenBytes }: Holder, before: Look | null, nowMs: number): Look {
  if (before === null) return { takenBytes, atMs: nowMs, rank: RANK.unknown };
  if (before.takenBytes !== takenBytes) return { takenBytes, atMs: nowMs, rank: RANK.moves };
  return nowMs - before.atMs < STANDS_STILL_MS ? before : { ...before, rank: RANK.stands };
}

/** In the order in which they have to go. */
const RANK = { stands: 0, unknown: 1, moves: 2 } as const;
type Rank = (typeof RANK)[keyof typeof RANK];
const HAS_TAKEN: Look = { takenBytes: -1, atMs: 0, rank: RANK.moves };
export const LOOK_AGAIN_MS = 10;
/** A client far away acknowledges all that is under way once in a round trip, and nothing in between. */
const STANDS_STILL_MS = 250;
/** A look at all of ten thousand would itself be what slows everybody down. */
const CONSIDERED = 32;
const FAR = 1.25;
