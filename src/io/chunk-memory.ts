/**
 * The memory of received chunks. The runtime reads into fresh memory outside the JavaScript heap, which only a collection
 * gives back: at a gigabyte a second hundreds of megabytes lie about until then, and all their pages have been faulted in and
 * have pushed everything else out of the caches. Who knows that nobody needs a chunk any more gives it back at once, and the
 * next read gets the same pages, still warm.
 *
 * Whoever puts parts of received chunks aside, to be sent later, says so. A connection is the one that mostly does: if it
 * alone has, the chunk becomes its own, and goes when the part has been sent. Otherwise the chunk is left to the collector.
 */

/** Below this, giving back costs what it saves: at 2 KiB it is even, and halves what a `rich` request leaves to the collector. */
export const WORTH_GIVING_BACK_BYTES: number = 2 * 1024;

/** A part of a received chunk waits somewhere, as it is. */
export function noteKept(): void {
  kept++;
  keeperFrees = false;
}

/** The same, by somebody who calls `freeOwn` for it when it waits no more. */
export function noteKeptForNow(): void {
  kept++;
  keeperFrees = true;
}

/** How often either has happened: when neither has while a chunk was handled, nothing of it waits. */
export function keptSoFar(): number {
  return kept;
}

/**
 * Frees a chunk, whose length is 0 from then on. For its receiver, who holds nothing of it itself.
 * @param keptBefore what `keptSoFar` said before anybody else saw the chunk
 */
export function giveBack(chunk: Buffer, keptBefore: number): void {
  if (chunk.length < WORTH_GIVING_BACK_BYTES || kept > keptBefore + 1) return;
  const memory = chunk.buffer;
  // A part of something larger is not the receiver's to free.
  if (memory.byteLength !== chunk.length || !(memory instanceof ArrayBuffer)) return;
  if (kept === keptBefore) memory.transfer(0);
  else if (keeperFrees) owned.add(memory);
}

/** Frees the chunk that a part lies in, if it belongs to who kept the part. */
export function freeOwn(part: Buffer): void {
  const memory = part.buffer as ArrayBuffer;
  if (owned.delete(memory)) memory.transfer(0);
}

let kept = 0;
let keeperFrees = false;
const owned = new WeakSet<ArrayBuffer>();
