import { expect, test } from "bun:test";
import { H2Parting } from "../../src/downstream/h2-parting.ts";
import { eventually } from "../support/eventually.ts";

function part(count: number): { causes: string[]; done: () => boolean } {
  const causes: string[] = [];
  let isDone = false;
  const streams = Array.from({ length: count }, () => ({
    onReset: (cause: string) => void causes.push(cause),
  }));
  new H2Parting(streams, "closed", () => (isDone = true)).doPortion();
  return { causes, done: () => isDone };
}

test("a few exchanges end at once", () => {
  for (const count of [0, 1, 8]) {
    const { causes, done } = part(count);
    expect(causes).toHaveLength(count);
    expect(done()).toBe(true);
  }
});

test("many end portion by portion, and only then it is done", async () => {
  const { causes, done } = part(100);
  expect(causes).toHaveLength(8);
  expect(done()).toBe(false);
  await eventually(done, "the last of them");
  expect(causes).toEqual(new Array(100).fill("closed"));
});
