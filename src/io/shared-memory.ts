/**
 * One memory for all processes of an instance: who is at work, what they count, how their targets are. A file mapped
 * by each of them; where one process does everything, plain memory behind the same interface. The layout is in
 * docs/shared-memory.md.
 */
import { closeSync } from "node:fs";
import type { CellRowOwner, CellRows } from "../base/cell-rows.ts";
import { err, ok, type Result } from "../base/result.ts";
import { CELL_BYTES, HEADER, partCell, roomsAt } from "./segment/layout.ts";
import { MappedCells } from "./segment/mapped-cells.ts";
import { SegmentRows } from "./segment/rows.ts";
import { createSegmentFile, openSegmentFile, reserve, type SegmentFault } from "./segment/segment-file.ts";
import { shapeOf, writeHeader } from "./segment/shape.ts";
import { type WorkerSeat, WorkerTable } from "./segment/worker-table.ts";

/** As a worker has it. */
export interface SharedMemory {
  /** Of its file; null for plain memory. */
  readonly path: string | null;
  readonly slots: number;
  readonly workers: WorkerTable;
  readonly rows: CellRows;
  /** For the process that `slot` was given to: counters go on from where they were, gauges begin at 0. */
  takeSlot(slot: number, pid: number, wallMs: number): WorkerSeat;
}

/** As the one process has it that gives rows and slots out. */
export interface OwnedSharedMemory extends SharedMemory {
  readonly rows: CellRowOwner;
  /** Before the slot is given to a process; false when there is no room for what it counts. */
  prepareSlot(slot: number): boolean;
  /** The process of this slot is gone. What it counted stays counted. */
  freeSlot(slot: number): void;
  /** Gives up the right to grow it; the mapping stays for as long as somebody uses it. */
  close(): void;
}

/** Of the file, which is sparse: room on the file system is taken as it is needed. */
export interface SegmentSizes {
  readonly rowsBytes: number;
  readonly slotBytes: number;
}

/** For some 17,000 routes and targets. */
export const DEFAULT_SIZES: SegmentSizes = { rowsBytes: 8 * 1024 * 1024, slotBytes: 64 * 1024 * 1024 };

/** For some 2,000. Plain memory may be zeroed, and with that used, all at once. */
const LOCAL_SIZES: SegmentSizes = { rowsBytes: 1024 * 1024, slotBytes: 8 * 1024 * 1024 };

export interface SegmentOptions {
  /** The first of them that can be had is taken; see `segmentPaths`. */
  readonly paths: readonly string[];
  /** Processes that may write at once, draining and starting ones included. */
  readonly slots: number;
  readonly sizes?: SegmentSizes;
  readonly wallMs: number;
}

/** Makes the segment anew, in place of one that may be there. */
export function createSharedMemory(options: SegmentOptions): Result<OwnedSharedMemory, SegmentFault> {
  const shape = shapeOf(options.slots, options.sizes ?? DEFAULT_SIZES, options.wallMs);
  let fault: SegmentFault | null = null;
  for (const path of options.paths) {
    const opened = createSegmentFile(path, shape);
    if (opened.ok) return ok(new Segment(path, opened.value.memory, opened.value.fd));
    fault ??= opened.error;
  }
  return err(fault!);
}

/** For an owner that takes over from one that is gone, with all that has been counted. */
export function adoptSharedMemory(path: string): Result<OwnedSharedMemory, SegmentFault> {
  const opened = openSegmentFile(path);
  return opened.ok ? ok(new Segment(path, opened.value.memory, opened.value.fd)) : opened;
}

export function joinSharedMemory(path: string): Result<SharedMemory, SegmentFault> {
  const opened = openSegmentFile(path);
  if (!opened.ok) return err(opened.error);
  return ok(new Segment(path, opened.value.memory, null));
}

