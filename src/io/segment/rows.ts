/**
 * Rows in a segment, one behind the other: a head and the name. Its cells are at the same place in the part of every
 * slot, or behind the name if there is one for all. Only the owner writes heads and names, and a row is behind the
 * published end until it is whole; so a reader, and whoever comes after an owner that was killed, never finds half of one.
 */
import type { CellRow, CellRowOwner, RowKind } from "../../base/cell-rows.ts";
import {
  CELL_BYTES,
  HEADER,
  partCell,
  ROW,
  ROW_HEAD_CELLS,
  ROW_STATE,
  roomsAt,
  wholeLines,
} from "./layout.ts";
import type { MappedCells } from "./mapped-cells.ts";

/** Makes sure that the file system has given room; false when it does not. */
export interface Room {
  /** For rows, up to this cell of the segment. */
  forRows(end: number): boolean;
  /** In the part of every slot that is used, up to this cell of it. */
  inParts(end: number): boolean;
}

export class SegmentRows implements CellRowOwner {
  readonly slots: number;
  readonly #memory: MappedCells;
  readonly #roomsAt: number;
  readonly #room: Room;
  readonly #index = new Map<string, Row>();
  /** In the order of the segment: rows never move, so a change is found by a look at the heads. */
  readonly #read: ReadRow[] = [];
  /** The oldest first, as far as they were retired here. */
  readonly #retired = new Set<Row>();
  readonly #retiredByKey = new Map<string, Row>();
  /** By kind and length: before this moment there is nothing to reuse, so that nobody looks at thousands in vain. */
  readonly #reusableFromMs = new Map<string, number>();
  #indexedVersion = -1;

  constructor(memory: MappedCells, room: Room) {
    this.#memory = memory;
    this.slots = memory.cells[HEADER.slots]!;
    this.#roomsAt = roomsAt(this.slots);
    this.#room = room;
  }

  get cells(): Float64Array {
    return this.#memory.cells;
  }

  get words(): Int32Array {
    return this.#memory.words;
  }

  usedSlots(): readonly number[] {
    const used: number[] = [];
    for (let slot = 0; slot < this.slots; slot++) if (this.isUsed(slot)) used.push(slot);
    return used;
  }

