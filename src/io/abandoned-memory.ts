/**
 * Memory of clients that left without reading. Their chunks lie outside the JavaScript heap, where they hasten no
 * collection, and when traffic stops there is none at all: a thousand clients could leave half a gigabyte behind in an
 * idle process. After so many bytes one collection is asked for, a little later, when most have gone.
 */

/** A burst this large is worth a pause of some 10 ms. */
const WORTH_BYTES = 64 * 1024 * 1024;
const DELAY_MS = 2_000;

let abandonedBytes = 0;
let scheduled = false;

export function noteAbandoned(bytes: number): void {
  abandonedBytes += bytes;
  if (scheduled || abandonedBytes < WORTH_BYTES) return;
  scheduled = true;
  setTimeout(collect, DELAY_MS).unref();
}

function collect(): void {
  scheduled = false;
  abandonedBytes = 0;
  Bun.gc(true);
}
