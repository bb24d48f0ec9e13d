/**
 * What is known of a target's health, from each of those who judge it. One word apiece: what they know is told apart
 * when it is shown, and put together when a share is worked out.
 */
import type { JointCells } from "../../base/joint-cells.ts";
import type { OutReason } from "../../observe/metrics/target-meter.ts";
import type { AdaptiveLimit } from "./adaptive-limit.ts";
import type { Circuit } from "./circuit.ts";

export type { OutReason };

export class TargetHealth {
  /** Where other workers read of it, and this one reads what they say; null: there are none. */
  joint: JointCells | null = null;
  /** By hand; kept until it is taken back. */
  drained = false;
  /** By active checks; null: none, or none yet. */
  checkedUp: boolean | null = null;
  /** By outlier ejection: until then; 0: not ejected. `Clock.nowMs` terms. */
  ejectedUntilMs = 0;
  /** How often lately; the next ejection is longer. */
  ejections = 0;
  /** When the last ejection was over. */
  backSinceMs = 0;
  /** Failures here since the last success anywhere, and when the first of them was. */
  failuresInRow = 0;
  failuresSinceMs = 0;
  /** In the current window. */
  good = 0;
  bad = 0;
  latencySumMs = 0;
  /** By its share of errors; null: it is not watched. */
  circuit: Circuit | null = null;
  /** How many requests at once have proved to be good for it; null: it is not watched. */
  adaptive: AdaptiveLimit | null = null;

  /** Null: it takes requests. Ejection counts for least, as it is suspicion and not knowledge. */
  get out(): OutReason | null {
    if (this.drained) return "drained";
    if (this.checkedUp === false) return "down";
    if (this.circuit !== null && this.circuit.state === "open") return "tripped";
    return this.ejectedUntilMs > 0 ? "ejected" : null;
  }

  /** A window is over. */
  beginWindow(): void {
    this.good = 0;
    this.bad = 0;
    this.latencySumMs = 0;
  }
}
