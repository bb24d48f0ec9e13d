/** What is read out of rows: series with their labels and values, by family, ready to be written down. */
import type { CellRow, CellRows } from "../../base/cell-rows.ts";
import { addExposed, DURATION_BUCKETS, EXPOSED_BUCKETS, SUM_CELL } from "./duration-scale.ts";
import type { FamilyName } from "./families.ts";
import { ERROR_CODES } from "./label-words.ts";

/** Of a histogram: how many in each of the buckets that are shown, and the sum. */
export interface Durations {
  readonly buckets: Float64Array;
  readonly sumMs: number;
}

export interface Series {
  /** In the order of the family's labels. */
  readonly labels: readonly string[];
  readonly value: number | Durations;
}

/** A histogram in all its buckets, for whoever wants quantiles. */
export interface FineSeries {
  readonly labels: readonly string[];
  readonly buckets: Float64Array;
}

export class Readings {
  readonly #series = new Map<FamilyName, Series[]>();
  readonly #fine: Readonly<Record<"route" | "target", FineSeries[]>> = { route: [], target: [] };

  add(family: FamilyName, labels: readonly string[], value: Series["value"]): void {
    const series = this.#series.get(family);
    if (series === undefined) this.#series.set(family, [{ labels, value }]);
    else series.push({ labels, value });
  }

  addFine(of: "route" | "target", series: FineSeries): void {
    this.#fine[of].push(series);
  }

  /** By route or target; labelled as the families of these are. */
  fine(of: "route" | "target"): readonly FineSeries[] {
    return this.#fine[of];
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
  readonly #slots: readonly number[];

  /** @param slots whose counts are read */
  constructor(
    rows: CellRows,
    row: CellRow,
    labels: readonly string[],
    slots: readonly number[],
    readings: Readings,
  ) {
    this.row = row;
    this.#slots = slots;
    this.#rows = rows;
    this.#labels = labels;
    this.#readings = readings;
  }

  /** Of all processes. */
  total(cell: number): number {
    const { cells } = this.#rows;
    let total = 0;
    for (const slot of this.#slots) total += cells[this.row.at(slot) + cell]!;
    return total;
  }

  totalOfRange(from: number, length: number): number {
    let total = 0;
    for (let cell = from; cell < from + length; cell++) total += this.total(cell);
    return total;
  }

  always(family: FamilyName, cell: number, ...more: string[]): void {
    this.#add(family, more, this.total(cell));
  }

  /** Of the processes that know: the earliest, the most, whatever `choose` takes. Nothing if none does. */
  known(family: FamilyName, cell: number, choose: (...values: number[]) => number): void {
    const values = this.#slots.map((slot) => this.#rows.cells[this.row.at(slot) + cell]!);
    const known = values.filter((value) => value !== 0);
    if (known.length > 0) this.#add(family, [], choose(...known));
  }

  /** Only if it has: most of what could happen never does, and a series for each would be many. */
  ifHappened(family: FamilyName, cell: number, ...more: string[]): void {
    const value = this.total(cell);
    if (value > 0) this.#add(family, more, value);
  }

  errors(family: FamilyName, from: number): void {
    for (const [i, code] of ERROR_CODES.entries()) this.ifHappened(family, from + i, code);
  }

  /** The fine histograms of all processes, merged by adding up; nothing if there is nothing in them. */
  durations(family: FamilyName, from: number, ...more: string[]): void {
    const buckets = new Float64Array(EXPOSED_BUCKETS);
    const { cells } = this.#rows;
    let sumMs = 0;
    for (const slot of this.#slots) {
      const at = this.row.at(slot) + from;
      addExposed(buckets, cells, at);
      sumMs += cells[at + SUM_CELL]!;
    }
    this.#addDurations(family, more, { buckets, sumMs });
  }

  /** Likewise, as it was counted. */
  fineDurations(of: "route" | "target", from: number): void {
    const buckets = new Float64Array(DURATION_BUCKETS);
    for (const slot of this.#slots) {
      const at = this.row.at(slot) + from;
      for (let i = 0; i < DURATION_BUCKETS; i++) buckets[i]! += this.#rows.cells[at + i]!;
    }
    if (buckets.some((count) => count > 0)) this.#readings.addFine(of, { labels: this.#labels, buckets });
  }

  /** Likewise, of histograms that are counted as they are shown. */
  exposedDurations(family: FamilyName, from: number, ...more: string[]): void {
    const buckets = Float64Array.from({ length: EXPOSED_BUCKETS }, (_, i) => this.total(from + i));
    this.#addDurations(family, more, { buckets, sumMs: this.total(from + EXPOSED_BUCKETS) });
  }

  /** Of one process, labelled with its number. */
  durationsOfWorker(family: FamilyName, slot: number, from: number): void {
    const buckets = new Float64Array(EXPOSED_BUCKETS);
    const at = this.row.at(slot) + from;
    addExposed(buckets, this.#rows.cells, at);
    this.#addDurations(family, [String(slot)], { buckets, sumMs: this.#rows.cells[at + SUM_CELL]! });
  }

  /** NaN: the process cannot tell. */
  ofWorker(family: FamilyName, slot: number, cell: number, unit = 1): void {
    const value = this.#rows.cells[this.row.at(slot) + cell]! / unit;
    if (!Number.isNaN(value)) this.#add(family, [String(slot)], value);
  }

  /** Of a row with one part for all. */
  common(family: FamilyName, cell: number, unit = 1, ...more: string[]): void {
    this.#add(family, more, this.#rows.cells[this.row.at(0) + cell]! / unit);
  }

  #addDurations(family: FamilyName, more: readonly string[], value: Durations): void {
    if (value.buckets.some((count) => count > 0)) this.#add(family, more, value);
  }

  #add(family: FamilyName, more: readonly string[], value: Series["value"]): void {
    this.#readings.add(family, [...this.#labels, ...more], value);
  }
}
