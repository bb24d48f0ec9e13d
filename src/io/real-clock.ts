/**
 * The machine's clocks. One reading serves a whole event of the loop: an exchange asks for the time many
 * times, and 50 ns here and there are a tenth of what a request may cost.
 */
import type { Clock } from "../base/clock.ts";

let nowMs = performance.now();

export const realClock: Clock = {
  nowMs: () => nowMs,
  wallMs: () => Date.now(),
};

/** Reads the clock anew: at the start of every callback of the runtime, and after every `await` that matters. */
export function refreshClock(): number {
  nowMs = performance.now();
  return nowMs;
}
