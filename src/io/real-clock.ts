import type { Clock } from "../base/clock.ts";

/** The machine's clocks. `performance.now` costs 4 ns on Bun, `Date.now` 30. */
export const realClock: Clock = {
  nowMs: () => performance.now(),
  wallMs: () => Date.now(),
};
