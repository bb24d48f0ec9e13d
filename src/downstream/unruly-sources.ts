/**
 * Whose connections had to be ended because of what they did with HTTP/2. Who is cut off connects again, and each connection
 * costs us a fault's worth of work, so the next ones of the same source are read one after the other, at a pace that falls with
 * each fault and recovers within seconds. Nobody is turned away: an address may stand for a whole office.
 */
import { clientSource } from "./client-source.ts";

interface Source {
  faults: number;
  /** When `faults` was right. */
  atMs: number;
  /** When its last connection was due. */
  lastMs: number;
}

export class UnrulySources {
  /** The one whose last fault is the oldest first. */
  readonly #sources = new Map<string, Source>();

  /** A connection of this address has ended by a fault that is no accident. */
  note(address: string, nowMs: number): void {
    if (address === "") return;
    const key = clientSource(address);
    const before = this.#sources.get(key);
    const faults = before === undefined ? 0 : faultsAt(before, nowMs);
    this.#sources.delete(key);
    if (this.#sources.size >= MOST_SOURCES) this.#sources.delete(this.#sources.keys().next().value!);
    this.#sources.set(key, {
      faults: Math.min(faults + 1, MOST_FAULTS),
      atMs: nowMs,
      lastMs: before?.lastMs ?? nowMs,
    });
  }

  get isEmpty(): boolean {
    return this.#sources.size === 0;
  }

  /** When a connection of this address that has come now may be read. */
  dueMs(address: string, nowMs: number): number {
    const key = clientSource(address);
    const source = this.#sources.get(key);
    if (source === undefined) return nowMs;
    const faults = faultsAt(source, nowMs);
    if (faults === 0) {
      this.#sources.delete(key);
      return nowMs;
    }
    const fromMs = Math.max(nowMs, source.lastMs);
    source.lastMs = Math.min(fromMs + faults * EACH_FAULT_MS, nowMs + LONGEST_MS);
    return source.lastMs;
  }
}

function faultsAt({ faults, atMs }: Source, nowMs: number): number {
  return Math.max(0, faults - Math.floor((nowMs - atMs) / FORGOTTEN_MS));
}

/** Between two connections, for each fault: 25 of them a second in the end. */
const EACH_FAULT_MS = 2;
const MOST_FAULTS = 20;
/** One fault each. */
const FORGOTTEN_MS = 1_000;
/** For whoever comes behind many others of its address. */
const LONGEST_MS = 1_000;
const MOST_SOURCES = 10_000;
