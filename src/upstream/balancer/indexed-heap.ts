/**
 * The least of many whose keys change: a binary heap that knows where each member stands. Keys are pairs, compared
 * in order. Members are small numbers, so that nothing is allocated after `reset`.
 */
export class IndexedHeap {
  #major = new Float64Array(0);
  #minor = new Float64Array(0);
  /** Members by place, and places by member. */
  #heap = new Int32Array(0);
  #place = new Int32Array(0);

  get size(): number {
    return this.#heap.length;
  }

  /** The members are 0 to `size - 1`, all with the key 0, 0 until they are told otherwise. */
  reset(size: number): void {
    this.#major = new Float64Array(size);
    this.#minor = new Float64Array(size);
    this.#heap = Int32Array.from({ length: size }, (_, i) => i);
    this.#place = this.#heap.slice();
  }

  /** The member with the least key; only if there are any. */
  get least(): number {
    return this.#heap[0]!;
  }

  minorOf(member: number): number {
    return this.#minor[member]!;
  }

  setMajor(member: number, key: number): void {
    this.#major[member] = key;
    this.#settle(member);
  }

  setMinor(member: number, key: number): void {
    this.#minor[member] = key;
    this.#settle(member);
  }

  isBefore(a: number, b: number): boolean {
    const majorA = this.#major[a]!;
    const majorB = this.#major[b]!;
    return majorA < majorB || (majorA === majorB && this.#minor[a]! < this.#minor[b]!);
  }

  #settle(member: number): void {
    if (!this.#rise(member)) this.#sink(member);
  }

  #rise(member: number): boolean {
    let at = this.#place[member]!;
    const from = at;
    while (at > 0) {
      const parent = this.#heap[(at - 1) >> 1]!;
      if (!this.isBefore(member, parent)) break;
      this.#put(parent, at);
      at = (at - 1) >> 1;
    }
    this.#put(member, at);
    return at !== from;
  }

  #sink(member: number): void {
    const heap = this.#heap;
    let at = this.#place[member]!;
    for (let child = 2 * at + 1; child < heap.length; child = 2 * at + 1) {
      if (child + 1 < heap.length && this.isBefore(heap[child + 1]!, heap[child]!)) child++;
      if (!this.isBefore(heap[child]!, member)) break;
      this.#put(heap[child]!, at);
      at = child;
    }
    this.#put(member, at);
  }

  #put(member: number, at: number): void {
    this.#heap[at] = member;
    this.#place[member] = at;
  }
}
