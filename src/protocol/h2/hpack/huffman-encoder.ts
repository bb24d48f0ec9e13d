/** Bytes to a Huffman string (RFC 7541 section 5.2). */
import type { ByteSink } from "../../../base/byte-sink.ts";
import { CODE_BITS, CODES } from "./huffman-code.ts";

/** How many bytes `writeHuffman` will write. */
export function huffmanBytes(bytes: Uint8Array, start: number, end: number): number {
  let bits = 0;
  for (let at = start; at < end; at++) bits += CODE_BITS[bytes[at]!]!;
  return (bits + 7) >>> 3;
}

/** Padded with ones, the beginning of EOS. Codes of up to 30 bits meet at most 7 waiting ones, so they go in two halves. */
export function writeHuffman(sink: ByteSink, bytes: Uint8Array, start: number, end: number): void {
  let to = sink.reserve((end - start) * 4 + 1);
  const out = sink.bytes;
  let waiting = 0;
  let count = 0;
  for (let at = start; at < end; at++) {
    const code = CODES[bytes[at]!]!;
    let bits = CODE_BITS[bytes[at]!]!;
    if (bits > HALF) {
      bits -= HALF;
      waiting = (waiting << bits) | (code >>> HALF);
      count += bits;
      while (count >= 8) {
        count -= 8;
        out[to++] = waiting >>> count;
      }
      bits = HALF;
    }
    waiting = (waiting << bits) | (code & ((1 << bits) - 1));
    count += bits;
    while (count >= 8) {
      count -= 8;
      out[to++] = waiting >>> count;
    }
  }
  if (count > 0) out[to++] = (waiting << (8 - count)) | (0xff >>> count);
  sink.length = to;
}

const HALF = 15;
