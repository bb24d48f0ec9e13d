/**
 * What is counted of one route on one listener. On a request's path counting is adding to cells at places that were
 * worked out when the route was compiled: no name is looked up, nothing is allocated, nobody is waited for.
 */
import type { ErrorCode } from "../../base/proxy-error.ts";
import { countDuration, DURATION_CELLS } from "./duration-scale.ts";
import {
  ERROR_CODES,
  errorIndex,
  METHODS,
  methodIndex,
  STATUS_CLASSES,
  statusClassIndex,
} from "./label-words.ts";

const CLASSES = STATUS_CLASSES.length;

/** Cells of an HTTP route: requests by method and class, durations by class, bytes of bodies, errors by code. */
export const ROUTE_CELLS = {
  requests: 0,
  durations: METHODS.length * CLASSES,
  receivedBytes: METHODS.length * CLASSES + CLASSES * DURATION_CELLS,
  sentBytes: METHODS.length * CLASSES + CLASSES * DURATION_CELLS + 1,
  errors: METHODS.length * CLASSES + CLASSES * DURATION_CELLS + 2,
  length: METHODS.length * CLASSES + CLASSES * DURATION_CELLS + 2 + ERROR_CODES.length,
} as const;

export class RouteMeter {
  readonly #cells: Float64Array;
  readonly #at: number;

  constructor(cells: Float64Array, at: number) {
    this.#cells = cells;
    this.#at = at;
  }

  /** @param status what the client got; 0 for no answer */
  ended(method: string, status: number, totalMs: number, receivedBytes: number, sentBytes: number): void {
    const cells = this.#cells;
    const at = this.#at;
    const statusClass = statusClassIndex(status);
    cells[at + methodIndex(method) * CLASSES + statusClass]! += 1;
    countDuration(cells, at + ROUTE_CELLS.durations + statusClass * DURATION_CELLS, totalMs);
    cells[at + ROUTE_CELLS.receivedBytes]! += receivedBytes;
    cells[at + ROUTE_CELLS.sentBytes]! += sentBytes;
  }

  failed(code: ErrorCode): void {
    this.#cells[this.#at + ROUTE_CELLS.errors + errorIndex(code)]! += 1;
  }
}

/** Cells of a TCP route: durations of its sessions, bytes, errors by code. Sessions are the sum of the durations. */
export const TUNNEL_CELLS = {
  durations: 0,
  receivedBytes: DURATION_CELLS,
  sentBytes: DURATION_CELLS + 1,
  errors: DURATION_CELLS + 2,
  length: DURATION_CELLS + 2 + ERROR_CODES.length,
} as const;

export class TunnelMeter {
  readonly #cells: Float64Array;
  readonly #at: number;

  constructor(cells: Float64Array, at: number) {
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
