/** What is counted of one target of an upstream, and how busy it is now. */
import type { ErrorCode } from "../../base/proxy-error.ts";
import { countDuration, DURATION_CELLS } from "./duration-scale.ts";
import { ERROR_CODES, errorIndex, STATUS_CLASSES, statusClassIndex } from "./label-words.ts";

const CLASSES = STATUS_CLASSES.length;

/** Cells that only grow: answers by class, time to their heads, attempts, connections, errors by code. */
export const TARGET_CELLS = {
  answers: 0,
  durations: CLASSES,
  attempts: CLASSES + DURATION_CELLS,
  retries: CLASSES + DURATION_CELLS + 1,
  connects: CLASSES + DURATION_CELLS + 2,
  reuses: CLASSES + DURATION_CELLS + 3,
  errors: CLASSES + DURATION_CELLS + 4,
  length: CLASSES + DURATION_CELLS + 4 + ERROR_CODES.length,
} as const;

/** Cells that say how it is now. */
export const TARGET_NOW_CELLS = { active: 0, busy: 1, connecting: 2, idle: 3, length: 4 } as const;

/** What a target can say of itself when it is looked at. */
export interface TargetLoad {
  /** Exchanges and tunnels. */
  readonly active: number;
  /** Idle ones and those being made included. */
  readonly connections: number;
  readonly connecting: number;
  readonly idle: number;
}

export class TargetMeter {
  readonly #cells: Float64Array;
  readonly #at: number;
  readonly #nowAt: number;

  constructor(cells: Float64Array, at: number, nowAt: number) {
    this.#cells = cells;
    this.#at = at;
    this.#nowAt = nowAt;
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

  /** Before the loads of all targets are added: several may be counted in one place. */
  clearLoad(): void {
    this.#cells.fill(0, this.#nowAt, this.#nowAt + TARGET_NOW_CELLS.length);
  }

  addLoad({ active, connections, connecting, idle }: TargetLoad): void {
    const at = this.#nowAt;
    this.#cells[at + TARGET_NOW_CELLS.active]! += active;
    this.#cells[at + TARGET_NOW_CELLS.busy]! += connections - connecting - idle;
    this.#cells[at + TARGET_NOW_CELLS.connecting]! += connecting;
    this.#cells[at + TARGET_NOW_CELLS.idle]! += idle;
  }
}
