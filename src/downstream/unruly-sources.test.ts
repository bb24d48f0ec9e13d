import { expect, test } from "bun:test";
import { UnrulySources } from "./unruly-sources.ts";

const NOW = 50_000;

function noted(faults: number, address = "192.0.2.7"): UnrulySources {
  const sources = new UnrulySources();
  for (let i = 0; i < faults; i++) sources.note(address, NOW);
  return sources;
}

/** How long each of so many connections that come at once has to wait. */
function waits(sources: UnrulySources, count: number, nowMs = NOW, address = "192.0.2.7"): number[] {
  return Array.from({ length: count }, () => sources.dueMs(address, nowMs) - nowMs);
}

test("who has done nothing does not wait, nor does anybody else", () => {
  expect(waits(new UnrulySources(), 3)).toEqual([0, 0, 0]);
  expect(waits(noted(9), 2, NOW, "192.0.2.8")).toEqual([0, 0]);
});

test("connections come two milliseconds apart for each fault, up to forty", () => {
  expect(waits(noted(1), 3)).toEqual([2, 4, 6]);
  expect(waits(noted(5), 3)).toEqual([10, 20, 30]);
  expect(waits(noted(1_000), 3)).toEqual([40, 80, 120]);
});

test("nobody waits longer than a second", () => {
  expect(Math.max(...waits(noted(20), 200))).toBe(1_000);
});

test("each second makes good for a fault, and in the end nothing is kept", () => {
  const sources = noted(3);
  expect(waits(sources, 1, NOW + 1_500)).toEqual([4]);
  expect(waits(sources, 1, NOW + 2_999)).toEqual([2]);
  expect(sources.isEmpty).toBe(false);
  expect(waits(sources, 1, NOW + 3_000)).toEqual([0]);
  expect(sources.isEmpty).toBe(true);
});

test("a fault more does not let those in at once who come behind others", () => {
  const sources = noted(10);
  expect(waits(sources, 2)).toEqual([20, 40]);
  sources.note("192.0.2.7", NOW);
  expect(waits(sources, 1)).toEqual([62]);
});

test("a network of 64 bits is one source, a Unix socket is none", () => {
  const sources = noted(2, "2001:db8::1");
  expect(waits(sources, 1, NOW, "2001:db8::ffff:1")).toEqual([4]);
  expect(noted(5, "").isEmpty).toBe(true);
});

test("of many sources those whose faults are oldest are forgotten", () => {
  const sources = noted(5, "oldest");
  for (let i = 0; i < 10_000; i++) sources.note(`10.0.${i >> 8}.${i & 255}`, NOW);
  expect(waits(sources, 1, NOW, "oldest")).toEqual([0]);
  expect(waits(sources, 1, NOW, "10.0.0.0")).toEqual([2]);
});
