import { expect, test } from "bun:test";
import { HeldShedding } from "./held-shedding.ts";

function heldByTwo() {
  const gone: string[] = [];
  const shedding = new HeldShedding<{ unsentBytes: number; takenBytes: number; fail(cause: string): void }>(
    () => {},
  );
  shedding.budget.limitBytes = 1_000;
  const hold = (name: string, unsentBytes: number) => {
    const holder = {
      unsentBytes,
      takenBytes: 0,
      fail() {
        gone.push(name);
        shedding.budget.drop(holder, unsentBytes);
      },
    };
    shedding.budget.add(holder, unsentBytes);
    shedding.noteAdded();
  };
  return { gone, hold };
}

test("a little over the limit there is a second look; far over it, somebody goes behind the event at once", async () => {
  const { gone, hold } = heldByTwo();
  hold("first", 1_100);
  await Promise.resolve();
  expect(gone).toEqual([]);
  hold("second", 600);
  expect(gone).toEqual([]);
  await Promise.resolve();
  expect(gone).toEqual(["first"]);
});
