/** Every state with every input, against the picture of RFC 9113 section 5.1 written out a second time. */
import { expect, test } from "bun:test";
import { after, faultOf, STREAM_INPUTS, STREAM_STATES, type StreamState } from "./stream-state.ts";

/** States by a letter; `!` a fault, `x` what we must not do. Columns as in STREAM_INPUTS. */
const GRID: Readonly<Record<StreamState, string>> = {
  //               H HE D DE R W P | H HE D DE R
  idle: "          o r  ! !  ! ! i   o l  x x  x",
  open: "          o r  o r  c o o   o l  o l  c",
  halfClosedLocal: "l c  l c  c l l   x x  x x  c",
  halfClosedRemote: "! !  ! !  c r r   r c  r c  c",
  closed: "        ! !  ! !  c c c   x x  x x  c",
};
const LETTERS: Readonly<Record<string, StreamState>> = {
  i: "idle",
  o: "open",
  l: "halfClosedLocal",
  r: "halfClosedRemote",
  c: "closed",
};

for (const state of STREAM_STATES) {
  const row = GRID[state].trim().split(/\s+/);
  for (const [i, input] of STREAM_INPUTS.entries()) {
    test(`${state}: ${input} is ${row[i]}`, () => {
      const letter = row[i]!;
      if (letter === "x" || letter === "!") expect(() => after(state, input)).toThrow();
      else expect(after(state, input)).toBe(LETTERS[letter]!);
      expect(faultOf(state, input) !== null).toBe(letter === "!");
    });
  }
}
