/**
 * The items of the files that were read last, by their text. Whoever reads the same files again and again (a proxy that
 * reloads) meets nearly all of them again, and takes them as they are.
 */
import type { ConfigNode } from "./config-node.ts";
import { type ItemContent, ItemText } from "./item-text.ts";

export class ItemMemory {
  #before = new Map<string, ReadonlyMap<string, ItemText>>();
  #now = new Map<string, Map<string, ItemText>>();

  /** Another reading begins: what the last one has not met is forgotten. */
  begin(): void {
    this.#before = this.#now;
    this.#now = new Map();
  }

  /** Those of one file. */
  of(file: string): FileItems {
    const now = this.#now.get(file) ?? new Map<string, ItemText>();
    this.#now.set(file, now);
    return new FileItems(file, this.#before.get(file) ?? NONE, now);
  }
}

export class FileItems {
  readonly #file: string;
  readonly #before: ReadonlyMap<string, ItemText>;
  readonly #now: Map<string, ItemText>;

  constructor(file: string, before: ReadonlyMap<string, ItemText>, now: Map<string, ItemText>) {
    this.#file = file;
    this.#before = before;
    this.#now = now;
  }

  /**
   * @param read makes a tree of a text that is new; null: it cannot
   * @returns what `text` says at this place
   */
  take(text: string, linesBefore: number, read: (item: ItemText) => ConfigNode | null): ConfigNode | null {
    // The same text twice is two items.
    const twin = this.#now.get(text);
    const known = twin ?? this.#before.get(text);
    if (known === undefined) return this.#keep(new ItemText(this.#file, contentOf(text), linesBefore), read);
    const item = known.linesBefore === linesBefore ? known : known.movedTo(linesBefore);
    if (twin === undefined) this.#now.set(item.text, item);
    return item.root;
  }

  #keep(item: ItemText, read: (item: ItemText) => ConfigNode | null): ConfigNode | null {
    item.root = read(item);
    if (item.root !== null) this.#now.set(item.text, item);
    return item.root;
  }
}

/** A copy: a piece of a string holds on to all of it, and this one outlives the file's text. */
function contentOf(text: string): ItemContent {
  return { text: Buffer.from(text).toString() };
}

const NONE: ReadonlyMap<string, ItemText> = new Map();
