/** How large a segment is and where its sections are, worked out once, when it is made. */
import {
  CELL_BYTES,
  fixedCells,
  HEADER,
  HEADER_CELLS,
  LAYOUT_VERSION,
  LINE_CELLS,
  wholeLines,
} from "./layout.ts";

export interface SegmentShape {
  readonly slots: number;
  readonly totalBytes: number;
  readonly workersAt: number;
  readonly rowsAt: number;
  readonly slotsAt: number;
  readonly slotCells: number;
  readonly stripeCells: number;
  readonly wallMs: number;
}

/** @param sizes of what rows and their names take, and of the cells of each slot */
export function shapeOf(
  slots: number,
  sizes: { readonly rowsBytes: number; readonly slotBytes: number },
  wallMs: number,
): SegmentShape {
  const rowsAt = fixedCells(slots);
  const slotsAt = rowsAt + wholeLines(sizes.rowsBytes / CELL_BYTES);
  const stripeCells = Math.min(STRIPE_CELLS, wholeLines(sizes.slotBytes / CELL_BYTES));
  const slotCells = Math.ceil(sizes.slotBytes / CELL_BYTES / stripeCells) * stripeCells;
  const totalBytes = Math.ceil(((slotsAt + slots * slotCells) * CELL_BYTES) / PAGE_BYTES) * PAGE_BYTES;
  return { slots, totalBytes, workersAt: HEADER_CELLS, rowsAt, slotsAt, slotCells, stripeCells, wallMs };
}

export function writeHeader(cells: Float64Array, shape: SegmentShape): void {
  cells[HEADER.version] = LAYOUT_VERSION;
  cells[HEADER.totalBytes] = shape.totalBytes;
  cells[HEADER.slots] = shape.slots;
  cells[HEADER.workersAt] = shape.workersAt;
  cells[HEADER.rowsAt] = shape.rowsAt;
  cells[HEADER.rowsEnd] = shape.rowsAt;
  cells[HEADER.reservedEnd] = shape.rowsAt * CELL_BYTES;
  cells[HEADER.createdWallMs] = shape.wallMs;
  cells[HEADER.slotsAt] = shape.slotsAt;
  cells[HEADER.slotCells] = shape.slotCells;
  cells[HEADER.partsEnd] = 0;
  cells[HEADER.stripeCells] = shape.stripeCells;
}

/** Whether a header can be one that we wrote: whoever uses it goes where it says. */
export function isSound(cells: Float64Array): boolean {
  const cell = (of: number): number => cells[of]!;
  const slots = cell(HEADER.slots);
  const end = cell(HEADER.slotsAt) + slots * cell(HEADER.slotCells);
  return (
    slots >= 1 &&
    cell(HEADER.workersAt) === HEADER_CELLS &&
    cell(HEADER.rowsAt) === fixedCells(slots) &&
    cell(HEADER.rowsEnd) >= cell(HEADER.rowsAt) &&
    cell(HEADER.slotsAt) >= cell(HEADER.rowsEnd) &&
    cell(HEADER.slotCells) >= cell(HEADER.partsEnd) &&
    cell(HEADER.stripeCells) >= LINE_CELLS &&
    cell(HEADER.slotCells) % cell(HEADER.stripeCells) === 0 &&
    end * CELL_BYTES <= cell(HEADER.totalBytes)
  );
}

const PAGE_BYTES = 4096;
/** 256 KiB: of some 70 routes and targets, and as much as is taken of the file system at a time. */
const STRIPE_CELLS = 32 * 1024;
