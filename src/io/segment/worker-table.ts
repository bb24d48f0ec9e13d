/**
 * Who is at work: one entry for each slot, written by the process that has the slot. The supervisor reads it to see
 * who hangs and who has how many connections, without asking anybody.
 */
import { WORKER, WORKER_CELLS } from "./layout.ts";

export type WorkerState = keyof typeof STATES;

export interface WorkerEntry {
  readonly slot: number;
  /** 0: nobody has the slot. */
  readonly pid: number;
  /** Of the configuration that it serves. */
  readonly generation: number;
  /** Goes up while the event loop turns. Whoever watches compares it with what it was, so no clock is shared. */
  readonly heartbeat: number;
  readonly connections: number;
  /** Connections taken since the process started. */
  readonly accepted: number;
  readonly state: WorkerState;
  readonly startedWallMs: number;
  readonly takings: number;
}

/** A process's own entry. Plain stores: nobody else writes it while the process lives. */
export interface WorkerSeat {
  readonly slot: number;
  beat(): void;
  setConnections(count: number): void;
  countAccepted(): void;
  /** A connection was taken. Nobody is ever further than `mostBehind` behind whoever has had most turns. */
  countTurn(mostBehind: number): void;
  setGeneration(generation: number): void;
  setState(state: WorkerState): void;
}

export class WorkerTable {
  readonly #cells: Float64Array;
  readonly #at: number;
  readonly slots: number;

  constructor(cells: Float64Array, at: number, slots: number) {
    this.#cells = cells;
    this.#at = at;
    this.slots = slots;
  }

  read(slot: number): WorkerEntry {
    const cell = (of: number): number => this.#cells[this.#entryAt(slot) + of]!;
    return {
      slot,
      pid: cell(WORKER.pid),
      generation: cell(WORKER.generation),
      heartbeat: cell(WORKER.heartbeat),
      connections: cell(WORKER.connections),
      accepted: cell(WORKER.accepted),
      state: STATE_NAMES[cell(WORKER.state)] ?? "free",
      startedWallMs: cell(WORKER.startedWallMs),
      takings: cell(WORKER.takings),
    };
  }

  /** Those that somebody has. */
  list(): WorkerEntry[] {
    return Array.from({ length: this.slots }, (_, slot) => this.read(slot)).filter(({ pid }) => pid !== 0);
  }

  /** One number without an object: asked for each connection that is accepted. */
  connections(slot: number): number {
    return this.#cells[this.#entryAt(slot) + WORKER.connections]!;
  }

  /** Likewise. */
  turns(slot: number): number {
    return this.#cells[this.#entryAt(slot) + WORKER.turns]!;
  }

  /** Of those that serve. */
  mostTurns(): number {
    let most = 0;
    for (let slot = 0; slot < this.slots; slot++)
      if (this.serves(slot)) most = Math.max(most, this.turns(slot));
    return most;
  }

  serves(slot: number): boolean {
    return this.#cells[this.#entryAt(slot) + WORKER.state] === STATES.serving;
  }

  freeSlot(): number | null {
    for (let slot = 0; slot < this.slots; slot++) if (this.#cells[this.#entryAt(slot)] === 0) return slot;
    return null;
  }

  take(slot: number, pid: number, wallMs: number): WorkerSeat {
    const at = this.#entryAt(slot);
    const cells = this.#cells;
    const takings = cells[at + WORKER.takings]! + 1;
    cells.fill(0, at, at + WORKER_CELLS);
    cells[at + WORKER.takings] = takings;
    cells[at + WORKER.startedWallMs] = wallMs;
    cells[at + WORKER.state] = STATES.starting;
    cells[at + WORKER.pid] = pid;
    return new Seat(cells, at, slot, this);
  }

  /** The process is gone; for whoever has seen its end. */
  free(slot: number): void {
    const at = this.#entryAt(slot);
    for (const of of [WORKER.connections, WORKER.state, WORKER.generation]) this.#cells[at + of] = 0;
    this.#cells[at + WORKER.pid] = 0;
  }

  #entryAt(slot: number): number {
    return this.#at + slot * WORKER_CELLS;
  }
}

class Seat implements WorkerSeat {
  readonly slot: number;
  readonly #cells: Float64Array;
  readonly #at: number;
  readonly #table: WorkerTable;

  constructor(cells: Float64Array, at: number, slot: number, table: WorkerTable) {
    this.#cells = cells;
    this.#at = at;
    this.slot = slot;
    this.#table = table;
  }

  beat(): void {
    this.#cells[this.#at + WORKER.heartbeat]! += 1;
  }

  setConnections(count: number): void {
    this.#cells[this.#at + WORKER.connections] = count;
  }

  countAccepted(): void {
    this.#cells[this.#at + WORKER.accepted]! += 1;
  }

  countTurn(mostBehind: number): void {
    const at = this.#at + WORKER.turns;
    this.#cells[at] = Math.max(this.#cells[at]! + 1, this.#table.mostTurns() - mostBehind);
  }

  setGeneration(generation: number): void {
    this.#cells[this.#at + WORKER.generation] = generation;
  }

  setState(state: WorkerState): void {
    this.#cells[this.#at + WORKER.state] = STATES[state];
  }
}

const STATES = { free: 0, starting: 1, serving: 2, draining: 3 } as const;
const STATE_NAMES = Object.keys(STATES) as readonly WorkerState[];
