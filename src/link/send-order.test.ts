import { expect, test } from "bun:test";
import { nextToSend, type Waiting } from "./send-order.ts";

function stream(id: number, urgency: number, incremental = false, turn = 0, hasWindow = true): Waiting {
  return { id, urgency, incremental, turn, hasWindow };
}

const table: readonly (readonly [string, readonly Waiting[], number | null])[] = [
  ["nobody waits", [], null],
  ["nobody has a window", [stream(1, 3, false, 0, false)], null],
  ["the most urgent first", [stream(1, 3), stream(3, 1), stream(5, 7)], 3],
  ["of the same urgency, the one asked for first", [stream(5, 3), stream(3, 3)], 3],
  ["what is useful in parts goes behind what is not", [stream(1, 3, true), stream(3, 3)], 3],
  [
    "those useful in parts take turns",
    [stream(1, 3, true, 8), stream(3, 3, true, 6), stream(5, 3, true, 7)],
    3,
  ],
  ["a closed window passes the turn on", [stream(1, 0, false, 0, false), stream(3, 5)], 3],
];

for (const [name, waiting, expected] of table) {
  test(name, () => expect(nextToSend(waiting)?.id ?? null).toBe(expected));
}
