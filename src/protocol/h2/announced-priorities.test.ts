import { expect, test } from "bun:test";
import { AnnouncedPriorities } from "./announced-priorities.ts";

const began = (id: number) => ({ id, urgency: 6, incremental: false });

test("what was said last of a stream overrides what it says itself", () => {
  const announced = new AnnouncedPriorities(10);
  announced.announce(5, "u=1");
  announced.announce(5, "u=2, i");
  const stream = began(5);
  announced.apply(stream);
  expect(stream).toEqual({ id: 5, urgency: 2, incremental: true });
});

test("nothing was said of the others, and what was of streams before is forgotten", () => {
  const announced = new AnnouncedPriorities(1);
  announced.announce(3, "u=0");
  const other = began(5);
  announced.apply(other);
  expect(other.urgency).toBe(6);
  announced.announce(7, "u=0");
  const next = began(7);
  announced.apply(next);
  expect(next.urgency).toBe(0);
});

test("of more streams than there may be nothing is kept", () => {
  const announced = new AnnouncedPriorities(2);
  for (const id of [3, 5, 7]) announced.announce(id, "u=0");
  const stream = began(7);
  announced.apply(stream);
  expect(stream.urgency).toBe(6);
});
