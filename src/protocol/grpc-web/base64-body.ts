/**
 * The bodies of application/grpc-web-text: base64 in which every piece that its sender had ready may be padded for
 * itself, so that `=` ends a group of four and not the body. A group may be cut by the chunks in which it arrives.
 */

export class Base64Reader {
  /** Of the group that is not complete: its bits, and how many characters it has. */
  #bits = 0;
  #count = 0;
  #padding = 0;

  /** The bytes of all groups that are complete; null for what is no base64. */
  push(bytes: Uint8Array, start: number, end: number): Buffer | null {
    const out = Buffer.allocUnsafe((((end - start + this.#count) >> 2) + 1) * 3);
    let length = 0;
    for (let at = start; at < end; at++) {
      if (!this.#take(bytes[at]!)) return null;
      if (this.#count < GROUP) continue;
      const bits = this.#bits;
      out[length++] = bits >>> 16;
      if (this.#padding < 2) out[length++] = bits >>> 8;
      if (this.#padding < 1) out[length++] = bits;
      this.#bits = this.#count = this.#padding = 0;
    }
    return out.subarray(0, length);
  }

  /** Whether the body may end here. */
  get isWhole(): boolean {
    return this.#count === 0;
  }

  #take(byte: number): boolean {
    const value = VALUES[byte]!;
    if (value === PAD) {
      if (this.#count < 2) return false;
      this.#padding++;
    } else if (value === NONE || this.#padding > 0) return false;
    this.#bits = (this.#bits << 6) | (value & 63);
    this.#count++;
    return true;
  }
}

/** A piece of a body, padded: the receiver gets all of it without waiting for the next. */
export function base64Piece(bytes: Buffer, start: number, end: number): Buffer {
  return Buffer.from(bytes.toString("base64", start, end), "latin1");
}

const GROUP = 4;
const NONE = 255;
/** Its low bits are zero, as those that it stands for. */
const PAD = 64;
const VALUES: Uint8Array = new Uint8Array(256).fill(NONE);
for (const [value, letter] of [
  ..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
].entries()) {
  VALUES[letter.charCodeAt(0)] = value;
}
VALUES["=".charCodeAt(0)] = PAD;
