/** What a flood makes happen thousands of times a second is told once, and then with how often it has happened since. */
export class Repetition {
  /** By whatever tells one flood from another. */
  readonly #told = new Map<string, { atMs: number; since: number }>();

  /** @returns how many there were since the last time this was told, itself included; 0 when it is not to be told yet */
  count(key: string, nowMs: number): number {
    const last = this.#told.get(key);
    if (last === undefined || nowMs - last.atMs >= QUIET_MS) {
      this.#told.set(key, { atMs: nowMs, since: 0 });
      return (last?.since ?? 0) + 1;
    }
    last.since++;
    return 0;
  }
}

const QUIET_MS = 10_000;
