/** A short run of the fuzzer: one that is the same each time, one that is not. */
import { expect, test } from "bun:test";
import { fuzzCodec } from "./fuzz-codec.ts";

const MESSAGES = 8_000;
/** They take a second or two; a busy machine may need several times that. */
const LONGEST_MS = 30_000;

test(
  "nothing is found from a fixed seed",
  () => {
    const result = fuzzCodec(20_240_501, LONGEST_MS, MESSAGES);
    expect(result.find).toBe(null);
    expect(result.complete).toBeGreaterThan(result.messages / 10);
  },
  LONGEST_MS * 2,
);

test(
  "nothing is found from a new seed",
  () => {
    const seed = crypto.getRandomValues(new Uint32Array(1))[0]!;
    console.log(`fuzz seed ${seed}`);
    expect({ seed, find: fuzzCodec(seed, 1_500).find }).toEqual({ seed, find: null });
  },
  LONGEST_MS,
);
