/**
 * How far the windows of a connection have grown beyond those that it began with. What may come must have room here if its
 * taker stops, so it is bounded for a connection, and for all that share a count.
 */
export interface GrownWindows {
  bytes: number;
}

export class WindowGrowth {
  #bytes = 0;
  readonly #shared: GrownWindows;

  constructor(shared: GrownWindows) {
    this.#shared = shared;
  }

  /** So much of what is wanted may be had. */
  take(wantedBytes: number): number {
    const left = Math.min(MAX_CONNECTION_BYTES - this.#bytes, MAX_SHARED_BYTES - this.#shared.bytes);
    const bytes = Math.max(0, Math.min(wantedBytes, left));
    this.#bytes += bytes;
    this.#shared.bytes += bytes;
    return bytes;
  }

  give(unused: number): void {
    const bytes = Math.min(unused, this.#bytes);
    this.#bytes -= bytes;
    this.#shared.bytes -= bytes;
  }

  /** The connection is gone. */
  giveAll(): void {
    this.give(this.#bytes);
  }
}

const MIB = 1024 * 1024;
export const MAX_CONNECTION_BYTES: number = 16 * MIB;
export const MAX_SHARED_BYTES: number = 64 * MIB;
