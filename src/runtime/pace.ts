/** Takes long work in slices, with a turn of the event loop after each: whoever is served meanwhile waits for one slice. */
import type { Steps } from "../base/steps.ts";
import { refreshClock } from "../io/real-clock.ts";

export async function paced<T>(steps: Steps<T>, sliceMs: number = SLICE_MS): Promise<T> {
  let endMs = refreshClock() + sliceMs;
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
    if (performance.now() < endMs) continue;
    await nextTurn();
    endMs = refreshClock() + sliceMs;
  }
}

/** After what has come in meanwhile has been dealt with. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** A request waits once for its head and once for its answer: two slices. Work of 200 ms is 100 turns. */
const SLICE_MS = 2;
