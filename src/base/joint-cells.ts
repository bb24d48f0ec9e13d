/**
 * A part of a row through which processes act as one: each says in its own cells how things are with it, and reads what
 * the others say. A process that dies leaves nothing half done, and nothing behind once its slot is given back.
 *
 * Numbers that a limit hangs on are whole ones, changed and read with `Atomics`: who counts itself first and then adds
 * everybody up is seen by all who do so after it, so of several who want the last place never two get it.
 */
import type { CellRow, CellRows } from "./cell-rows.ts";

export class JointCells {
  /** What to add to `Clock.nowMs` for a time that means the same in every process. */
  readonly epochMs: number;
  readonly #rows: CellRows;
  readonly #row: CellRow;
  readonly #slot: number;
  readonly #at: number;

  constructor(rows: CellRows, row: CellRow, slot: number, epochMs: number) {
    this.#rows = rows;
    this.#row = row;
    this.#slot = slot;
    this.#at = row.at(slot);
    this.epochMs = epochMs;
  }

  /** Whether they are the same cells: a reload finds most rows where they were. */
  isAt(other: JointCells | null): boolean {
    return (
      other !== null && other.#rows === this.#rows && other.#at === this.#at && other.#slot === this.#slot
    );
  }

  /** How many processes may have a part in it: those that there are, and those that were before them. */
  get processes(): number {
    let count = 0;
    for (let slot = 0; slot < this.#rows.slots; slot++) if (this.#rows.isUsed(slot)) count++;
    return count;
  }

  own(cell: number): number {
    return this.#rows.cells[this.#at + cell]!;
  }

  put(cell: number, value: number): void {
    this.#rows.cells[this.#at + cell] = value;
  }

  /** Of the cell in the part of each other process. */
  ofOthers(cell: number): number[] {
    const values: number[] = [];
    const { slots, cells } = this.#rows;
    for (let slot = 0; slot < slots; slot++) {
      if (this.#isOther(slot)) values.push(cells[this.#row.at(slot) + cell]!);
    }
    return values;
  }

  /** The first cells of the other processes' parts, for `at`. */
  others(): number[] {
    const places: number[] = [];
    for (let slot = 0; slot < this.#rows.slots; slot++) {
      if (this.#isOther(slot)) places.push(this.#row.at(slot));
    }
    return places;
  }

  at(place: number, cell: number): number {
    return this.#rows.cells[place + cell]!;
  }

  count(cell: number, by: number): void {
    Atomics.add(this.#rows.words, wordOf(this.#at + cell), by);
  }

  /** Of all processes, this one included. No object is made. */
  counted(cell: number): number {
    const { slots, words } = this.#rows;
    let sum = 0;
    for (let slot = 0; slot < slots; slot++) {
      if (this.#rows.isUsed(slot)) sum += Atomics.load(words, wordOf(this.#row.at(slot) + cell));
    }
    return sum;
  }

  /** In how many processes one of these counts is not 0. */
  countingProcesses(cells: readonly number[]): number {
    const { slots, words } = this.#rows;
    let processes = 0;
    for (let slot = 0; slot < slots; slot++) {
      if (!this.#rows.isUsed(slot)) continue;
      const at = this.#row.at(slot);
      if (cells.some((cell) => Atomics.load(words, wordOf(at + cell)) !== 0)) processes++;
    }
    return processes;
  }

  /** Tells the others that there is something new. The one kind of cell that everybody writes. */
  ring(bell: number): void {
    for (let slot = 0; slot < this.#rows.slots; slot++) {
      if (this.#isOther(slot)) Atomics.add(this.#rows.words, wordOf(this.#row.at(slot) + bell), 1);
    }
  }

  /** How often others have rung here; one load. */
  rung(bell: number): number {
    return this.#rows.words[wordOf(this.#at + bell)]!;
  }

  /** What was written before is seen by others before anything is read that is read afterwards. */
  settle(cell: number): void {
    Atomics.add(this.#rows.words, wordOf(this.#at + cell), 0);
  }

  #isOther(slot: number): boolean {
    return slot !== this.#slot && this.#rows.isUsed(slot);
  }
}

/** The lower half of a cell. */
function wordOf(cell: number): number {
  return cell * 2;
}
