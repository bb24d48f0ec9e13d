/** Bytes that wait, as the chunks that they came in: nothing is copied but small parts of large chunks. */

import { noteKept } from "../io/chunk-memory.ts";

export interface QueuedRange {
  readonly chunk: Buffer;
  readonly start: number;
  readonly end: number;
}

export class ChunkQueue {
  bytes = 0;
  #chunks: Buffer[] | null = null;

  add(bytes: Buffer, start: number, end: number): void {
    if (start === end) return;
    const part = bytes.subarray(start, end);
    noteKept();
    this.#chunks ??= [];
    // A small part would keep all of its chunk in memory.
    this.#chunks.push(part.length * WORTH_KEEPING < bytes.length ? Buffer.from(part) : part);
    this.bytes += part.length;
  }

  /** The first bytes, at most so many. */
  first(most: number): QueuedRange {
    const chunk = this.#chunks![0]!;
    return { chunk, start: 0, end: Math.min(chunk.length, most) };
  }

  /** Forgets so many of the first bytes, all of one chunk. */
  drop(count: number): void {
    if (count === 0) return;
    const chunk = this.#chunks![0]!;
    this.bytes -= count;
    if (count < chunk.length) this.#chunks![0] = chunk.subarray(count);
    else this.#chunks!.shift();
  }

  /** Forgets all, and says how much that was. */
  clear(): number {
    const count = this.bytes;
    this.bytes = 0;
    this.#chunks = null;
    return count;
  }
}

const WORTH_KEEPING = 4;
