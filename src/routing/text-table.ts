/**
 * A hash table whose keys are looked up as pieces of a longer text, without cutting them out: the segments of a
 * path, the suffixes of a host. A `Map` would need a new string for each piece of each request.
 *
 * Keys lie in one block of memory beside what is needed to compare them. With 10,000 routes hardly anything of
 * a table is in the processor's caches, and each object visited on the way would cost as much as the
 * whole search otherwise does. Nothing is inserted after construction, so a client who finds colliding
 * keys gains a few comparisons and cannot make them grow.
 */

export interface TextKey {
  /** Tells equal texts apart, such as the same segment below two nodes. 0 or more. */
  readonly scope: number;
  /** ASCII. */
  readonly text: string;
}

export class TextTable {
  /** Pairs of hash and entry's position; position 0 is free. At most half full. */
  readonly #slots: Int32Array;
  readonly #mask: number;
  /** Entries: scope, length and value as words, then the text as bytes, filled up to a word. */
  readonly #words: Int32Array;
  readonly #bytes: Uint8Array;

  /** @param keys distinct; the value of a key is its index */
  constructor(keys: readonly TextKey[]) {
    let capacity = 8;
    while (capacity < keys.length * 2) capacity *= 2;
    this.#slots = new Int32Array(capacity * 2);
    this.#mask = capacity - 1;
    this.#words = new Int32Array(keys.reduce((sum, { text }) => sum + entryWords(text), FIRST_ENTRY));
    this.#bytes = new Uint8Array(this.#words.buffer);
    let position = FIRST_ENTRY;
    for (const [value, key] of keys.entries()) {
      this.#insert(key, value, position);
      position += entryWords(key.text);
    }
  }

  /** @returns the index of the key whose text is `text` from `from` to before `to`, or -1 */
  find(scope: number, text: string, from: number, to: number): number {
    const hash = hashOf(scope, text, from, to);
    for (let slot = hash & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const position = this.#slots[slot * 2 + 1]!;
      if (position === 0) return -1;
      if (this.#slots[slot * 2] === hash && this.#isAt(position, scope, text, from, to)) {
        return this.#words[position + 2]!;
      }
    }
  }

  #isAt(position: number, scope: number, text: string, from: number, to: number): boolean {
    if (this.#words[position] !== scope || this.#words[position + 1] !== to - from) return false;
    const base = (position + HEADER_WORDS) * 4 - from;
    for (let index = from; index < to; index++) {
      if (this.#bytes[base + index] !== text.charCodeAt(index)) return false;
    }
    return true;
  }

  #insert({ scope, text }: TextKey, value: number, position: number): void {
    const hash = hashOf(scope, text, 0, text.length);
    let slot = hash & this.#mask;
    while (this.#slots[slot * 2 + 1] !== 0) slot = (slot + 1) & this.#mask;
    this.#slots[slot * 2] = hash;
    this.#slots[slot * 2 + 1] = position;
    this.#words[position] = scope;
    this.#words[position + 1] = text.length;
    this.#words[position + 2] = value;
    // Tables of tens of thousands of keys are made while others wait: an encoder for each would take most of the time.
    const base = (position + HEADER_WORDS) * 4;
    for (let index = 0; index < text.length; index++) this.#bytes[base + index] = text.charCodeAt(index);
  }
}

/** FNV-1a over UTF-16 units, seeded with the scope, folded once because the table takes the low bits. */
function hashOf(scope: number, text: string, from: number, to: number): number {
  let hash = Math.imul(scope + 1, 0x9e3779b1) ^ 0x811c9dc5;
  for (let index = from; index < to; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return hash ^ (hash >>> 15);
}

function entryWords(text: string): number {
  return HEADER_WORDS + Math.ceil(text.length / 4);
}

const HEADER_WORDS = 3;

/** So that position 0 can mean a free slot. */
const FIRST_ENTRY = 1;
