/**
 * What a keeper knows of its authority beside the single names: whether it fails at all, and whether its limits are
 * those of the account. Then others are not asked for either.
 */
import type { AcmeProblem } from "./authority.ts";

export class Patience {
  /** Until when it is left alone. */
  quietMs = 0;
  /** In a row, of those that were not about a name. */
  failures = 0;
  /** The name that met a limit last, without a success since. */
  #limited: string | null = null;

  succeeded(): void {
    this.failures = 0;
    this.#limited = null;
  }

  /** @returns whether it is all the same which name was asked for. Two in a row that meet a limit have met the account's. */
  failed(name: string, { isAboutName, isLimit }: AcmeProblem): boolean {
    const isOfAccount = isLimit && this.#limited !== null && this.#limited !== name;
    if (isLimit) this.#limited = name;
    const isForAll = !isAboutName || isOfAccount;
    if (isForAll) this.failures++;
    return isForAll;
  }
}

/** The authority has no part in it. */
export function ownProblem(message: string): AcmeProblem {
  return { message, retryAfterMs: 0, isAboutName: true, isLimit: false };
}
