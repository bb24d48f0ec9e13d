/**
 * The memory of a segment, mapped as far as it is used. The runtime counts every mapped byte as memory that a collection of
 * garbage might free, used or not: beside a gigabyte of room for what may come, it collects once there is a gigabyte of
 * garbage. So what is mapped is little at first, and is mapped again, longer, when rows have gone beyond it. Places in the
 * shorter mapping stay good: it is the same memory.
 */
import { CELL_BYTES, HEADER } from "./layout.ts";

/** Maps so many bytes of the file; null when the system does not. */
export type MapBytes = (bytes: number) => Uint8Array | null;

export class MappedCells {
  cells!: Float64Array;
  /** The same memory as whole numbers of 32 bits, and as bytes. */
  words!: Int32Array;
  bytes!: Uint8Array;
  #map: MapBytes;

  /** @param memory what is mapped already, the header at least */
  constructor(memory: Uint8Array, map: MapBytes) {
    this.#map = map;
    this.#use(memory);
  }

  /** Makes sure that every slot's part is mapped up to this cell of it; false when it cannot be. */
  reaches(partsEnd: number): boolean {
    const needed = mappedBytes(this.cells, partsEnd);
    if (needed <= this.bytes.length) return true;
    const memory = this.#map(needed);
    if (memory === null || memory.length < needed) return false;
    this.#use(memory);
    return true;
  }

  /** Never maps again: its file is not ours any more. */
  settle(): void {
    this.#map = () => null;
  }

  #use(memory: Uint8Array): void {
    const { buffer, byteOffset, byteLength } = memory;
    this.bytes = memory;
    this.cells = new Float64Array(buffer, byteOffset, byteLength / CELL_BYTES);
    this.words = new Int32Array(buffer, byteOffset, byteLength / 4);
  }
}

/** How much of a segment is mapped where so much of each part is given out: up to a quarter more. */
export function mappedBytes(header: Float64Array, partsEnd: number): number {
  const cell = (of: number): number => header[of]!;
  const stripeCells = cell(HEADER.stripeCells);
  const most = cell(HEADER.slotCells) / stripeCells;
  const needed = Math.max(1, Math.ceil(partsEnd / stripeCells));
  const step = 2 ** Math.max(0, Math.floor(Math.log2(needed)) - 2);
  const stripes = Math.max(needed, Math.min(most, Math.ceil(needed / step) * step));
  return (cell(HEADER.slotsAt) + stripes * stripeCells * cell(HEADER.slots)) * CELL_BYTES;
}
