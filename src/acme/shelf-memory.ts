/** A shelf that ends with the process: for tests, and what the others are measured by. */
import type { SharedShelf } from "./shared/shared-shelf.ts";
import { checkedKey } from "./shelf.ts";

export class MemoryShelf implements SharedShelf {
  readonly #texts: Map<string, string>;
  readonly #lock: { holder: object | null };
  readonly #changes: { count: number };
  /** What every question comes to; null: an answer. */
  problem: Error | null = null;

  /** @param shared another one, with which it shares everything */
  constructor(shared: MemoryShelf | null = null) {
    this.#texts = shared === null ? new Map() : shared.#texts;
    this.#lock = shared === null ? { holder: null } : shared.#lock;
    this.#changes = shared === null ? { count: 0 } : shared.#changes;
  }

  async lock(): Promise<AsyncDisposable | null> {
    this.#answer();
    if (this.#lock.holder !== null) return null;
    const release = async () => {
      if (this.#lock.holder === own) this.#lock.holder = null;
    };
    const own = { [Symbol.asyncDispose]: release };
    this.#lock.holder = own;
    return own;
  }

  async get(key: string): Promise<string | null> {
    const text = this.#texts.get(checkedKey(key)) ?? null;
    this.#answer();
    return text;
  }

  async put(key: string, text: string): Promise<void> {
    const checked = checkedKey(key);
    this.#change();
    this.#texts.set(checked, text);
  }

  async remove(key: string): Promise<void> {
    const checked = checkedKey(key);
    this.#change();
    this.#texts.delete(checked);
  }

  async removeGroup(group: string): Promise<void> {
    const prefix = `${checkedKey(group)}/`;
    this.#change();
    for (const key of this.#texts.keys()) if (key.startsWith(prefix)) this.#texts.delete(key);
  }

  async version(): Promise<string> {
    this.#answer();
    return String(this.#changes.count);
  }

  async entries(): Promise<ReadonlyMap<string, string>> {
    this.#answer();
    return new Map(this.#texts);
  }

  close(): void {}

  #change(): void {
    this.#answer();
    this.#changes.count++;
  }

  #answer(): void {
    if (this.problem !== null) throw this.problem;
  }
}
