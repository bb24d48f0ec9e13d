import { expect, test } from "bun:test";
import { freeOwn, giveBack, keptSoFar, noteKept, noteKeptForNow } from "./chunk-memory.ts";

/** As the runtime hands it over: a buffer with memory of its own. */
function received(bytes = 64 * 1024): Buffer {
  return Buffer.from(new ArrayBuffer(bytes));
}

test("a chunk of which nothing was kept is freed at once", () => {
  const chunk = received();
  giveBack(chunk, keptSoFar());
  expect(chunk.length).toBe(0);
});

test("a chunk of which a part was kept for now goes when the part does", () => {
  const before = keptSoFar();
  const chunk = received();
  const part = chunk.subarray(1_000);
  noteKeptForNow();
  giveBack(chunk, before);
  expect(part.length).toBe(64 * 1024 - 1_000);
  freeOwn(part.subarray(10));
  expect(part.length).toBe(0);
});

for (const [name, keep] of [
  ["by somebody who does not free", [noteKept]],
  ["twice", [noteKeptForNow, noteKeptForNow]],
  ["by one who frees and one who does not", [noteKept, noteKeptForNow]],
] as const) {
  test(`a chunk of which parts were kept ${name} is left to the collector`, () => {
    const before = keptSoFar();
    const chunk = received();
    for (const note of keep) note();
    giveBack(chunk, before);
    freeOwn(chunk);
    expect(chunk.length).toBe(64 * 1024);
  });
}

test("small chunks, and parts of larger memory, are not touched", () => {
  const small = received(1_000);
  const whole = received();
  for (const chunk of [small, whole.subarray(10)]) giveBack(chunk, keptSoFar());
  expect([small.length, whole.length]).toEqual([1_000, 64 * 1024]);
});

test("what was kept before the chunk came does not count", () => {
  noteKept();
  const chunk = received();
  giveBack(chunk, keptSoFar());
  expect(chunk.length).toBe(0);
});
