/**
 * Spreads texts and numbers over 32 bits, evenly and the same in every process and every version: who is sent
 * where by a hash must not move with a restart. Not for secrets, and not against somebody who chooses the keys.
 */

/** MurmurHash3 (Appleby, 2011; public domain) over the text's UTF-16 units, two to a block. */
export function hashText(text: string, seed = 0): number {
  const { length } = text;
  let hash = seed;
  let at = 0;
  for (; at + 1 < length; at += 2) {
    hash = addBlock(hash, text.charCodeAt(at) | (text.charCodeAt(at + 1) << 16));
    hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe654_6b64) | 0;
  }
  if (at < length) hash = addBlock(hash, text.charCodeAt(at));
  return mix(hash ^ length);
}

/** Another number for each number; neighbours end up far apart (murmur3's finaliser). */
export function mix(word: number): number {
  let hash = word;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function addBlock(hash: number, block: number): number {
  const spread = Math.imul(block, 0xcc9e_2d51);
  return hash ^ Math.imul((spread << 15) | (spread >>> 17), 0x1b87_3593);
}
