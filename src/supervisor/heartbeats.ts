/**
 * Finds members whose event loop stands still: each beats while its loop turns, and one that has not done so for too
 * many looks is reported, once. Looks are counted, not time: while this process itself was stopped (a suspended
 * machine), nobody was looked at, and nobody is blamed.
 */
export class Heartbeats<T> {
  readonly #limitLooks: number;
  readonly #read: (member: T) => number | null;
  readonly #onSilence: (member: T) => void;
  #seen = new Map<T, { readonly beat: number; looks: number }>();

  /**
   * @param limitLooks so many looks without a beat are too many
   * @param read goes up while the member is well; null while nothing is known of it
   */
  constructor(limitLooks: number, read: (member: T) => number | null, onSilence: (member: T) => void) {
    this.#limitLooks = limitLooks;
    this.#read = read;
    this.#onSilence = onSilence;
  }

  look(members: readonly T[]): void {
    const before = this.#seen;
    this.#seen = new Map();
    for (const member of members) {
      const beat = this.#read(member);
      if (beat === null) continue;
      const seen = before.get(member);
      const entry = seen?.beat === beat ? seen : { beat, looks: -1 };
      entry.looks++;
      this.#seen.set(member, entry);
      if (entry.looks === this.#limitLooks) this.#onSilence(member);
    }
  }
}
