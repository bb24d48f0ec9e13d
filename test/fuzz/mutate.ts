/** Changes messages the way attackers and broken peers do: by bytes, by lines, by pieces of other messages. */
import { type Random, randomBelow } from "../../src/base/random.ts";
import { DICTIONARY } from "./seeds.ts";

/** A message made of one seed, or of several, with up to six changes. */
export function mutated(random: Random, seeds: readonly string[]): string {
  let text = pick(random, seeds);
  for (let left = randomBelow(random, 7); left > 0; left--) {
    text = pick(random, CHANGES)(random, text, seeds);
    if (text.length > MAX_BYTES) text = text.slice(0, MAX_BYTES);
  }
  return text;
}

/** Where to cut: a few places, or near each other, so that they fall into one line end. */
export function randomPieces(random: Random, text: string): string[] {
  const pieces: string[] = [];
  let from = 0;
  while (from < text.length) {
    const size = randomBelow(random, 3) === 0 ? 1 : 1 + randomBelow(random, Math.max(1, text.length - from));
    pieces.push(text.slice(from, from + size));
    from += size;
  }
  return pieces;
}

export function pick<T>(random: Random, from: readonly T[]): T {
  return from[randomBelow(random, from.length)]!;
}

type Change = (random: Random, text: string, seeds: readonly string[]) => string;

const replaceByte: Change = (random, text) => {
  const at = randomBelow(random, text.length + 1);
  return text.slice(0, at) + String.fromCharCode(randomBelow(random, 256)) + text.slice(at + 1);
};

const insertPiece: Change = (random, text) => {
  const at = randomBelow(random, text.length + 1);
  return text.slice(0, at) + pick(random, DICTIONARY) + text.slice(at);
};

const replaceWithPiece: Change = (random, text) => {
  const [from, to] = range(random, text.length, 12);
  return text.slice(0, from) + pick(random, DICTIONARY) + text.slice(to);
};

const removeRange: Change = (random, text) => {
  const [from, to] = range(random, text.length, 12);
  return text.slice(0, from) + text.slice(to);
};

const insertLine: Change = (random, text) =>
  changeLines(text, (lines) => {
    lines.splice(randomBelow(random, lines.length + 1), 0, pick(random, DICTIONARY).replace(/\r\n$/, ""));
  });

const repeatLine: Change = (random, text) =>
  changeLines(text, (lines) => {
    lines.splice(randomBelow(random, lines.length + 1), 0, pick(random, lines));
  });

const moveLine: Change = (random, text) =>
  changeLines(text, (lines) => {
    const [line] = lines.splice(randomBelow(random, lines.length), 1);
    lines.splice(randomBelow(random, lines.length + 1), 0, line!);
  });

const removeLine: Change = (random, text) =>
  changeLines(text, (lines) => {
    lines.splice(randomBelow(random, lines.length), 1);
  });

const borrowLine: Change = (random, text, seeds) =>
  changeLines(text, (lines) => {
    lines.splice(randomBelow(random, lines.length + 1), 0, pick(random, pick(random, seeds).split("\r\n")));
  });

const appendSeed: Change = (random, text, seeds) => text + pick(random, seeds);

const crossOver: Change = (random, text, seeds) => {
  const other = pick(random, seeds);
  return (
    text.slice(0, randomBelow(random, text.length + 1)) + other.slice(randomBelow(random, other.length + 1))
  );
};

const stretch: Change = (random, text) => {
  const at = randomBelow(random, text.length + 1);
  return text.slice(0, at) + (text[at] ?? "x").repeat(1 + randomBelow(random, 700)) + text.slice(at);
};

const turnCase: Change = (random, text) => {
  const [from, to] = range(random, text.length, 20);
  const part = text.slice(from, to);
  return (
    text.slice(0, from) +
    (randomBelow(random, 2) === 0 ? part.toUpperCase() : part.toLowerCase()) +
    text.slice(to)
  );
};

const CHANGES: readonly Change[] = [
  replaceByte,
  insertPiece,
  insertPiece,
  replaceWithPiece,
  removeRange,
  insertLine,
  insertLine,
  repeatLine,
  moveLine,
  removeLine,
  borrowLine,
  appendSeed,
  crossOver,
  stretch,
  turnCase,
];

function range(random: Random, length: number, most: number): [from: number, to: number] {
  const from = randomBelow(random, length + 1);
  return [from, Math.min(length, from + 1 + randomBelow(random, most))];
}

function changeLines(text: string, change: (lines: string[]) => void): string {
  const lines = text.split("\r\n");
  change(lines);
  return lines.join("\r\n");
}

/** Beyond every limit of the codec as it is tested. */
const MAX_BYTES = 6_000;
