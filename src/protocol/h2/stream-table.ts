/**
 * The streams of a connection by their number: a hash table in place, with linear probing. Not a `Map`, for the reason that
 * base/roster.ts gives: streams come and go with every request. Numbers are all odd, so half of one is its hash: streams that are
 * opened one after the other lie side by side.
 */
export class StreamTable<T extends { readonly id: number }> implements Iterable<T> {
  #slots: (T | null)[] = emptySlots(FIRST_SLOTS);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  has(id: number): boolean {
    return this.get(id) !== undefined;
  }

  get(id: number): T | undefined {
    return this.#slots[this.#find(id)] ?? undefined;
  }

  /** A stream whose number is not in it. */
  add(stream: T): void {
    if (++this.#size * 2 > this.#slots.length) this.#grow();
    this.#slots[this.#find(stream.id)] = stream;
  }

  delete(id: number): void {
    const slot = this.#find(id);
    if (this.#slots[slot] === null) return;
    this.#size--;
    this.#close(slot);
  }

  /** Of the streams as they are now: they may come and go meanwhile. */
  [Symbol.iterator](): Iterator<T> {
    return this.#slots.filter((stream) => stream !== null).values();
  }

  /** Where the stream is, or the empty slot where it would be. */
  #find(id: number): number {
    const slots = this.#slots;
    const last = slots.length - 1;
    let slot = (id >>> 1) & last;
    for (let found = slots[slot]!; found !== null && found.id !== id; found = slots[slot]!) {
      slot = (slot + 1) & last;
    }
    return slot;
  }

  /** Empties a slot, and moves up what would not be found behind an empty one (Knuth, volume 3, algorithm 6.4R). */
  #close(slot: number): void {
    const slots = this.#slots;
    const last = slots.length - 1;
    let gap = slot;
    for (let next = (gap + 1) & last; slots[next] !== null; next = (next + 1) & last) {
      const stream = slots[next]!;
      const isHome = ((next - (stream.id >>> 1)) & last) < ((next - gap) & last);
      if (isHome) continue;
      slots[gap] = stream;
      gap = next;
    }
    slots[gap] = null;
  }

  #grow(): void {
    const before = this.#slots;
    this.#slots = emptySlots(before.length * 2);
    for (const stream of before) if (stream !== null) this.#slots[this.#find(stream.id)] = stream;
  }
}

/** A power of two; more than half of them are always empty. */
const FIRST_SLOTS = 16;

function emptySlots<T>(count: number): (T | null)[] {
  return new Array<T | null>(count).fill(null);
}
