/**
 * What is counted of one route on one listener. On a request's path counting is adding to cells at places that were
 * worked out when the route was compiled: no name is looked up, nothing is allocated, nobody is waited for.
 */
import type { CellPlace } from "../../base/cell-rows.ts";
import type { ErrorCode } from "../../base/proxy-error.ts";
import { sectionsOf } from "./cell-sections.ts";
import { countDuration, countDurationTwice, DURATION_CELLS, EXPOSED_CELLS } from "./duration-scale.ts";
import {
  ERROR_CODES,
  errorIndex,
  METHODS,
  methodIndex,
  STATUS_CLASSES,
  statusClassIndex,
} from "./label-words.ts";

const CLASSES = STATUS_CLASSES.length;

/**
 * Cells of an HTTP route: requests by method and class, durations of all and by class, bytes of bodies, errors by code.
 * Only the durations of all are counted finely: a route with 16 KiB of cells would be too dear where there are thousands.
 */
export const ROUTE_CELLS: Readonly<
  Record<
    "requests" | "durations" | "durationsByClass" | "receivedBytes" | "sentBytes" | "errors" | "length",
    number
  >
> = sectionsOf({
  requests: METHODS.length * CLASSES,
  durations: DURATION_CELLS,
  durationsByClass: CLASSES * EXPOSED_CELLS,
  receivedBytes: 1,
  sentBytes: 1,
  errors: ERROR_CODES.length,
});

const {
  durations: DURATIONS,
  durationsByClass: BY_CLASS,
  receivedBytes: RECEIVED,
  sentBytes: SENT,
} = ROUTE_CELLS;

export class RouteMeter {
  readonly #cells: Float64Array;
  readonly #at: number;

  constructor({ cells, at }: CellPlace) {
    this.#cells = cells;
    this.#at = at;
  }

  /** @param status what the client got; 0 for no answer */
  ended(method: string, status: number, totalMs: number, receivedBytes: number, sentBytes: number): void {
    const cells = this.#cells;
    const at = this.#at;
    const statusClass = statusClassIndex(status);
    cells[at + methodIndex(method) * CLASSES + statusClass]! += 1;
    countDurationTwice(cells, at + DURATIONS, at + BY_CLASS + statusClass * EXPOSED_CELLS, totalMs);
    cells[at + RECEIVED]! += receivedBytes;
    cells[at + SENT]! += sentBytes;
  }

  failed(code: ErrorCode): void {
    this.#cells[this.#at + ROUTE_CELLS.errors + errorIndex(code)]! += 1;
  }
}

/** Cells of a TCP route: durations of its sessions, bytes, errors by code. Sessions are the sum of the durations. */
export const TUNNEL_CELLS: Readonly<
  Record<"durations" | "receivedBytes" | "sentBytes" | "errors" | "length", number>
> = sectionsOf({ durations: DURATION_CELLS, receivedBytes: 1, sentBytes: 1, errors: ERROR_CODES.length });

export class TunnelMeter {
  readonly #cells: Float64Array;
  readonly #at: number;

  constructor({ cells, at }: CellPlace) {
    this.#cells = cells;
    this.#at = at;
  }

  ended(totalMs: number, receivedBytes: number, sentBytes: number): void {
    countDuration(this.#cells, this.#at + TUNNEL_CELLS.durations, totalMs);
    this.#cells[this.#at + TUNNEL_CELLS.receivedBytes]! += receivedBytes;
    this.#cells[this.#at + TUNNEL_CELLS.sentBytes]! += sentBytes;
  }

  failed(code: ErrorCode): void {
    this.#cells[this.#at + TUNNEL_CELLS.errors + errorIndex(code)]! += 1;
  }
}
