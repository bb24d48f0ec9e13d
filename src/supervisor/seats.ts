/**
 * The places in the shared memory of an instance, given to processes: one for each that may serve at once, those that
 * start and those that drain included. A process that ends gives its place back.
 */
import { existsSync } from "node:fs";
import { realClock } from "../io/real-clock.ts";
import { segmentPaths } from "../io/segment/segment-paths.ts";
import { adoptSharedMemory, createSharedMemory, type OwnedSharedMemory } from "../io/shared-memory.ts";
import type { LogEvent } from "../runtime/log.ts";
import type { SeatGiver } from "./worker-process.ts";

/** A place, as a worker is told of it. */
export interface Seat {
  readonly path: string;
  readonly slot: number;
}

export class Seats implements SeatGiver {
  readonly memory: OwnedSharedMemory;
  /** Given to processes that may not have sat down yet. */
  readonly #given = new Set<number>();

  private constructor(memory: OwnedSharedMemory) {
    this.memory = memory;
    for (const row of [SENT_ROW, ARRIVED_ROW]) {
      memory.rows.allocate(row, "gauge", memory.slots, realClock.wallMs());
    }
  }

  /**
   * The memory that was there before, if it is of this build's layout; else a new one, with a line in the log, since counts
   * begin anew. Null, with a line in the log, where none can be had: workers then serve without.
   * @param succeeds whether others served before, so that there should be one
   */
  static open(directory: string, workers: number, succeeds: boolean, log: LogEvent): Seats | null {
    const paths = segmentPaths(directory);
    const known = paths.find((path) => existsSync(path));
    const adopted = known === undefined ? null : adoptSharedMemory(known);
    if (adopted?.ok && adopted.value.slots >= slotsFor(workers)) return new Seats(adopted.value).#cleared();
    if (adopted !== null || succeeds) {
      const { code, message } = adopted === null ? MISSING : adopted.ok ? TOO_SMALL : adopted.error;
      log({ level: "warn", event: "shared_memory_replaced", code, message });
    }
    const made = createSharedMemory({
      paths,
      slots: slotsFor(workers),
      wallMs: realClock.wallMs(),
    });
    if (made.ok) return new Seats(made.value);
    log({
      level: "error",
      event: "shared_memory_unavailable",
      code: made.error.code,
      message: made.error.message,
    });
    return null;
  }

  /** Null when all are taken, or the file system has no room for another. */
  give(): Seat | null {
    const { workers, slots, path } = this.memory;
    for (let slot = 0; slot < slots; slot++) {
      if (this.#given.has(slot) || workers.read(slot).pid !== 0) continue;
      if (!this.memory.prepareSlot(slot)) return null;
      this.#given.add(slot);
      return { path: path!, slot };
    }
    return null;
  }

  takeBack({ slot }: Seat): void {
    this.#given.delete(slot);
    this.memory.freeSlot(slot);
  }

  close(): void {
    this.memory.close();
  }

  /** Of processes that nobody was there to see the end of. */
  #cleared(): this {
    for (const { slot, pid } of this.memory.workers.list()) if (!isAlive(pid)) this.memory.freeSlot(slot);
    return this;
  }
}

/** How many connections a process has handed to each other one, and has got from it, by that one's slot. */
export const SENT_ROW = "supervisor/sent";
export const ARRIVED_ROW = "supervisor/arrived";

const MISSING = { code: "missing", message: "the shared segment of those who served before is gone" };
const TOO_SMALL = { code: "tooSmall", message: "the shared segment has too few places for so many workers" };

function slotsFor(workers: number): number {
  return Math.max(16, workers * 4);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
