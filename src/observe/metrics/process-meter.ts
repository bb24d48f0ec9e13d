/** What a process says of itself from time to time, and of reloads, which one process tells for all. */
import type { CellPlace } from "../../base/cell-rows.ts";
import { countDuration, DURATION_CELLS } from "./duration-scale.ts";

/** Of one process, as it is now. */
export const PROCESS_NOW_CELLS = {
  residentBytes: 0,
  heapBytes: 1,
  heapSizeBytes: 2,
  openDescriptors: 3,
  cpuMs: 4,
  length: 5,
} as const;

/** Cells of one process that only grow: how late timers came, lines of access logs and spans that were lost. */
export const PROCESS_CELLS = {
  lag: 0,
  lostLines: DURATION_CELLS,
  droppedSpans: DURATION_CELLS + 1,
  length: DURATION_CELLS + 2,
} as const;

export const INSTANCE_CELLS = {
  reloads: 0,
  failedReloads: 1,
  obtainedCertificates: 2,
  failedOrders: 3,
  length: 4,
} as const;
export const INSTANCE_NOW_CELLS = { lastReloadGood: 0, lastGoodWallMs: 1, length: 2 } as const;

export interface ProcessSample {
  readonly residentBytes: number;
  readonly heapBytes: number;
  readonly heapSizeBytes: number;
  /** Null where the system does not tell. */
  readonly openDescriptors: number | null;
  readonly cpuMs: number;
}

export class ProcessMeter {
  readonly #now: Float64Array;
  readonly #nowAt: number;
  readonly #cells: Float64Array;
  readonly #at: number;

  constructor({ cells, at }: CellPlace, now: CellPlace) {
    this.#now = now.cells;
    this.#nowAt = now.at;
    this.#cells = cells;
    this.#at = at;
  }

  set(sample: ProcessSample): void {
    const at = this.#nowAt;
    this.#now[at + PROCESS_NOW_CELLS.residentBytes] = sample.residentBytes;
    this.#now[at + PROCESS_NOW_CELLS.heapBytes] = sample.heapBytes;
    this.#now[at + PROCESS_NOW_CELLS.heapSizeBytes] = sample.heapSizeBytes;
    this.#now[at + PROCESS_NOW_CELLS.openDescriptors] = sample.openDescriptors ?? Number.NaN;
    this.#now[at + PROCESS_NOW_CELLS.cpuMs] = sample.cpuMs;
  }

  linesLost(count: number): void {
    this.#cells[this.#at + PROCESS_CELLS.lostLines]! += count;
  }

  spansDropped(count: number): void {
    this.#cells[this.#at + PROCESS_CELLS.droppedSpans]! += count;
  }

  late(ms: number): void {
    countDuration(this.#cells, this.#at + PROCESS_CELLS.lag, ms);
  }
}

export class InstanceMeter {
  readonly #cells: Float64Array;
  readonly #at: number;
  readonly #now: Float64Array;
  readonly #nowAt: number;

  constructor({ cells, at }: CellPlace, now: CellPlace) {
    this.#cells = cells;
    this.#at = at;
    this.#now = now.cells;
    this.#nowAt = now.at;
  }

  /** The start counts as the first good one, but as no reload. */
  started(wallMs: number): void {
    this.#now[this.#nowAt + INSTANCE_NOW_CELLS.lastReloadGood] = 1;
    this.#now[this.#nowAt + INSTANCE_NOW_CELLS.lastGoodWallMs] = wallMs;
  }

  reloaded(good: boolean, wallMs: number): void {
    this.#cells[this.#at + (good ? INSTANCE_CELLS.reloads : INSTANCE_CELLS.failedReloads)]! += 1;
    this.#now[this.#nowAt + INSTANCE_NOW_CELLS.lastReloadGood] = good ? 1 : 0;
    if (good) this.#now[this.#nowAt + INSTANCE_NOW_CELLS.lastGoodWallMs] = wallMs;
  }

  /** A certificate was asked for. */
  ordered(obtained: boolean): void {
    this.#cells[this.#at + (obtained ? INSTANCE_CELLS.obtainedCertificates : INSTANCE_CELLS.failedOrders)]! +=
      1;
  }
}