/** For one process that does everything. */
export function localSharedMemory(wallMs: number, sizes: SegmentSizes = LOCAL_SIZES): OwnedSharedMemory {
  const shape = shapeOf(1, sizes, wallMs);
  const memory = new MappedCells(new Uint8Array(shape.totalBytes), () => null);
  writeHeader(memory.cells, shape);
  const segment = new Segment(null, memory, null);
  segment.prepareSlot(0);
  return segment;
}

class Segment implements OwnedSharedMemory {
  readonly path: string | null;
  readonly slots: number;
  readonly workers: WorkerTable;
  readonly rows: SegmentRows;
  readonly #memory: MappedCells;
  /** Everything but the parts, which are at its end. */
  readonly #cells: Float64Array;
  #fd: number | null;

  constructor(path: string | null, memory: MappedCells, fd: number | null) {
    this.path = path;
    this.#fd = fd;
    this.#memory = memory;
    this.#cells = memory.cells;
    this.slots = this.#cells[HEADER.slots]!;
    this.workers = new WorkerTable(this.#cells, this.#cells[HEADER.workersAt]!, this.slots);
    this.rows = new SegmentRows(memory, {
      forRows: (end) => this.#reserveRows(end * CELL_BYTES),
      inParts: (end) => this.rows.usedSlots().every((slot) => this.#reservePart(slot, end)),
    });
  }

  prepareSlot(slot: number): boolean {
    return this.#reservePart(slot, Math.max(1, this.#cells[HEADER.partsEnd]!));
  }

  takeSlot(slot: number, pid: number, wallMs: number): WorkerSeat {
    this.rows.clearGauges(slot);
    return this.workers.take(slot, pid, wallMs);
  }

  freeSlot(slot: number): void {
    this.rows.clearGauges(slot);
    this.workers.free(slot);
  }

  close(): void {
    if (this.#fd !== null) closeSync(this.#fd);
    this.#fd = null;
    this.#memory.settle();
  }

  #reserveRows(endBytes: number): boolean {
    const limitBytes = this.#cells[HEADER.slotsAt]! * CELL_BYTES;
    const stepEnd = Math.min(limitBytes, endBytes + RESERVE_STEP_BYTES);
    return this.#reserve(HEADER.reservedEnd, 0, endBytes, stepEnd);
  }

  /** Stripe by stripe: between two of a slot's lie those of the others. */
  #reservePart(slot: number, end: number): boolean {
    const kept = roomsAt(this.slots) + slot;
    const stripeBytes = this.#cells[HEADER.stripeCells]! * CELL_BYTES;
    const endBytes = end * CELL_BYTES;
    for (;;) {
      const reservedBytes = this.#cells[kept]!;
      if (reservedBytes >= endBytes) return true;
      const stripe = Math.floor(reservedBytes / stripeBytes);
      const startBytes = stripe * stripeBytes;
      const at = partCell(this.#cells, startBytes / CELL_BYTES) * CELL_BYTES + slot * stripeBytes;
      const stripeEnd = startBytes + stripeBytes;
      if (!this.#reserve(kept, at - startBytes, Math.min(endBytes, stripeEnd), stripeEnd)) return false;
    }
  }

  /**
   * More than is wanted, so that ten thousand routes are not ten thousand system calls; to the byte when there is no room for
   * that.
   * @param kept the cell that says how much there is already
   * @param from the byte in the file that is counted from
   */
  #reserve(kept: number, from: number, endBytes: number, stepEnd: number): boolean {
    const reservedBytes = this.#cells[kept]!;
    if (endBytes <= reservedBytes) return true;
    for (const toBytes of [stepEnd, endBytes]) {
      if (!this.#write(from + reservedBytes, from + toBytes)) continue;
      this.#cells[kept] = toBytes;
      return true;
    }
    return false;
  }

  #write(fromBytes: number, toBytes: number): boolean {
    if (this.path === null) return true;
    return this.#fd !== null && reserve(this.#fd, fromBytes, toBytes);
  }
}

const RESERVE_STEP_BYTES = 256 * 1024;
