/**
 * A worker in the shared memory: the place that it was given. Here it beats for as long as its event loop turns, and says
 * how many connections it has; here it reads how many the others have.
 */
import type { CellRow } from "../../base/cell-rows.ts";
import { realClock } from "../../io/real-clock.ts";
import type { WorkerSeat } from "../../io/segment/worker-table.ts";
import { joinSharedMemory, type SharedMemory } from "../../io/shared-memory.ts";
import type { LogEvent } from "../../runtime/log.ts";
import type { Seat } from "../seats.ts";
import { ARRIVED_ROW, SENT_ROW } from "../seats.ts";
import type { Loads } from "./spread.ts";

export class Seating implements Loads {
  readonly memory: SharedMemory;
  readonly slot: number;
  readonly #seat: WorkerSeat;
  /** Null when the supervisor has found no room for them: then nothing is handed on. */
  readonly #sent: CellRow | null;
  readonly #arrived: CellRow | null;
  readonly #count: () => number;

  private constructor(memory: SharedMemory, slot: number, count: () => number) {
    this.memory = memory;
    this.slot = slot;
    this.#seat = memory.takeSlot(slot, process.pid, realClock.wallMs());
    this.#sent = memory.rows.find(SENT_ROW);
    this.#arrived = memory.rows.find(ARRIVED_ROW);
    this.#count = count;
    setInterval(() => this.#beat(), BEAT_MS).unref();
  }

  /**
   * Null, with a line in the log, where there is no memory: the worker serves all the same, and nobody finds it when it
   * hangs.
   * @param count its connections
   */
  static take(seat: Seat | null, count: () => number, log: LogEvent): Seating | null {
    if (seat === null) return null;
    const joined = joinSharedMemory(seat.path);
    if (joined.ok) return new Seating(joined.value, seat.slot, count);
    const { code, message } = joined.error;
    log({ level: "error", event: "shared_memory_unavailable", code, message });
    return null;
  }

  serving(): void {
    this.#seat.setState("serving");
  }

  draining(): void {
    this.#seat.setState("draining");
  }

  /** One more has been accepted here. */
  accepted(): void {
    this.#seat.countAccepted();
    this.#seat.countTurn(MOST_BEHIND);
    this.#seat.setConnections(this.#count());
  }

  /** One more that another has accepted. */
  received(from: number): void {
    this.#seat.countAccepted();
    this.#seat.countTurn(MOST_BEHIND);
    if (this.#arrived !== null) this.memory.rows.cells[this.#arrived.at(this.slot) + from]! += 1;
    this.#seat.setConnections(this.#count());
  }

  /** One has ended. */
  ended(): void {
    this.#seat.setConnections(this.#count());
  }

  turns(seat: number): number {
    return this.memory.workers.turns(seat);
  }

  connections(seat: number): number {
    return this.memory.workers.connections(seat);
  }

  serves(seat: number): boolean {
    return this.#sent !== null && this.#arrived !== null && this.memory.workers.serves(seat);
  }

  underWay(from: number, to: number): number {
    if (this.#sent === null || this.#arrived === null) return 0;
    const { cells } = this.memory.rows;
    return Math.max(0, cells[this.#sent.at(from) + to]! - cells[this.#arrived.at(to) + from]!);
  }

  countSent(to: number): void {
    if (this.#sent !== null) this.memory.rows.cells[this.#sent.at(this.slot) + to]! += 1;
  }

  /** What a process before had sent to it, or what the one before it had got, is no longer under way. */
  countNone(to: number): void {
    if (this.#sent === null || this.#arrived === null) return;
    const { cells } = this.memory.rows;
    cells[this.#sent.at(this.slot) + to] = cells[this.#arrived.at(to) + this.slot]!;
  }

  #beat(): void {
    this.#seat.beat();
    this.#seat.setConnections(this.#count());
  }
}

/** So much a worker that is new, or was not given a core for a while, makes up for; the rest is forgotten. */
const MOST_BEHIND = 64;
/** Several to each look of the supervisor (watch.ts). */
const BEAT_MS = 200;
