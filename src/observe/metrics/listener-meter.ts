/** What is counted of one listener, and what it has open now. */
import type { CellPlace } from "../../base/cell-rows.ts";
import { sectionsOf } from "./cell-sections.ts";
import { ENDING_RULES } from "./label-words.ts";

/** Cells that only grow. */
export const LISTENER_CELLS: Readonly<
  Record<"accepted" | "turnedAway" | "handshakes" | "failedHandshakes" | "endedByRule" | "length", number>
> = sectionsOf({
  accepted: 1,
  turnedAway: 1,
  handshakes: 1,
  failedHandshakes: 1,
  endedByRule: ENDING_RULES.length,
});

/** Cells that say how it is now. */
export const LISTENER_NOW_CELLS = { connections: 0, requests: 1, length: 2 } as const;

export class ListenerMeter {
  readonly #cells: Float64Array;
  readonly #at: number;
  readonly #now: Float64Array;
  readonly #nowAt: number;

  constructor({ cells, at }: CellPlace, now: CellPlace) {
    this.#cells = cells;
    this.#at = at;
    this.#now = now.cells;
    this.#nowAt = now.at;
  }

  connectionOpened(): void {
    this.#cells[this.#at + LISTENER_CELLS.accepted]! += 1;
    this.#now[this.#nowAt + LISTENER_NOW_CELLS.connections]! += 1;
  }

  connectionClosed(): void {
    this.#now[this.#nowAt + LISTENER_NOW_CELLS.connections]! -= 1;
  }

  /** A reload may give a listener another name while its connections stay. */
  takeOver(from: ListenerMeter, connections: number): void {
    from.#now[from.#nowAt + LISTENER_NOW_CELLS.connections]! -= connections;
    this.#now[this.#nowAt + LISTENER_NOW_CELLS.connections]! += connections;
  }

  /** A connection beyond the limit. */
  turnedAway(): void {
    this.#cells[this.#at + LISTENER_CELLS.turnedAway]! += 1;
  }

  requestBegun(): void {
    this.#now[this.#nowAt + LISTENER_NOW_CELLS.requests]! += 1;
  }

  requestEnded(): void {
    this.#now[this.#nowAt + LISTENER_NOW_CELLS.requests]! -= 1;
  }

  handshakeDone(): void {
    this.#cells[this.#at + LISTENER_CELLS.handshakes]! += 1;
  }

  handshakeFailed(): void {
    this.#cells[this.#at + LISTENER_CELLS.failedHandshakes]! += 1;
  }

  /** A connection over HTTP/2, because its client has broken this rule, one of `ENDING_RULES`. */
  endedBy(rule: string): void {
    const index = (ENDING_RULES as readonly string[]).indexOf(rule);
    if (index >= 0) this.#cells[this.#at + LISTENER_CELLS.endedByRule + index]! += 1;
  }
}
