/** A shelf whose texts are sealed. What is not sealed with the passphrase counts as not there. */
import { Seal } from "./sealed-text.ts";
import type { SharedShelf } from "./shared-shelf.ts";

export class SealedShelf implements SharedShelf {
  readonly #inner: SharedShelf;
  readonly #seal: Seal;

  constructor(inner: SharedShelf, passphrase: string) {
    this.#inner = inner;
    this.#seal = new Seal(passphrase);
  }

  lock(): Promise<AsyncDisposable | null> {
    return this.#inner.lock();
  }

  async get(key: string): Promise<string | null> {
    const text = await this.#inner.get(key);
    return text === null ? null : this.#seal.open(key, text);
  }

  async put(key: string, text: string): Promise<void> {
    await this.#inner.put(key, await this.#seal.close(key, text));
  }

  remove(key: string): Promise<void> {
    return this.#inner.remove(key);
  }

  removeGroup(group: string): Promise<void> {
    return this.#inner.removeGroup(group);
  }

  version(): Promise<string> {
    return this.#inner.version();
  }

  async entries(): Promise<ReadonlyMap<string, string>> {
    const all = new Map<string, string>();
    for (const [key, text] of await this.#inner.entries()) {
      const opened = await this.#seal.open(key, text);
      if (opened !== null) all.set(key, opened);
    }
    return all;
  }

  close(): void {
    this.#inner.close();
  }
}
