/**
 * Huffman strings to bytes (RFC 7541 section 5.2), mostly two symbols at a time: twelve bits are looked up at once, and what fields are
 * made of has codes of five to seven. Rare symbols have codes of up to thirty bits and are looked for by length, since the code is
 * canonical: those of one length follow each other in the order of their symbols.
 */
import type { ByteSink } from "../../../base/byte-sink.ts";
import { CODE_BITS, CODES, EOS } from "./huffman-code.ts";

/** Appends what `bytes[start, end)` stands for; false when it is no string of this code. */
export function decodeHuffman(bytes: Uint8Array, start: number, end: number, sink: ByteSink): boolean {
  let to = sink.reserve(Math.ceil(((end - start) * 8) / SHORTEST_BITS) + 1);
  const out = sink.bytes;
  let at = start;
  let bits = 0;
  let count = 0;
  for (;;) {
    for (; count <= FULL_BITS && at < end; count += 8) bits = (bits << 8) | bytes[at++]!;
    if (count < LOOKED_UP_BITS) break;
    const found = PAIRS[(bits >>> (count - LOOKED_UP_BITS)) & LOOKED_UP]!;
    if (found !== 0) {
      out[to] = found;
      out[to + 1] = found >>> SECOND_SHIFT;
      to += found >>> SYMBOLS_SHIFT;
      count -= (found >>> BITS_SHIFT) & 15;
      continue;
    }
    // A code may be longer than what is at hand, and then there is more to come: up to 37 bits, which are more than a shift takes.
    let long = bits & ((1 << count) - 1);
    for (; count < LONGEST_BITS && at < end; count += 8) long = long * 256 + bytes[at++]!;
    const symbol = longSymbol(long, count);
    if (symbol < 0) return false;
    out[to++] = symbol;
    count -= CODE_BITS[symbol]!;
    bits = long % 2 ** count;
  }
  while (count > 0) {
    const padded = (bits << (LOOKED_UP_BITS - count)) | ((1 << (LOOKED_UP_BITS - count)) - 1);
    const symbol = PAIRS[padded & LOOKED_UP]! & 0xff;
    if (PAIRS[padded & LOOKED_UP] === 0 || CODE_BITS[symbol]! > count) break;
    out[to++] = symbol;
    count -= CODE_BITS[symbol]!;
  }
  sink.length = to;
  return count < 8 && (bits & ((1 << count) - 1)) === (1 << count) - 1;
}

/** The symbol whose code the first of `count` bits are, of those with long codes; -1 when there is none, or it is EOS. */
function longSymbol(bits: number, count: number): number {
  for (const { length, first, symbols } of LONG_CODES) {
    if (length > count) break;
    const place = Math.floor(bits / 2 ** (count - length)) - first;
    if (place >= 0 && place < symbols.length) return symbols[place] === EOS ? -1 : symbols[place]!;
  }
  return -1;
}

const SHORTEST_BITS = 5;
const LONGEST_BITS = 30;
/** With so many at hand, another byte would not fit into 32 bits. */
const FULL_BITS = 23;
const LOOKED_UP_BITS = 12;
const LOOKED_UP = (1 << LOOKED_UP_BITS) - 1;
/** Of an entry: in its lowest byte the first symbol, then the second, how many bits both have, how many symbols there are. */
const SECOND_SHIFT = 8;
const BITS_SHIFT = 16;
const SYMBOLS_SHIFT = 20;
const NONE = -1;
const PAIRS: Uint32Array = buildPairs();
const LONG_CODES = buildLongCodes();

/** By their first twelve bits; 0 where the first symbol has more. */
function buildPairs(): Uint32Array {
  const singles = buildSingles();
  return Uint32Array.from({ length: LOOKED_UP + 1 }, (_, bits) => {
    const first = singles[bits]!;
    if (first === NONE) return 0;
    const used = CODE_BITS[first]!;
    const second = singles[(bits << used) & LOOKED_UP]!;
    const isWhole = second !== NONE && used + CODE_BITS[second]! <= LOOKED_UP_BITS;
    if (!isWhole) return first | (used << BITS_SHIFT) | (1 << SYMBOLS_SHIFT);
    const both = used + CODE_BITS[second]!;
    return first | (second << SECOND_SHIFT) | (both << BITS_SHIFT) | (2 << SYMBOLS_SHIFT);
  });
}

function buildSingles(): Int32Array {
  const singles = new Int32Array(LOOKED_UP + 1).fill(NONE);
  for (let symbol = 0; symbol < EOS; symbol++) {
    const free = LOOKED_UP_BITS - CODE_BITS[symbol]!;
    if (free >= 0) singles.fill(symbol, CODES[symbol]! << free, (CODES[symbol]! + 1) << free);
  }
  return singles;
}

interface LongCodes {
  readonly length: number;
  /** The code of the first. */
  readonly first: number;
  readonly symbols: readonly number[];
}

function buildLongCodes(): LongCodes[] {
  const all = Array.from(CODES, (_, symbol) => symbol).filter((each) => CODE_BITS[each]! > LOOKED_UP_BITS);
  return [...Map.groupBy(all, (symbol) => CODE_BITS[symbol]!)]
    .map(([length, symbols]) => ({ length, first: CODES[symbols[0]!]!, symbols }))
    .sort((a, b) => a.length - b.length);
}
