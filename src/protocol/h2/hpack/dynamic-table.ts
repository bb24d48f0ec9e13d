/**
 * The dynamic table of one direction (RFC 7541 section 2.3.2). Its fields lie one behind the other as lines of HTTP/1.1
 * (`name: value CRLF`), so that a field that comes by its index is one copy of one range. The writer uses the
 * same table to know what the reader at the other end has.
 */

/** What an entry costs beyond its bytes (RFC 7541 section 4.1). */
export const ENTRY_OVERHEAD_BYTES = 32;
/** Between name and value, and behind the value. */
export const LINE_EXTRA_BYTES = 4;

export class DynamicTable {
  /** The lines; replaced when more room is needed. */
  lines: Buffer = EMPTY;
  count = 0;
  sizeBytes = 0;
  /** Entries added since the connection began; the newest has number `added - 1`. */
  added = 0;
  #maxBytes: number;
  #linesEnd = 0;
  #entries: Int32Array = new Int32Array(FIRST_ENTRIES * STRIDE);

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get maxBytes(): number {
    return this.#maxBytes;
  }

  set maxBytes(bytes: number) {
    this.#maxBytes = bytes;
    this.#evictTo(bytes);
  }

  /** Whether the entry with this number is still there. */
  has(number: number): boolean {
    return number >= this.added - this.count && number < this.added;
  }

  lineStart(number: number): number {
    return this.#entries[this.#at(number)]!;
  }

  nameBytes(number: number): number {
    return this.#entries[this.#at(number) + 1]!;
  }

  valueBytes(number: number): number {
    return this.#entries[this.#at(number) + 2]!;
  }

  /** See field-mark.ts. */
  mark(number: number): number {
    return this.#entries[this.#at(number) + 3]!;
  }

  /** Adds the line that begins at `start`. One that is larger than the table empties it (RFC 7541 section 4.4). */
  add(bytes: Buffer, start: number, nameBytes: number, valueBytes: number, mark: number): void {
    const size = nameBytes + valueBytes + ENTRY_OVERHEAD_BYTES;
    this.#evictTo(this.#maxBytes - size);
    if (size > this.#maxBytes) return;
    const lineBytes = nameBytes + valueBytes + LINE_EXTRA_BYTES;
    this.#makeRoom(lineBytes);
    bytes.copy(this.lines, this.#linesEnd, start, start + lineBytes);
    if (this.count * STRIDE === this.#entries.length) this.#growEntries();
    const at = this.#at(this.added++);
    this.#entries[at] = this.#linesEnd;
    this.#entries[at + 1] = nameBytes;
    this.#entries[at + 2] = valueBytes;
    this.#entries[at + 3] = mark;
    this.#linesEnd += lineBytes;
    this.sizeBytes += size;
    this.count++;
  }

  #at(number: number): number {
    return (number * STRIDE) & (this.#entries.length - 1);
  }

  #evictTo(bytes: number): void {
    while (this.count > 0 && this.sizeBytes > bytes) {
      const oldest = this.added - this.count;
      this.sizeBytes -= this.nameBytes(oldest) + this.valueBytes(oldest) + ENTRY_OVERHEAD_BYTES;
      this.count--;
    }
    if (this.count === 0) this.#linesEnd = 0;
  }

  /** Lines are added behind the others until the buffer is full; then those that are left move to its start. */
  #makeRoom(lineBytes: number): void {
    if (this.#linesEnd + lineBytes <= this.lines.length) return;
    const first = this.count === 0 ? this.#linesEnd : this.lineStart(this.added - this.count);
    const kept = this.#linesEnd - first;
    const needed = 2 * (kept + lineBytes);
    const target =
      needed <= this.lines.length ? this.lines : Buffer.allocUnsafeSlow(Math.max(needed, FIRST_BYTES));
    this.lines.copy(target, 0, first, this.#linesEnd);
    this.lines = target;
    this.#linesEnd = kept;
    for (let number = this.added - this.count; number < this.added; number++) {
      this.#entries[this.#at(number)]! -= first;
    }
  }

  /** The ring's length stays a power of two. */
  #growEntries(): void {
    const old = this.#entries;
    const larger = new Int32Array(old.length * 2);
    for (let number = this.added - this.count; number < this.added; number++) {
      const from = (number * STRIDE) & (old.length - 1);
      larger.set(old.subarray(from, from + STRIDE), (number * STRIDE) & (larger.length - 1));
    }
    this.#entries = larger;
  }
}

/** Numbers per entry: where its line starts, bytes of name and value, mark. */
const STRIDE = 4;
const FIRST_ENTRIES = 16;
const FIRST_BYTES = 512;
const EMPTY: Buffer = Buffer.alloc(0);
