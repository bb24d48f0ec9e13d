/**
 * Where everything stands in a shared segment (docs/shared-memory.md shows it). All is counted in cells of 8 bytes:
 * one aligned store of a cell is never seen half done, not even when its writer is killed.
 */

export const CELL_BYTES = 8;
/** Parts of different writers never share a cache line. */
export const LINE_CELLS = 8;

/** "PORTWARD", as the eight bytes of the first cell. */
export const MAGIC: Uint8Array = new TextEncoder().encode("PORTWARD");

/** Goes up whenever a build could read a segment of another one wrongly. */
export const LAYOUT_VERSION = 2;

/** Cells of the header. */
export const HEADER = {
  magic: 0,
  version: 1,
  /** Of the whole file. */
  totalBytes: 2,
  slots: 3,
  workersAt: 4,
  rowsAt: 5,
  /** Rows end here; written once a row before it is whole. */
  rowsEnd: 6,
  /** Up to here the file system has given room to rows. */
  reservedEnd: 7,
  /** Goes up with every change of the rows' names. */
  rowsVersion: 8,
  createdWallMs: 9,
  /** Where the parts of slots begin, and how long each of them may become. */
  slotsAt: 10,
  slotCells: 11,
  /** How much of each is given out. */
  partsEnd: 12,
  /** Parts are cut into stripes: the first of every slot, then the second of every slot, and so on. */
  stripeCells: 13,
} as const;
export const HEADER_CELLS = 64;

/** Cells of a worker's entry. */
export const WORKER = {
  pid: 0,
  generation: 1,
  heartbeat: 2,
  connections: 3,
  state: 4,
  startedWallMs: 5,
  accepted: 6,
  /** How many processes have had the slot. */
  takings: 7,
  /** Connections taken, as far as they count for whose turn it is. */
  turns: 8,
} as const;
export const WORKER_CELLS = 16;

/** Cells before a row's name and parts. */
export const ROW = {
  state: 0,
  kind: 1,
  length: 2,
  keyBytes: 3,
  keyCapacityBytes: 4,
  /** To the next row. */
  rowCells: 5,
  retiredWallMs: 6,
  /** Of its cells, in each slot's part, all in one stripe; of a common row, in the segment. */
  cellsAt: 7,
} as const;
export const ROW_HEAD_CELLS = 8;

export const ROW_STATE = { live: 1, retired: 2 } as const;

/** Up to the next multiple of a cache line. */
export function wholeLines(cells: number): number {
  return Math.ceil(cells / LINE_CELLS) * LINE_CELLS;
}

/** Of the room that each slot's part has got, in bytes: one cell for each slot. 0: nobody has had it yet. */
export function roomsAt(slots: number): number {
  return HEADER_CELLS + slots * WORKER_CELLS;
}

/** Where a cell of the first slot's part is in the segment. Those of the other slots follow, a stripe further each. */
export function partCell(cells: Float64Array, at: number): number {
  const stripeCells = cells[HEADER.stripeCells]!;
  const stripe = Math.floor(at / stripeCells);
  return cells[HEADER.slotsAt]! + stripe * stripeCells * cells[HEADER.slots]! + (at % stripeCells);
}

/** Cells that are there before the first row. */
export function fixedCells(slots: number): number {
  return roomsAt(slots) + wholeLines(slots);
}
