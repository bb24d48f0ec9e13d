/** Walks over lengths and numbers of a range of bytes. Beyond its end it yields zeros and says so once asked. */

export class Cursor {
  readonly #bytes: Uint8Array;
  #at: number;
  readonly #end: number;
  /** Something was asked for that is not there. */
  overrun = false;

  constructor(bytes: Uint8Array, start: number, end: number) {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
  }

  get atEnd(): boolean {
    return this.#at >= this.#end;
  }

  /** What is left. */
  get length(): number {
    return this.#end - this.#at;
  }

  uint8(): number {
    return this.#has(1) ? this.#bytes[this.#at++]! : 0;
  }

  uint16(): number {
    return this.#has(2) ? (this.#bytes[this.#at++]! << 8) | this.#bytes[this.#at++]! : 0;
  }

  skip(count: number): void {
    if (this.#has(count)) this.#at += count;
  }

  /** The next `count` bytes on their own; this cursor goes on behind them. */
  part(count: number): Cursor {
    const start = this.#at;
    if (!this.#has(count)) return new Cursor(this.#bytes, start, start);
    this.#at += count;
    return new Cursor(this.#bytes, start, this.#at);
  }

  /** What is left as text, one character a byte. */
  latin1(): string {
    return String.fromCharCode(...this.bytes());
  }

  /** What is left; a view. */
  bytes(): Uint8Array {
    return this.#bytes.subarray(this.#at, this.#end);
  }

  #has(count: number): boolean {
    if (count <= this.#end - this.#at) return true;
    this.overrun = true;
    this.#at = this.#end;
    return false;
  }
}