  isUsed(slot: number): boolean {
    return this.cells[this.#roomsAt + slot]! > 0;
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
    const name = ENCODER.encode(key);
    const row =
      this.#revive(key, kind, length) ??
      this.#append(name, kind, length) ??
      this.#reuse(name, kind, length, wallMs);
    if (row !== null) this.#index.set(key, row);
    return row;
  }

  retain(prefix: string, keys: ReadonlySet<string>, wallMs: number): void {
    this.#readNames();
    for (const [key, row] of this.#index) {
      if (keys.has(key) || !key.startsWith(prefix)) continue;
      // In this order: see `#readRow`.
      this.cells[row.headAt + ROW.state] = ROW_STATE.retired;
      this.cells[row.headAt + ROW.retiredWallMs] = wallMs;
      this.#index.delete(key);
      this.#retire(row);
      this.#publish(this.cells[HEADER.rowsEnd]!);
    }
  }

  /** A process has ended: what it said of itself is no longer so, nor if a row that is out of use comes back. */
  clearGauges(slot: number): void {
    if (!this.isUsed(slot)) return;
    for (const row of [...this.list(), ...this.#retired]) {
      if (row.kind === "gauge") this.cells.fill(0, row.at(slot), row.at(slot) + row.length);
    }
  }

  #revive(key: string, kind: RowKind, length: number): Row | null {
    const row = this.#retiredByKey.get(key);
    if (row === undefined || !row.fits(kind, length)) return null;
    this.#unretire(row);
    this.cells[row.headAt + ROW.state] = ROW_STATE.live;
    this.#publish(this.cells[HEADER.rowsEnd]!);
    return row;
  }

  #append(name: Uint8Array, kind: RowKind, length: number): Row | null {
    const { cells } = this;
    const headAt = cells[HEADER.rowsEnd]!;
    const nameEnd = headAt + ROW_HEAD_CELLS + wholeLines(Math.ceil(name.length / CELL_BYTES));
    const isCommon = kind === "common";
    const end = isCommon ? nameEnd + wholeLines(length) : nameEnd;
    const partsAt = isCommon ? cells[HEADER.partsEnd]! : this.#partFor(wholeLines(length));
    const partsEnd = isCommon ? partsAt : partsAt + wholeLines(length);
    if (end > cells[HEADER.slotsAt]! || partsEnd > cells[HEADER.slotCells]!) return null;
    if (!this.#room.forRows(end) || !this.#room.inParts(partsEnd)) return null;
    if (!this.#memory.reaches(partsEnd)) return null;
    // Its cells are zeros: nobody has written behind the published end but an owner that was killed, and that a head.
    cells.fill(0, headAt, nameEnd);
    cells[headAt + ROW.kind] = KINDS.indexOf(kind);
    cells[headAt + ROW.length] = length;
    cells[headAt + ROW.keyCapacityBytes] = (nameEnd - headAt - ROW_HEAD_CELLS) * CELL_BYTES;
    cells[headAt + ROW.rowCells] = end - headAt;
    cells[headAt + ROW.cellsAt] = isCommon ? nameEnd : partsAt;
    this.#setName(headAt, name);
    cells[HEADER.partsEnd] = partsEnd;
    this.#publish(end);
    return this.#rowAt(headAt);
  }

  /** Where as many cells are free in one stripe; nowhere, when none is so long. */
  #partFor(length: number): number {
    const stripeCells = this.cells[HEADER.stripeCells]!;
    const partsEnd = this.cells[HEADER.partsEnd]!;
    if (length > stripeCells) return Number.POSITIVE_INFINITY;
    const left = stripeCells - (partsEnd % stripeCells);
    return length <= left ? partsEnd : partsEnd + left;
  }

  /**
   * The room of the row that has been out of use for longest. An exchange that has outlived its route by so long counts
   * for the new one.
   */
  #reuse(name: Uint8Array, kind: RowKind, length: number, wallMs: number): Row | null {
    const row = this.#reusable(name, kind, length, wallMs);
    if (row === null) return null;
    this.#unretire(row);
    const { headAt } = row;
    for (const slot of kind === "common" ? [0] : this.usedSlots()) {
      this.cells.fill(0, row.at(slot), row.at(slot) + length);
    }
    this.#setName(headAt, name);
    this.#publish(this.cells[HEADER.rowsEnd]!);
    return this.#rowAt(headAt);
  }

  #reusable(name: Uint8Array, kind: RowKind, length: number, wallMs: number): Row | null {
    const shape = `${kind} ${length}`;
    const leftMs = (this.#reusableFromMs.get(shape) ?? 0) - wallMs;
    // More than that is a clock that was set back.
    if (leftMs > 0 && leftMs <= REUSED_AFTER_MS) return null;
    let fromMs = Number.POSITIVE_INFINITY;
    for (const row of this.#retired) {
      if (row.kind !== kind || row.length !== length) continue;
      const freeFromMs = this.cells[row.headAt + ROW.retiredWallMs]! + REUSED_AFTER_MS;
      const isLarge = this.cells[row.headAt + ROW.keyCapacityBytes]! >= name.length;
      if (isLarge && wallMs >= freeFromMs) return row;
      fromMs = Math.min(fromMs, freeFromMs);
    }
    this.#reusableFromMs.set(shape, Math.min(fromMs, wallMs + REUSED_AFTER_MS));
    return null;
  }

