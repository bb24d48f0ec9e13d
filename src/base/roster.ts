/**
 * The members of something, in no particular order: what a `Set` is for, where members come and go with every request.
 *
 * A `Set` or a `Map` would be dear there, because of the generational collector. It moves to new storage after every few members
 * that have come and gone, and the storage it leaves points to the new one, for iterators that are under way, and to whoever was
 * a member then. So once a piece of it has grown old, everything that came later is reached from it, however long gone, and no
 * young collection frees it (docs/performance.md). An array in place has no such past.
 */

/** What can be a member, of one roster at a time. */
export interface Rostered {
  /** Its place in the roster; -1 outside. The roster's own. */
  rosterPlace: number;
}

export class Roster<T extends Rostered> implements Iterable<T> {
  readonly #members: T[] = [];

  get size(): number {
    return this.#members.length;
  }

  add(member: T): void {
    if (member.rosterPlace >= 0) return;
    member.rosterPlace = this.#members.length;
    this.#members.push(member);
  }

  /** False when it was none of the members. The last one takes its place. */
  delete(member: T): boolean {
    const place = member.rosterPlace;
    if (place < 0) return false;
    const last = this.#members.pop()!;
    if (last !== member) {
      this.#members[place] = last;
      last.rosterPlace = place;
    }
    member.rosterPlace = -1;
    return true;
  }

  /** Of the members as they are now: they may come and go meanwhile. */
  [Symbol.iterator](): Iterator<T> {
    return [...this.#members].values();
  }
}
