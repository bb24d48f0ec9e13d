/**
 * Rows in a segment, one behind the other: a head, the name, the parts. Only the owner writes heads and names, and a
 * row is behind the published end until it is whole; so a reader, and whoever comes after an owner that was killed,
 * never finds half of one.
 */
import type { CellRow, CellRowOwner, RowKind } from "../../base/cell-rows.ts";
import { CELL_BYTES, HEADER, ROW, ROW_HEAD_CELLS, ROW_STATE, wholeLines } from "./layout.ts";

/** Makes sure that the file system has given room up to there; false when it does not. */
export type Reserve = (endBytes: number) => boolean;

export class SegmentRows implements CellRowOwner {
  readonly cells: Float64Array;
  readonly slots: number;
  readonly #bytes: Uint8Array;
  readonly #reserve: Reserve;
  #index = new Map<string, Row>();
  #retired: Row[] = [];
  #indexedVersion = -1;

  constructor(cells: Float64Array, reserve: Reserve) {
    this.cells = cells;
    this.slots = cells[HEADER.slots]!;
    this.#bytes = new Uint8Array(cells.buffer, cells.byteOffset, cells.byteLength);
    this.#reserve = reserve;
  }

  find(key: string): CellRow | null {
    this.#readNames();
    return this.#index.get(key) ?? null;
  }

  list(): readonly CellRow[] {
    this.#readNames();
    return [...this.#index.values()];
  }

  allocate(key: string, kind: RowKind, length: number, wallMs: number): CellRow | null {
    this.#readNames();
    const known = this.#index.get(key);
    if (known !== undefined) return known.fits(kind, length) ? known : null;
    const parts = kind === "common" ? 1 : this.slots;
    const name = ENCODER.encode(key);
    const row =
      this.#revive(key, kind, length) ??
      this.#append(name, kind, length, parts) ??
      this.#reuse(name, kind, length, wallMs);
    if (row !== null) this.#index.set(key, row);
    return row;
  }

  retain(prefix: string, keys: ReadonlySet<string>, wallMs: number): void {
    this.#readNames();
    for (const [key, row] of this.#index) {
      if (keys.has(key) || !key.startsWith(prefix)) continue;
      this.cells[row.headAt + ROW.retiredWallMs] = wallMs;
      this.cells[row.headAt + ROW.state] = ROW_STATE.retired;
      this.#index.delete(key);
      this.#retired.push(row);
      this.#publish(this.cells[HEADER.rowsEnd]!);
    }
  }

  /** A process has ended: what it said of itself is no longer so. */
  clearGauges(slot: number): void {
    for (const row of this.list()) {
      if (row.kind === "gauge") this.cells.fill(0, row.at(slot), row.at(slot) + row.length);
    }
  }

  #revive(key: string, kind: RowKind, length: number): Row | null {
    const at = this.#retired.findIndex((row) => row.key === key && row.fits(kind, length));
    if (at < 0) return null;
    const row = this.#retired.splice(at, 1)[0]!;
    this.cells[row.headAt + ROW.state] = ROW_STATE.live;
    this.#publish(this.cells[HEADER.rowsEnd]!);
    return row;
  }

  #append(name: Uint8Array, kind: RowKind, length: number, parts: number): Row | null {
    const headAt = this.cells[HEADER.rowsEnd]!;
    const keyCells = wholeLines(Math.ceil(name.length / CELL_BYTES));
    const end = headAt + ROW_HEAD_CELLS + keyCells + parts * wholeLines(length);
    if (end > this.cells.length || !this.#reserve(end * CELL_BYTES)) return null;
    // Its parts are zeros: nobody has written behind the published end but an owner that was killed, and that a head.
    this.cells.fill(0, headAt, headAt + ROW_HEAD_CELLS + keyCells);
    const { cells } = this;
    cells[headAt + ROW.kind] = KINDS.indexOf(kind);
    cells[headAt + ROW.length] = length;
    cells[headAt + ROW.keyCapacityBytes] = keyCells * CELL_BYTES;
    cells[headAt + ROW.rowCells] = end - headAt;
    this.#setName(headAt, name);
    this.#publish(end);
    return this.#rowAt(headAt);
  }

