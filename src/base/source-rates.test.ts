import { expect, test } from "bun:test";
import fc from "fast-check";
import { SOURCE_RATES_CELLS, SourceRates } from "./source-rates.ts";

function shared(count: number, epochsMs: readonly number[] = [0]): SourceRates[] {
  const words = new Int32Array(SOURCE_RATES_CELLS * 2 + 10);
  return Array.from({ length: count }, (_, i) => new SourceRates(words, 10, epochsMs[i % epochsMs.length]!));
}

function taken(rates: SourceRates, source: string, perSecond: number, nowMs: number, tries: number): number {
  let count = 0;
  for (let i = 0; i < tries; i++) if (rates.take(source, perSecond, nowMs)) count++;
  return count;
}

test("two seconds' worth at once, and then the rate", () => {
  const rates = SourceRates.alone();
  expect(taken(rates, "a", 50, 0, 1_000)).toBe(100);
  expect(taken(rates, "a", 50, 1_000, 1_000)).toBe(50);
  expect(taken(rates, "a", 50, 1_020, 1_000)).toBe(1);
  expect(taken(rates, "b", 50, 1_020, 1_000)).toBe(100);
  expect(taken(rates, "a", 50, 60_000, 1_000)).toBe(100);
});

test("those who share the memory share the allowance, wherever their own clocks began", () => {
  const [one, other] = shared(2, [500, 0]);
  expect(taken(one!, "a", 10, 0, 15)).toBe(15);
  expect(taken(other!, "a", 10, 500, 15)).toBe(5);
  expect(taken(one!, "a", 10, 0, 15)).toBe(0);
  expect(taken(one!, "a", 10, 100, 15)).toBe(1);
});

test("one whose clock was read a moment before another's counted gives nothing anew", () => {
  const [one, other] = shared(2);
  expect(taken(one!, "a", 10, 100, 100)).toBe(20);
  expect(taken(other!, "a", 10, 99.9, 100)).toBe(0);
  expect(taken(one!, "a", 10, 100, 100)).toBe(0);
});

test("never more than the rate and what one has saved, over any time and any number of processes", () => {
  const late = fc.oneof(fc.constant(0), fc.double({ min: 0, max: 200, noNaN: true }));
  const tries = fc.oneof(fc.constant(1), fc.nat(300));
  const step = fc.record({ waitMs: fc.nat(40), by: fc.nat(3), source: fc.nat(2), lateMs: late, tries });
  const steps = fc.array(step, { maxLength: 200 });
  fc.assert(
    fc.property(steps, fc.integer({ min: 1, max: 100 }), fc.nat(2 ** 40), (all, perSecond, fromMs) => {
      const processes = shared(4);
      let nowMs = fromMs;
      const counts = [0, 0, 0];
      for (const { waitMs, by, source, lateMs, tries } of all) {
        nowMs += waitMs;
        counts[source]! += taken(processes[by]!, String(source), perSecond, nowMs - lateMs, tries);
      }
      const most = perSecond * (2 + (nowMs + 200 - fromMs) / 1_000) + 1;
      for (const count of counts) expect(count).toBeLessThanOrEqual(most);
    }),
  );
});

test("who keeps to the rate is never refused, whatever others do", () => {
  const rates = SourceRates.alone();
  for (let i = 0; i < 2_000; i++) {
    const nowMs = i * 20;
    expect(rates.take("polite", 50, nowMs)).toBe(true);
    for (let other = 0; other < 8; other++) rates.take(`rude ${other}`, 50, nowMs);
  }
});

test("the clock's going round takes nobody's allowance away", () => {
  const rates = SourceRates.alone();
  const roundMs = 2 ** 32 / 32;
  for (const nowMs of [roundMs / 2 - 10, roundMs / 2 + 10, roundMs - 10, roundMs + 10, roundMs * 99.5]) {
    expect(rates.take("a", 1, nowMs)).toBe(true);
  }
});

test("with more sources than places the memory stays what it is, and who is forgotten may again", () => {
  const rates = SourceRates.alone();
  let allowed = 0;
  for (let i = 0; i < 20_000; i++) if (rates.take(`source ${i}`, 1, i / 100)) allowed++;
  expect(allowed).toBe(20_000);
});
