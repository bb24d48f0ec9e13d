/** Hashes are pinned, because who goes where depends on them, and even. */
import { expect, test } from "bun:test";
import { hashText, mix } from "./hash.ts";

test("is the same in every version", () => {
  expect(["", "a", "ab", "10.0.0.1:3000", "é漢"].map((text) => hashText(text))).toEqual(PINNED);
  expect(hashText("a", 1)).not.toBe(hashText("a"));
});

test("spreads texts that are nearly alike", () => {
  for (const hash of [(i: number) => hashText(`user-${i}`), mix]) {
    const counts = new Int32Array(64);
    for (let i = 0; i < 64_000; i++) counts[hash(i) >>> 26]!++;
    // Six standard deviations.
    for (const count of counts) expect(count).toBeWithin(810, 1_190);
  }
});

const PINNED: number[] = [0, 1_009_084_850, 3_780_547_604, 3_797_714_244, 296_356_843];
