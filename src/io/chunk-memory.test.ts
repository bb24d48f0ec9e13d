import { expect, test } from "bun:test";
import { giveBack, letGo, letGoAtOnce, noteKept } from "./chunk-memory.ts";

/** As the runtime hands it over: a buffer with memory of its own. */
function received(bytes = 64 * 1024): Buffer {
  return Buffer.from(new ArrayBuffer(bytes));
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("a chunk of which nothing waits is freed at once", () => {
  const chunk = received();
  giveBack(chunk);
  expect(chunk.length).toBe(0);
});

test("a chunk of which parts wait goes with the last of them, when the turn is over", async () => {
  const chunk = received();
  const [first, second] = [chunk.subarray(1_000), chunk.subarray(0, 10)];
  noteKept(first);
  noteKept(second);
  giveBack(chunk);
  expect(letGo(first.subarray(10))).toBe(true);
  await turn();
  expect(second.length).toBe(10);
  expect(letGo(second)).toBe(true);
  expect(second.length).toBe(10);
  await turn();
  expect([first.length, second.length]).toEqual([0, 0]);
});

test("who knows that nobody uses the last part frees the chunk at once", () => {
  const chunk = received();
  for (const end of [10, 20]) noteKept(chunk.subarray(0, end));
  giveBack(chunk);
  letGoAtOnce(chunk.subarray(0, 10));
  expect(chunk.length).toBe(64 * 1024);
  letGoAtOnce(chunk.subarray(0, 20));
  expect(chunk.length).toBe(0);
});

test("a part that is put aside again in the same turn keeps its chunk", async () => {
  const chunk = received();
  noteKept(chunk);
  giveBack(chunk);
  letGo(chunk);
  noteKept(chunk.subarray(5));
  await turn();
  expect(chunk.length).toBe(64 * 1024);
  letGoAtOnce(chunk.subarray(5));
  expect(chunk.length).toBe(0);
});

test("a part that is let go of twice in a turn frees its chunk once", async () => {
  const chunk = received();
  noteKept(chunk);
  giveBack(chunk);
  letGo(chunk);
  noteKept(chunk);
  letGo(chunk);
  await turn();
  expect(chunk.length).toBe(0);
});

test("a chunk whose receiver has not given it back is left to the collector, and so is what is no part of one", async () => {
  const chunk = received();
  noteKept(chunk);
  expect(letGo(chunk)).toBe(false);
  const own = Buffer.alloc(64 * 1024, 1);
  expect(letGo(own)).toBe(false);
  letGoAtOnce(own);
  await turn();
  expect([chunk.length, own.length]).toEqual([64 * 1024, 64 * 1024]);
  giveBack(chunk);
  expect(chunk.length).toBe(0);
});

test("small chunks, and parts of larger memory, are not touched", () => {
  const small = received(1_000);
  const whole = received();
  for (const chunk of [small, whole.subarray(10)]) giveBack(chunk);
  expect([small.length, whole.length]).toEqual([1_000, 64 * 1024]);
});
