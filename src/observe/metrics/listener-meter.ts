/** What is counted of one listener, and what it has open now. */

/** Cells that only grow. */
export const LISTENER_CELLS = {
  accepted: 0,
  turnedAway: 1,
  handshakes: 2,
  failedHandshakes: 3,
  length: 4,
} as const;

/** Cells that say how it is now. */
export const LISTENER_NOW_CELLS = { connections: 0, requests: 1, length: 2 } as const;

export class ListenerMeter {
  readonly #cells: Float64Array;
  readonly #at: number;
  readonly #nowAt: number;

  constructor(cells: Float64Array, at: number, nowAt: number) {
    this.#cells = cells;
    this.#at = at;
    this.#nowAt = nowAt;
  }

  connectionOpened(): void {
    this.#cells[this.#at + LISTENER_CELLS.accepted]! += 1;
    this.#cells[this.#nowAt + LISTENER_NOW_CELLS.connections]! += 1;
  }

  connectionClosed(): void {
    this.#cells[this.#nowAt + LISTENER_NOW_CELLS.connections]! -= 1;
  }

  /** A reload may give a listener another name while its connections stay. */
  takeOver(from: ListenerMeter, connections: number): void {
    from.#cells[from.#nowAt + LISTENER_NOW_CELLS.connections]! -= connections;
    this.#cells[this.#nowAt + LISTENER_NOW_CELLS.connections]! += connections;
  }

  /** A connection beyond the limit. */
  turnedAway(): void {
    this.#cells[this.#at + LISTENER_CELLS.turnedAway]! += 1;
  }

  requestBegun(): void {
    this.#cells[this.#nowAt + LISTENER_NOW_CELLS.requests]! += 1;
  }

  requestEnded(): void {
    this.#cells[this.#nowAt + LISTENER_NOW_CELLS.requests]! -= 1;
  }

  handshakeDone(): void {
    this.#cells[this.#at + LISTENER_CELLS.handshakes]! += 1;
  }

  handshakeFailed(): void {
    this.#cells[this.#at + LISTENER_CELLS.failedHandshakes]! += 1;
  }
}
