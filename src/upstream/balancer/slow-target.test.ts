/**
 * A group of targets on simulated time, one of which turns ten times slower: what still goes there a second later.
 * Arrivals are random and independent of what the targets do, as clients are.
 */
import { describe, expect, test } from "bun:test";
import { balancerOf, NO_KEY, random, type TestTarget, targets } from "../test-support/candidates.ts";
import type { SpreadingName } from "./index.ts";

const TARGETS = 5;
const SLOW_FROM_MS = 5_000;
const END_MS = 9_000;

interface Answer {
  readonly atMs: number;
  readonly tookMs: number;
  readonly target: TestTarget;
}

/** The slow target's part of the requests that begin from a second after it turned slow. */
function slowPart(policy: SpreadingName, normalMs: number, perSecond: number): number {
  const dice = random();
  let nowMs = 0;
  const all = targets(...Array<number>(TARGETS).fill(1));
  const slow = all[2]!;
  const balancer = balancerOf({ policy }, all, { clock: { nowMs: () => nowMs, wallMs: () => nowMs } });
  const underWay: Answer[] = [];
  let [late, lateAtSlow] = [0, 0];

  const answerUntil = (endMs: number): void => {
    for (const { atMs, tookMs, target } of underWay.filter(({ atMs }) => atMs <= endMs).sort(byTime)) {
      target.active--;
      target.latency.observe(tookMs, atMs);
      balancer.loadChanged?.(target);
    }
    underWay.splice(0, underWay.length, ...underWay.filter(({ atMs }) => atMs > endMs));
  };

  while (nowMs < END_MS) {
    nowMs += -Math.log(1 - dice.nextUint32() / 0x1_0000_0000) * (1000 / perSecond);
    answerUntil(nowMs);
    const target = balancer.pick(NO_KEY, [])!;
    target.active++;
    balancer.loadChanged?.(target);
    const isSlow = target === slow && nowMs >= SLOW_FROM_MS;
    const tookMs = normalMs * (isSlow ? 10 : 1) * (0.8 + (0.4 * dice.nextUint32()) / 0x1_0000_0000);
    underWay.push({ atMs: nowMs + tookMs, tookMs, target });
    if (nowMs < SLOW_FROM_MS + 1000) continue;
    late++;
    if (isSlow) lateAtSlow++;
  }
  return lateAtSlow / late;
}

function byTime(a: Answer, b: Answer): number {
  return a.atMs - b.atMs;
}

describe("a second after a target of five has turned ten times slower, of its fair fifth", () => {
  for (const [policy, normalMs, perSecond, most] of [
    ["p2c", 20, 500, 0.08],
    ["p2c", 50, 1000, 0.06],
    ["least_requests", 20, 1000, 0.08],
    ["least_latency", 20, 500, 0.06],
    ["least_latency", 50, 1000, 0.06],
    ["least_latency", 5, 200, 0.1],
  ] as const) {
    test(`${policy} leaves at most ${most} (${normalMs} ms, ${perSecond}/s)`, () => {
      expect(slowPart(policy, normalMs, perSecond)).toBeLessThan(most);
    });
  }

  test("random, which looks at nothing, leaves it all", () => {
    expect(slowPart("random", 20, 500)).toBeCloseTo(0.2, 1);
  });
});
