/** Randomness as an argument, for choices that need to be spread and not secret (balancing, ids, jitter). */
export interface Random {
  /** A whole number from 0 to 2^32 - 1. */
  nextUint32(): number;
}

/**
 * xoshiro128** (Blackman and Vigna, 2018): small, fast and even. Not for secrets.
 * @param seed four 32-bit words, not all zero
 */
export function createRandom(seed: readonly [number, number, number, number]): Random {
  let [a, b, c, d] = seed;
  return {
    nextUint32(): number {
      const result = Math.imul(rotateLeft(Math.imul(b, 5), 7), 9) >>> 0;
      const t = b << 9;
      c ^= a;
      d ^= b;
      b ^= c;
      a ^= d;
      c ^= t;
      d = rotateLeft(d, 11);
      return result;
    },
  };
}

/** A whole number from 0 to `limit - 1`. The bias of the multiplication is below 2^-20 for limits under 4,096. */
export function randomBelow(random: Random, limit: number): number {
  return Math.floor((random.nextUint32() / 0x1_0000_0000) * limit);
}

/** From 0 to less than 1. */
export function randomShare(random: Random): number {
  return random.nextUint32() / 0x1_0000_0000;
}

function rotateLeft(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}
