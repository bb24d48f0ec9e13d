/** A shelf that many machines have in common, as what is copied from it here needs to know it. */
import type { Shelf } from "../shelf.ts";

export interface SharedShelf extends Shelf {
  /** Another one after anything was put or removed: asked for every second, so that the rest need not be. */
  version(): Promise<string>;
  /** Everything there is. */
  entries(): Promise<ReadonlyMap<string, string>>;
  close(): void;
}

/**
 * The lock is a lease: who has it says so again every third of it, and who has died or is cut off loses it. Longer than
 * what a pause of the machine may take, since somebody who wakes up goes on as if nothing had been; two who ask at once
 * cost a certificate, and nothing else.
 */
export const LEASE_MS = 30_000;

/** Within this a question is answered, or the storage counts as unreachable. */
export const ANSWER_MS = 5_000;

/** Extends a lease until it is let go of; a failure is left to the next time, and in the end to the lease. */
export function heldLease(
  leaseMs: number,
  extend: () => Promise<void>,
  release: () => Promise<void>,
): AsyncDisposable {
  const timer = setInterval(() => void extend().catch(() => {}), leaseMs / 3);
  timer.unref();
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      // Where it cannot be let go of now, it ends by itself.
      await release().catch(() => {});
    },
  };
}
