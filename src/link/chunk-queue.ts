/** Bytes that wait, as the chunks that they came in: nothing is copied but small parts of large chunks. */

import { noteAbandoned } from "../io/abandoned-memory.ts";
import { letGo, noteKept } from "../io/chunk-memory.ts";

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
    this.#chunks ??= [];
    this.#chunks.push(partOf(bytes, start, end));
    this.bytes += end - start;
  }

  /** The first bytes, at most so many. */
  first(most: number): QueuedRange {
    const chunk = this.#chunks![0]!;
    return { chunk, start: 0, end: Math.min(chunk.length, most) };
  }

  /** Forgets so many of the first bytes, all of one chunk. Within this event they may still be used. */
  drop(count: number): void {
    if (count === 0) return;
    const chunk = this.#chunks![0]!;
    this.bytes -= count;
    if (count < chunk.length) {
      this.#chunks![0] = chunk.subarray(count);
      return;
    }
    this.#chunks!.shift();
    letGo(chunk);
  }

  /** Forgets all, and says how much that was. */
  clear(): number {
    const count = this.bytes;
    for (const chunk of this.#chunks ?? []) if (!letGo(chunk)) noteAbandoned(chunk.length);
    this.bytes = 0;
    this.#chunks = null;
    return count;
  }
}

/** A small part would keep all of its chunk in memory. A copy is nobody's chunk: what is noted of it has no effect. */
function partOf(bytes: Buffer, start: number, end: number): Buffer {
  const part = bytes.subarray(start, end);
  if (part.length * WORTH_KEEPING < bytes.length) return Buffer.from(part);
  noteKept(part);
  return part;
}

const WORTH_KEEPING = 4;
