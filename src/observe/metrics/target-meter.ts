/** What is counted of one target of an upstream, and how busy it is now. */
import type { CellPlace } from "../../base/cell-rows.ts";
import type { JointCells } from "../../base/joint-cells.ts";
import type { ErrorCode } from "../../base/proxy-error.ts";
import { sectionsOf } from "./cell-sections.ts";
import { countDuration, DURATION_CELLS } from "./duration-scale.ts";
import { JOINT_TARGET_END, JOINT_UPSTREAM_END } from "./joint-places.ts";
import { ERROR_CODES, errorIndex, STATUS_CLASSES, statusClassIndex } from "./label-words.ts";

/** Cells that only grow: answers by class, time to their heads, attempts, connections, errors by code. */
export const TARGET_CELLS: Readonly<
  Record<
    | "answers"
    | "durations"
    | "attempts"
    | "retries"
    | "connects"
    | "reuses"
    | "ejections"
    | "errors"
    | "length",
    number
  >
> = sectionsOf({
  answers: STATUS_CLASSES.length,
  durations: DURATION_CELLS,
  attempts: 1,
  retries: 1,
  connects: 1,
  reuses: 1,
  ejections: 1,
  errors: ERROR_CODES.length,
});

/** Cells that say how it is now; behind them is what holds for all workers together (joint-places.ts). */
export const TARGET_NOW_CELLS = {
  active: 0,
  busy: 1,
  connecting: 2,
  idle: 3,
  panic: 4,
  out: 5,
  /** Those that are set anew with each look. */
  loads: 9,
  length: JOINT_TARGET_END,
} as const;

/** Why a target may take no request, as label; their cells begin at `TARGET_NOW_CELLS.out`. */
export const OUT_REASONS = ["drained", "down", "tripped", "ejected"] as const;

export type OutReason = (typeof OUT_REASONS)[number];

/** What a target can say of itself when it is looked at. */
export interface TargetLoad {
  /** Exchanges and tunnels. */
  readonly active: number;
  /** Idle ones and those being made included. */
  readonly connections: number;
  readonly connecting: number;
  readonly idle: number;
  /** Why it takes no request, or null. */
  readonly out: OutReason | null;
  /** It is used though it is out, because all are. */
  readonly panic: boolean;
}

export class TargetMeter {
  /** Null where there are no others, or no room. */
  readonly joint: JointCells | null;
  readonly #cells: Float64Array;
  readonly #at: number;
  readonly #now: Float64Array;
  readonly #nowAt: number;

  constructor({ cells, at }: CellPlace, now: CellPlace, joint: JointCells | null = null) {
    this.joint = joint;
    this.#cells = cells;
    this.#at = at;
    this.#now = now.cells;
    this.#nowAt = now.at;
  }

  /** @param headMs from the request's head to that of the answer */
  answered(status: number, headMs: number): void {
    this.#cells[this.#at + TARGET_CELLS.answers + statusClassIndex(status)]! += 1;
    countDuration(this.#cells, this.#at + TARGET_CELLS.durations, headMs);
  }

  /** @param again whether an earlier attempt of the same exchange has failed */
  attempted(again: boolean): void {
    this.#cells[this.#at + TARGET_CELLS.attempts]! += 1;
    if (again) this.#cells[this.#at + TARGET_CELLS.retries]! += 1;
  }

  connected(reused: boolean): void {
    this.#cells[this.#at + (reused ? TARGET_CELLS.reuses : TARGET_CELLS.connects)]! += 1;
  }

  /** Of this attempt; the exchange may still succeed with another. */
  failed(code: ErrorCode): void {
    this.#cells[this.#at + TARGET_CELLS.errors + errorIndex(code)]! += 1;
  }

  /** Taken out for a while for doing worse than the others. */
  ejected(): void {
    this.#cells[this.#at + TARGET_CELLS.ejections]! += 1;
  }

  /** Before the loads of all targets are added: several may be counted in one place. */
  clearLoad(): void {
    this.#now.fill(0, this.#nowAt, this.#nowAt + TARGET_NOW_CELLS.loads);
  }

  addLoad({ active, connections, connecting, idle, out, panic }: TargetLoad): void {
    const at = this.#nowAt;
    this.#now[at + TARGET_NOW_CELLS.active]! += active;
    this.#now[at + TARGET_NOW_CELLS.busy]! += connections - connecting - idle;
    this.#now[at + TARGET_NOW_CELLS.connecting]! += connecting;
    this.#now[at + TARGET_NOW_CELLS.idle]! += idle;
    if (panic) this.#now[at + TARGET_NOW_CELLS.panic]! += 1;
    if (out !== null) this.#now[at + TARGET_NOW_CELLS.out + OUT_REASONS.indexOf(out)]! += 1;
  }
}

/** Cells of an upstream that say how it is now. */
export const UPSTREAM_NOW_CELLS = { waiting: 0, length: JOINT_UPSTREAM_END } as const;

export class UpstreamMeter {
  /** Null where there are no others, or no room. */
  readonly joint: JointCells | null;
  readonly #now: Float64Array;
  readonly #nowAt: number;

  constructor({ cells, at }: CellPlace, joint: JointCells | null = null) {
    this.joint = joint;
    this.#now = cells;
    this.#nowAt = at;
  }

  /** @param waiting requests in its queue */
  set(waiting: number): void {
    this.#now[this.#nowAt + UPSTREAM_NOW_CELLS.waiting] = waiting;
  }
}