  #retire(row: Row): void {
    this.#retired.add(row);
    this.#retiredByKey.set(row.key, row);
  }

  #unretire(row: Row): void {
    this.#retired.delete(row);
    if (this.#retiredByKey.get(row.key) === row) this.#retiredByKey.delete(row.key);
  }

  #setName(headAt: number, name: Uint8Array): void {
    this.#memory.bytes.set(name, (headAt + ROW_HEAD_CELLS) * CELL_BYTES);
    this.cells[headAt + ROW.keyBytes] = name.length;
    this.cells[headAt + ROW.state] = ROW_STATE.live;
  }

  #publish(end: number): void {
    this.cells[HEADER.rowsEnd] = end;
    this.cells[HEADER.rowsVersion]! += 1;
    this.#indexedVersion = this.cells[HEADER.rowsVersion]!;
  }

  /**
   * Only when a name has come or gone since the last time, and only the names that have: a worker that read tens of
   * thousands of them again would stand still meanwhile.
   */
  #readNames(): void {
    const version = this.cells[HEADER.rowsVersion]!;
    if (version === this.#indexedVersion) return;
    this.#reusableFromMs.clear();
    this.#memory.reaches(this.cells[HEADER.partsEnd]!);
    const end = this.cells[HEADER.rowsEnd]!;
    let count = 0;
    for (let at = this.cells[HEADER.rowsAt]!; at < end; count++) {
      const rowCells = this.cells[at + ROW.rowCells]!;
      // Never so in a segment that was written by us; must not become an endless loop in one that was not.
      if (!(rowCells >= ROW_HEAD_CELLS)) break;
      this.#readRow(count, at);
      at += rowCells;
    }
    this.#indexedVersion = version;
  }

  /**
   * A row has another name only after it was retired, and then another time of that. The time is written last and read
   * first, so that a row which is being retired just now never looks like one that has been and lives again.
   */
  #readRow(index: number, headAt: number): void {
    const retiredWallMs = this.cells[headAt + ROW.retiredWallMs]!;
    const state = this.cells[headAt + ROW.state]!;
    const known = this.#read[index];
    if (known !== undefined && known.state === state && known.retiredWallMs === retiredWallMs) return;
    if (known !== undefined) this.#forget(known.row);
    if (!this.#isMapped(headAt)) return;
    const row = this.#rowAt(headAt);
    this.#read[index] = { row, state, retiredWallMs };
    if (state === ROW_STATE.live) this.#index.set(row.key, row);
    else this.#retire(row);
  }

  /** Its parts can be reached: the owner may have gone beyond what is mapped here. */
  #isMapped(headAt: number): boolean {
    if (this.cells[headAt + ROW.kind] === KINDS.indexOf("common")) return true;
    return this.#memory.reaches(this.cells[headAt + ROW.cellsAt]! + this.cells[headAt + ROW.length]!);
  }

  #forget(row: Row): void {
    if (this.#index.get(row.key) === row) this.#index.delete(row.key);
    this.#unretire(row);
  }

  #rowAt(headAt: number): Row {
    const cell = (of: number): number => this.cells[headAt + of]!;
    const keyAt = (headAt + ROW_HEAD_CELLS) * CELL_BYTES;
    const key = DECODER.decode(this.#memory.bytes.subarray(keyAt, keyAt + cell(ROW.keyBytes)));
    const kind = KINDS[cell(ROW.kind)] ?? "common";
    const isCommon = kind === "common";
    const cellsAt = isCommon ? cell(ROW.cellsAt) : partCell(this.cells, cell(ROW.cellsAt));
    const stride = isCommon ? 0 : this.cells[HEADER.stripeCells]!;
    return new Row(key, kind, cell(ROW.length), headAt, cellsAt, stride);
  }
}

/** A row as it was when its head was last looked at. */
interface ReadRow {
  readonly row: Row;
  readonly state: number;
  readonly retiredWallMs: number;
}

class Row implements CellRow {
  readonly key: string;
  readonly kind: RowKind;
  readonly length: number;
  readonly headAt: number;
  readonly #cellsAt: number;
  readonly #stride: number;

  constructor(key: string, kind: RowKind, length: number, headAt: number, cellsAt: number, stride: number) {
    this.key = key;
    this.kind = kind;
    this.length = length;
    this.headAt = headAt;
    this.#cellsAt = cellsAt;
    this.#stride = stride;
  }

  at(slot: number): number {
    return this.#cellsAt + slot * this.#stride;
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
