/** A shelf that ends with the process: for tests, and what the others are measured by. */
import { checkedKey, type Shelf } from "./shelf.ts";

export class MemoryShelf implements Shelf {
  readonly #texts: Map<string, string>;
  readonly #lock: { holder: object | null };

  /** @param shared another one, with which it shares everything */
  constructor(shared: MemoryShelf | null = null) {
    this.#texts = shared === null ? new Map() : shared.#texts;
    this.#lock = shared === null ? { holder: null } : shared.#lock;
  }

  async lock(): Promise<AsyncDisposable | null> {
    if (this.#lock.holder !== null) return null;
    const release = async () => {
      if (this.#lock.holder === own) this.#lock.holder = null;
    };
    const own = { [Symbol.asyncDispose]: release };
    this.#lock.holder = own;
    return own;
  }

  async get(key: string): Promise<string | null> {
    return this.#texts.get(checkedKey(key)) ?? null;
  }

  async put(key: string, text: string): Promise<void> {
    this.#texts.set(checkedKey(key), text);
  }

  async remove(key: string): Promise<void> {
    this.#texts.delete(checkedKey(key));
  }

  async removeGroup(group: string): Promise<void> {
    const prefix = `${checkedKey(group)}/`;
    for (const key of this.#texts.keys()) if (key.startsWith(prefix)) this.#texts.delete(key);
  }
}
