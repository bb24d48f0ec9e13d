/**
 * The memory of received chunks. The runtime reads into fresh memory outside the JavaScript heap, which only a collection
 * gives back: at a gigabyte a second hundreds of megabytes lie about until then, and all their pages have been faulted in and
 * have pushed everything else out of the caches. Who knows that nobody needs a chunk any more gives it back at once, and the
 * next read gets the same pages, still warm.
 *
 * Whoever puts parts of received chunks aside, to be sent later, says so, and says when a part waits no more. A chunk is freed
 * when its receiver has given it back and none of its parts waits. What its receiver never gives back, because a part of it
 * has not been read to its end, say, is left to the collector.
 */

/** Below this, giving back costs what it saves: at 2 KiB it is even, and halves what a `rich` request leaves to the collector. */
export const WORTH_GIVING_BACK_BYTES: number = 2 * 1024;

/** A part of a received chunk waits somewhere, as it is. For each time there must be one of the two below. */
export function noteKept(part: Buffer): void {
  const memory = part.buffer as ArrayBuffer;
  waiting.set(memory, (waiting.get(memory) ?? 0) + 1);
}

/**
 * A part that waited does so no more. Its chunk may be used until this turn of the event loop is over, since whoever lets go
 * of a part may just be handing it on.
 * @returns whether its chunk is freed with the last of its parts
 */
export function letGo(part: Buffer): boolean {
  const memory = part.buffer as ArrayBuffer;
  const isGivenBack = givenBack.has(memory);
  if (wasLast(memory) && isGivenBack && due.push(memory) === 1) setImmediate(freeDue);
  return isGivenBack;
}

/** The same, by somebody whom an event of its own has told that nobody uses the part: the memory is free at once. */
export function letGoAtOnce(part: Buffer): void {
  const memory = part.buffer as ArrayBuffer;
  if (wasLast(memory)) free(memory);
}

/** Frees a chunk, whose length is 0 from then on, or leaves that to who keeps parts of it. For its receiver, who holds nothing of it itself. */
export function giveBack(chunk: Buffer): void {
  if (chunk.length < WORTH_GIVING_BACK_BYTES) return;
  const memory = chunk.buffer;
  // A part of something larger is not the receiver's to free.
  if (memory.byteLength !== chunk.length || !(memory instanceof ArrayBuffer)) return;
  if (waiting.has(memory)) givenBack.add(memory);
  else memory.transfer(0);
}

/** One part less waits; whether that was the last. */
function wasLast(memory: ArrayBuffer): boolean {
  const parts = waiting.get(memory);
  if (parts === undefined) return false;
  if (parts > 1) waiting.set(memory, parts - 1);
  else waiting.delete(memory);
  return parts === 1;
}

function freeDue(): void {
  const memories = due;
  due = [];
  for (const memory of memories) free(memory);
}

/** Unless it has been free since, or a part of it was put aside again. */
function free(memory: ArrayBuffer): void {
  if (!waiting.has(memory) && givenBack.delete(memory)) memory.transfer(0);
}

/** How many parts of each. */
const waiting = new WeakMap<ArrayBuffer, number>();
/** By their receivers, while parts of them wait. */
const givenBack = new WeakSet<ArrayBuffer>();
let due: ArrayBuffer[] = [];
