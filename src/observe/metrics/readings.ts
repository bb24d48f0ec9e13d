/** What is read out of rows: series with their labels and values, by family, ready to be written down. */
import { type CellRow, type CellRows, totalOf } from "../../base/cell-rows.ts";
import { DURATION_BUCKETS, SUM_CELL } from "./duration-scale.ts";
import type { FamilyName } from "./families.ts";
import { ERROR_CODES } from "./label-words.ts";

/** Of a histogram: how many in each bucket, and the sum. */
export interface Durations {
  readonly buckets: Float64Array;
  readonly sumMs: number;
}

export interface Series {
  /** In the order of the family's labels. */
  readonly labels: readonly string[];
  readonly value: number | Durations;
}

export class Readings {
  readonly #series = new Map<FamilyName, Series[]>();

  add(family: FamilyName, labels: readonly string[], value: Series["value"]): void {
    const series = this.#series.get(family);
    if (series === undefined) this.#series.set(family, [{ labels, value }]);
    else series.push({ labels, value });
  }

  of(family: FamilyName): readonly Series[] {
    return this.#series.get(family) ?? [];
  }
}

/** One row, read into series. */
export class RowReader {
  readonly row: CellRow;
  readonly #rows: CellRows;
  readonly #labels: readonly string[];
  readonly #readings: Readings;

  constructor(rows: CellRows, row: CellRow, labels: readonly string[], readings: Readings) {
    this.row = row;
    this.#rows = rows;
    this.#labels = labels;
    this.#readings = readings;
  }

  /** Of all processes. */
  total(cell: number): number {
    return totalOf(this.#rows, this.row, cell);
  }

  totalOfRange(from: number, length: number): number {
    let total = 0;
    for (let cell = from; cell < from + length; cell++) total += this.total(cell);
    return total;
  }

  always(family: FamilyName, cell: number, ...more: string[]): void {
    this.#add(family, more, this.total(cell));
  }

  /** Only if it has: most of what could happen never does, and a series for each would be many. */
  ifHappened(family: FamilyName, cell: number, ...more: string[]): void {
    const value = this.total(cell);
    if (value > 0) this.#add(family, more, value);
  }

  errors(family: FamilyName, from: number): void {
    for (const [i, code] of ERROR_CODES.entries()) this.ifHappened(family, from + i, code);
  }

  /** The histograms of all processes, merged by adding up; nothing if there is nothing in them. */
  durations(family: FamilyName, from: number, ...more: string[]): void {
    const merged = this.merged(from);
    if (merged !== null) this.#add(family, more, merged);
  }

  merged(from: number): Durations | null {
    const buckets = new Float64Array(DURATION_BUCKETS);
    let sumMs = 0;
    for (let slot = 0; slot < this.#rows.slots; slot++)
      sumMs += this.#addUp(buckets, this.row.at(slot) + from);
    return buckets.some((count) => count > 0) ? { buckets, sumMs } : null;
  }

  /** Of one process, labelled with its number. */
  durationsOfWorker(family: FamilyName, slot: number, from: number): void {
    const buckets = new Float64Array(DURATION_BUCKETS);
    const sumMs = this.#addUp(buckets, this.row.at(slot) + from);
    if (buckets.some((count) => count > 0)) this.#add(family, [String(slot)], { buckets, sumMs });
  }

  /** NaN: the process cannot tell. */
  ofWorker(family: FamilyName, slot: number, cell: number, unit = 1): void {
    const value = this.#rows.cells[this.row.at(slot) + cell]! / unit;
    if (!Number.isNaN(value)) this.#add(family, [String(slot)], value);
  }

  /** Of a row with one part for all. */
  common(family: FamilyName, cell: number, unit = 1): void {
    this.#add(family, [], this.#rows.cells[this.row.at(0) + cell]! / unit);
  }

  #addUp(buckets: Float64Array, at: number): number {
    const { cells } = this.#rows;
    for (let i = 0; i < DURATION_BUCKETS; i++) buckets[i]! += cells[at + i]!;
    return cells[at + SUM_CELL]!;
  }

  #add(family: FamilyName, more: readonly string[], value: Series["value"]): void {
    this.#readings.add(family, [...this.#labels, ...more], value);
  }
}
