/**
 * Numbers that several processes count in, found by name. A row is a run of cells with one part for each process that
 * may write (its slot), so that no two ever write the same cell: `cells[row.at(slot) + i] += 1` needs no lock. The
 * memory behind it is `io/shared-memory.ts`; whoever counts knows only this.
 */

/**
 * `counter`: kept when a process dies, and counted on by the one that takes its slot. `gauge`: says how things are in
 * one process, and is set to 0 with its end. `common`: one part for all, written by its owner and read by everybody.
 */
export type RowKind = "counter" | "gauge" | "common";

export interface CellRow {
  readonly key: string;
  readonly kind: RowKind;
  /** In each part. */
  readonly length: number;
  /** Index in `cells` of the first cell of a slot's part. */
  at(slot: number): number;
}

/** Where one process counts in one row. */
export interface CellPlace {
  readonly cells: Float64Array;
  readonly at: number;
}

export interface CellRows {
  readonly cells: Float64Array;
  /** The same memory as whole numbers of 32 bits, two for each cell: what `Atomics` work on. */
  readonly words: Int32Array;
  /** How many there may be. */
  readonly slots: number;
  /** Whether a process writes in the slot, or has written in it. Of others nothing may be read: they have no memory. */
  isUsed(slot: number): boolean;
  /** All that are used. */
  usedSlots(): readonly number[];
  find(key: string): CellRow | null;
  /** All that are in use, in the order of their making. */
  list(): readonly CellRow[];
}

/** One process gives rows out; the others find them by the same keys. */
export interface CellRowOwner extends CellRows {
  /** The row of this key, with what has been counted there before; null when there is no room for another. */
  allocate(key: string, kind: RowKind, length: number, wallMs: number): CellRow | null;
  /**
   * Takes every other row whose key begins with `prefix` out of use. When the key comes back, it finds its row as it
   * was, if nobody needed the room.
   */
  retain(prefix: string, keys: ReadonlySet<string>, wallMs: number): void;
}

/** Of all parts together. */
export function totalOf(rows: CellRows, row: CellRow, cell: number): number {
  let total = 0;
  for (const slot of rows.usedSlots()) total += rows.cells[row.at(slot) + cell]!;
  return total;
}
