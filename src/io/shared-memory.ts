/**
 * One memory for all processes of an instance: who is at work, what they count, how their targets are. A file mapped
 * by each of them; where one process does everything, plain memory behind the same interface. The layout is in
 * docs/shared-memory.md.
 */
import { closeSync } from "node:fs";
import type { CellRowOwner, CellRows } from "../base/cell-rows.ts";
import { err, ok, type Result } from "../base/result.ts";
import { CELL_BYTES, fixedCells, HEADER, HEADER_CELLS } from "./segment/layout.ts";
import { SegmentRows } from "./segment/rows.ts";
import {
  createSegmentFile,
  type OpenSegment,
  openSegmentFile,
  reserve,
  type SegmentFault,
  type SegmentShape,
} from "./segment/segment-file.ts";
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
  /** The process of this slot is gone. What it counted stays counted. */
  freeSlot(slot: number): void;
  /** Gives up the right to grow it; the mapping stays for as long as somebody uses it. */
  close(): void;
}

export interface SegmentOptions {
  /** The first of them that can be had is taken; see `segmentPaths`. */
  readonly paths: readonly string[];
  /** Processes that may write at once, draining and starting ones included. */
  readonly slots: number;
  readonly limitBytes: number;
  readonly wallMs: number;
}

/** Makes the segment anew, in place of one that may be there. */
export function createSharedMemory(options: SegmentOptions): Result<OwnedSharedMemory, SegmentFault> {
  const shape = shapeOf(options.slots, options.limitBytes, options.wallMs);
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
  const { fd, memory }: OpenSegment = opened.value;
  closeSync(fd);
  return ok(new Segment(path, memory, null));
}

/** For one process that does everything. */
export function localSharedMemory(wallMs: number, limitBytes: number = LOCAL_BYTES): OwnedSharedMemory {
  const shape = shapeOf(1, limitBytes, wallMs);
  const cells = new Float64Array(shape.totalBytes / CELL_BYTES);
  cells[HEADER.totalBytes] = shape.totalBytes;
  cells[HEADER.slots] = 1;
  cells[HEADER.workersAt] = shape.workersAt;
  cells[HEADER.rowsAt] = shape.rowsAt;
  cells[HEADER.rowsEnd] = shape.rowsAt;
  cells[HEADER.reservedEnd] = shape.totalBytes;
  return new Segment(null, new Uint8Array(cells.buffer), null);
}

class Segment implements OwnedSharedMemory {
  readonly path: string | null;
  readonly slots: number;
  readonly workers: WorkerTable;
  readonly rows: SegmentRows;
  readonly #cells: Float64Array;
  #fd: number | null;

  constructor(path: string | null, memory: Uint8Array, fd: number | null) {
    this.path = path;
    this.#fd = fd;
    this.#cells = new Float64Array(memory.buffer, memory.byteOffset, memory.length / CELL_BYTES);
    this.slots = this.#cells[HEADER.slots]!;
    this.workers = new WorkerTable(this.#cells, this.#cells[HEADER.workersAt]!, this.slots);
    this.rows = new SegmentRows(this.#cells, (endBytes) => this.#reserve(endBytes));
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
  }

  /** In steps, so that ten thousand routes are not ten thousand system calls; to the byte when a step has no room. */
  #reserve(endBytes: number): boolean {
    const reservedBytes = this.#cells[HEADER.reservedEnd]!;
    if (endBytes <= reservedBytes) return true;
    if (this.#fd === null) return false;
    const stepEnd = Math.min(this.#cells[HEADER.totalBytes]!, endBytes + RESERVE_STEP_BYTES);
    for (const toBytes of [stepEnd, endBytes]) {
      if (!reserve(this.#fd, reservedBytes, toBytes)) continue;
      this.#cells[HEADER.reservedEnd] = toBytes;
      return true;
    }
    return false;
  }
}

function shapeOf(slots: number, limitBytes: number, wallMs: number): SegmentShape {
  const rowsAt = fixedCells(slots);
  const totalBytes = Math.max(
    Math.floor(limitBytes / PAGE_BYTES) * PAGE_BYTES,
    rowsAt * CELL_BYTES + PAGE_BYTES,
  );
  return { slots, totalBytes, workersAt: HEADER_CELLS, rowsAt, wallMs };
}

const PAGE_BYTES = 4096;
const RESERVE_STEP_BYTES = 256 * 1024;
/** Of addresses; memory is used as rows are. */
export const LOCAL_BYTES: number = 64 * 1024 * 1024;
