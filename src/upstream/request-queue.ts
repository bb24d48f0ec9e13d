/** Requests that wait until a target has room for one more: first come, first served, and never more than a set number. */

export interface QueueWaiter {
  /** There seems to be room. False: there was none, and the waiter waits on. */
  onTurn(): boolean;
}

export class RequestQueue {
  #waiters: QueueWaiter[] = [];
  #capacity: number;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#waiters.length;
  }

  /** False: it is full. */
  enter(waiter: QueueWaiter): boolean {
    if (this.#waiters.length >= this.#capacity) return false;
    this.#waiters.push(waiter);
    return true;
  }

  leave(waiter: QueueWaiter): void {
    const at = this.#waiters.indexOf(waiter);
    if (at >= 0) this.#waiters.splice(at, 1);
  }

  /** Those that wait already stay. */
  resize(capacity: number): void {
    this.#capacity = capacity;
  }

  /** Lets the first one go. False: it could not, or there is none. */
  serveOne(): boolean {
    const first = this.#waiters.shift();
    if (first === undefined) return false;
    if (first.onTurn()) return true;
    this.#waiters.unshift(first);
    return false;
  }
}
