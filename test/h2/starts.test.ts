import { expect, test } from "bun:test";
import { H2Starts, type Starting } from "../../src/downstream/h2-starts.ts";
import { eventually } from "../support/eventually.ts";

/** Counts how many have begun, in all and at most within one turn of the event loop. */
class Begun {
  count = 0;
  mostAtOnce = 0;
  #atOnce = 0;

  stream(state = "halfClosedRemote"): Starting {
    return {
      record: { state },
      start: () => {
        this.count++;
        if (++this.#atOnce === 1) queueMicrotask(() => this.#endTurn());
      },
    };
  }

  #endTurn(): void {
    this.mostAtOnce = Math.max(this.mostAtOnce, this.#atOnce);
    this.#atOnce = 0;
  }
}

function waiting(count: number, mayStart = () => true): { starts: H2Starts; begun: Begun } {
  const starts = new H2Starts(mayStart);
  const begun = new Begun();
  for (let i = 0; i < count; i++) starts.add(begun.stream());
  return { starts, begun };
}

test("of a client that nothing is known of, eight begin at once, then four a moment", async () => {
  const { starts, begun } = waiting(100);
  starts.begin();
  expect(begun.count).toBe(8);
  starts.begin();
  expect(begun.count).toBe(8);
  await eventually(() => begun.count === 100, "all");
  expect(begun.mostAtOnce).toBe(8);
});

test("of one that takes answers as many as it took, sixteen a turn", async () => {
  const { starts, begun } = waiting(100);
  for (let i = 0; i < 1_000; i++) starts.answered();
  starts.begin();
  expect(begun.count).toBe(16);
  await eventually(() => begun.count === 100, "all");
  expect(begun.mostAtOnce).toBe(16);
});

test("what is over before its turn never begins, and costs nobody a place", () => {
  const starts = new H2Starts(() => true);
  const begun = new Begun();
  for (let i = 0; i < 50; i++) starts.add(begun.stream("closed"));
  for (let i = 0; i < 8; i++) starts.add(begun.stream());
  starts.begin();
  expect(begun.count).toBe(8);
});

test("none begins while none may", () => {
  let may = false;
  const { starts, begun } = waiting(3, () => may);
  starts.begin();
  expect(begun.count).toBe(0);
  may = true;
  starts.begin();
  expect(begun.count).toBe(3);
});
