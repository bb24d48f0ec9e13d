/** However requests and failures come, repetitions stay a share of the requests. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { RetryBudget } from "./retry-budget.ts";

const RESERVE = 10;

test("an upstream that fails altogether is asked 1.2 times as often, and ten times more in all", () => {
  const budget = new RetryBudget(0);
  let repetitions = 0;
  for (let request = 0; request < 100_000; request++) {
    budget.deposit(0.2);
    while (budget.take(request)) repetitions++;
  }
  expect(repetitions).toBeLessThanOrEqual(20_000 + RESERVE);
  expect(repetitions).toBeGreaterThan(19_900);
});

test("whatever the order of requests, repetitions and pauses, the share holds from the beginning to any moment", () => {
  const step = fc.oneof(
    fc.constant("request"),
    fc.constant("repetition"),
    fc.integer({ min: 1, max: 20_000 }),
  );
  const property = fc.property(
    fc.array(step, { maxLength: 400 }),
    fc.double({ min: 0, max: 1, noNaN: true }),
    (steps, share) => {
      const budget = new RetryBudget(0);
      let [nowMs, requests, repetitions] = [0, 0, 0];
      for (const each of steps) {
        if (typeof each === "number") nowMs += each;
        else if (each === "request") {
          requests++;
          budget.deposit(share);
        } else if (budget.take(nowMs)) repetitions++;
        expect(repetitions).toBeLessThanOrEqual(share * requests + RESERVE + 1e-6);
      }
    },
  );
  fc.assert(property, { numRuns: 500 });
});

test("what a busy hour has saved fades within a minute, the reserve does not", () => {
  const budget = new RetryBudget(0);
  budget.take(0);
  for (let request = 0; request < 10_000; request++) budget.deposit(0.2);
  let repetitions = 0;
  while (budget.take(60_000)) repetitions++;
  expect(repetitions).toBeGreaterThanOrEqual(RESERVE);
  expect(repetitions).toBeLessThan(RESERVE + 3);
});
