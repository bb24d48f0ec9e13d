/**
 * Stops accepting before the descriptors run out. A connection that cannot be accepted for want of one stays in the
 * queue and wakes the process again at once, for ever; and one for which there is no descriptor left to reach a target is
 * accepted in vain. So a reserve is kept: while connections have eaten into it, whoever comes waits in the kernel's queue.
 */
import { readdirSync, readFileSync } from "node:fs";

/** Something that accepts, and can leave off for a while. */
export interface Door {
  pause(): void;
  resume(): void;
}

export interface BudgetState {
  readonly isShort: boolean;
  /** Connections made, accepted and being made. */
  readonly connections: number;
  /** Of the process; what is not connections and the reserve are part of it. */
  readonly descriptorLimit: number;
}

export class DescriptorBudget {
  /** Told when accepting stops and when it goes on. */
  onChange: (state: BudgetState) => void = () => {};
  #connections = 0;
  #descriptorLimit = Number.POSITIVE_INFINITY;
  #pauseAt = Number.POSITIVE_INFINITY;
  #resumeAt = Number.POSITIVE_INFINITY;
  #isShort = false;
  #isScheduled = false;
  readonly #doors = new Set<Door>();

  get connections(): number {
    return this.#connections;
  }

  /** @param others descriptors that are no connections */
  setLimit(descriptorLimit: number, others: number): void {
    const reserve = Math.min(MAX_RESERVE, Math.ceil(descriptorLimit / RESERVE_SHARE));
    this.#descriptorLimit = descriptorLimit;
    this.#pauseAt = Math.max(1, descriptorLimit - others - reserve);
    this.#resumeAt = Math.max(0, this.#pauseAt - Math.ceil(reserve / 4));
  }

  taken(): void {
    if (++this.#connections >= this.#pauseAt && !this.#isShort) this.#pause();
  }

  released(): void {
    this.#connections--;
    if (!this.#isShort || this.#isScheduled || this.#connections > this.#resumeAt) return;
    this.#isScheduled = true;
    // Not from within a callback of a socket that is being closed.
    setImmediate(() => this.#resume());
  }

  add(door: Door): void {
    if (this.#pauseAt === Number.POSITIVE_INFINITY) this.#measure();
    this.#doors.add(door);
    if (this.#isShort) door.pause();
  }

  remove(door: Door): void {
    this.#doors.delete(door);
  }

  #pause(): void {
    this.#isShort = true;
    for (const door of this.#doors) door.pause();
    this.#tell();
  }

  #resume(): void {
    this.#isScheduled = false;
    if (this.#connections > this.#resumeAt) return;
    this.#isShort = false;
    for (const door of this.#doors) door.resume();
    this.#tell();
  }

  #tell(): void {
    this.onChange({
      isShort: this.#isShort,
      connections: this.#connections,
      descriptorLimit: this.#descriptorLimit,
    });
  }

  #measure(): void {
    const limit = descriptorLimit();
    if (limit !== null) this.setLimit(limit, openDescriptors() - this.#connections);
  }
}

/** Of this process. */
export const descriptorBudget: DescriptorBudget = new DescriptorBudget();

/** The soft limit, which the runtime raises to the hard one as it starts. Null where it cannot be known. */
export function descriptorLimit(): number | null {
  try {
    const line = /^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"));
    return line === null ? null : Number(line[1]);
  } catch {
    return null;
  }
}

function openDescriptors(): number {
  return readdirSync("/proc/self/fd").length;
}

/** A tenth is kept for connections to targets and for files, up to a thousand. */
const RESERVE_SHARE = 10;
const MAX_RESERVE = 1_024;
