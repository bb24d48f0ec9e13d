/** Requests that wait until a target has room for one more: first come, first served. */

export interface QueueWaiter {
  /** There seems to be room. False: there was none, and the waiter waits on. */
  onTurn(): boolean;
}

export class RequestQueue {
  readonly #waiters: QueueWaiter[] = [];

  get size(): number {
    return this.#waiters.length;
  }

  enter(waiter: QueueWaiter): void {
    this.#waiters.push(waiter);
  }

  leave(waiter: QueueWaiter): void {
    const at = this.#waiters.indexOf(waiter);
    if (at >= 0) this.#waiters.splice(at, 1);
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