  /**
   * The room of the row that has been out of use for longest. An exchange that has outlived its route by so long counts
   * for the new one.
   */
  #reuse(name: Uint8Array, kind: RowKind, length: number, wallMs: number): Row | null {
    const at = this.#retired.findIndex(
      ({ headAt, kind: was, length: had }) =>
        was === kind &&
        had === length &&
        this.cells[headAt + ROW.keyCapacityBytes]! >= name.length &&
        wallMs - this.cells[headAt + ROW.retiredWallMs]! >= REUSED_AFTER_MS,
    );
    if (at < 0) return null;
    const { headAt } = this.#retired.splice(at, 1)[0]!;
    const partsAt = headAt + ROW_HEAD_CELLS + this.cells[headAt + ROW.keyCapacityBytes]! / CELL_BYTES;
    this.cells.fill(0, partsAt, headAt + this.cells[headAt + ROW.rowCells]!);
    this.#setName(headAt, name);
    this.#publish(this.cells[HEADER.rowsEnd]!);
    return this.#rowAt(headAt);
  }

  #setName(headAt: number, name: Uint8Array): void {
    this.#bytes.set(name, (headAt + ROW_HEAD_CELLS) * CELL_BYTES);
    this.cells[headAt + ROW.keyBytes] = name.length;
    this.cells[headAt + ROW.state] = ROW_STATE.live;
  }

  #publish(end: number): void {
    this.cells[HEADER.rowsEnd] = end;
    this.cells[HEADER.rowsVersion]! += 1;
    this.#indexedVersion = this.cells[HEADER.rowsVersion]!;
  }

  /** Only when a name has come or gone since the last time. */
  #readNames(): void {
    const version = this.cells[HEADER.rowsVersion]!;
    if (version === this.#indexedVersion) return;
    this.#index = new Map();
    this.#retired = [];
    const end = Math.min(this.cells[HEADER.rowsEnd]!, this.cells.length);
    for (let at = this.cells[HEADER.rowsAt]!; at < end; ) {
      const rowCells = this.cells[at + ROW.rowCells]!;
      // Never so in a segment that was written by us; must not become an endless loop in one that was not.
      if (!(rowCells >= ROW_HEAD_CELLS)) break;
      const row = this.#rowAt(at);
      if (this.cells[at + ROW.state] === ROW_STATE.live) this.#index.set(row.key, row);
      else this.#retired.push(row);
      at += rowCells;
    }
    this.#indexedVersion = version;
  }

  #rowAt(headAt: number): Row {
    const cell = (of: number): number => this.cells[headAt + of]!;
    const keyAt = (headAt + ROW_HEAD_CELLS) * CELL_BYTES;
    const key = DECODER.decode(this.#bytes.subarray(keyAt, keyAt + cell(ROW.keyBytes)));
    const partsAt = headAt + ROW_HEAD_CELLS + cell(ROW.keyCapacityBytes) / CELL_BYTES;
    return new Row(key, KINDS[cell(ROW.kind)] ?? "common", cell(ROW.length), headAt, partsAt);
  }
}

class Row implements CellRow {
  readonly key: string;
  readonly kind: RowKind;
  readonly length: number;
  readonly headAt: number;
  readonly #partsAt: number;
  readonly #stride: number;

  constructor(key: string, kind: RowKind, length: number, headAt: number, partsAt: number) {
    this.key = key;
    this.kind = kind;
    this.length = length;
    this.headAt = headAt;
    this.#partsAt = partsAt;
    this.#stride = kind === "common" ? 0 : wholeLines(length);
  }

  at(slot: number): number {
    return this.#partsAt + slot * this.#stride;
  }

  fits(kind: RowKind, length: number): boolean {
    return this.kind === kind && this.length === length;
  }
}

const KINDS: readonly RowKind[] = ["counter", "gauge", "common"];
const ENCODER = new TextEncoder();
const DECODER = new TextDecoder();
/** Longer than nearly everything that may still be under way on a route when a reload removes it. */
const REUSED_AFTER_MS = 3_600_000;
