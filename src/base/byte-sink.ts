/**
 * A growing run of bytes to be sent. Heads and chunks are written here piece by piece, so that one
 * system call carries them. `Buffer.copy` is the fastest way to move a range on Bun (14 ns for anything
 * under 100 bytes, against 40 ns for `set(subarray())`), hence Buffers rather than Uint8Arrays.
 */

/** Up to here a loop beats the call into the runtime. */
const LOOP_BYTES = 24;

export class ByteSink {
  bytes: Buffer;
  length = 0;

  constructor(capacityBytes: number) {
    this.bytes = Buffer.allocUnsafeSlow(capacityBytes);
  }

  /** Makes room for `count` more bytes and returns where they begin. */
  reserve(count: number): number {
    const needed = this.length + count;
    if (needed > this.bytes.length) this.#grow(needed);
    return this.length;
  }

  range(source: Buffer, start: number, end: number): void {
    const count = end - start;
    const at = this.reserve(count);
    if (count > LOOP_BYTES) source.copy(this.bytes, at, start, end);
    else for (let i = 0; i < count; i++) this.bytes[at + i] = source[start + i]!;
    this.length = at + count;
  }

  all(source: Buffer): void {
    this.range(source, 0, source.length);
  }

  /** Code points above 255 lose their high bits: callers pass ASCII or decoded bytes. */
  latin1(text: string): void {
    const count = text.length;
    const at = this.reserve(count);
    if (count > LOOP_BYTES) this.bytes.write(text, at, "latin1");
    else for (let i = 0; i < count; i++) this.bytes[at + i] = text.charCodeAt(i);
    this.length = at + count;
  }

  byte(value: number): void {
    const at = this.reserve(1);
    this.bytes[at] = value;
    this.length = at + 1;
  }

  decimal(value: number): void {
    if (value >= 0 && value < 10) this.byte(0x30 + value);
    else this.latin1(value.toString());
  }

  hex(value: number): void {
    this.latin1(value.toString(16));
  }

  #grow(needed: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.bytes.length * 2));
    this.bytes.copy(larger, 0, 0, this.length);
    this.bytes = larger;
  }
}
