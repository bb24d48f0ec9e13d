import { expect, test } from "bun:test";
import { createRandom } from "../base/random.ts";
import { renewalMs, retryAfterMs } from "./renewal-times.ts";

const DAY_MS = 86_400_000;

test("a certificate of 90 days is renewed between the 57th and the 60th", () => {
  const validity = { fromMs: 5 * DAY_MS, toMs: 95 * DAY_MS };
  expect(renewalMs(validity, 0) / DAY_MS).toBeCloseTo(65);
  expect(renewalMs(validity, 1) / DAY_MS).toBeCloseTo(62);
});

test("failures double the pause up to six hours, and the authority may ask for more", () => {
  const random = createRandom([1, 2, 3, 4]);
  for (const [failures, wantedMs, leastMs] of [
    [1, 0, 60_000],
    [4, 0, 480_000],
    [40, 0, 21_600_000],
    [1, 3_600_000, 3_600_000],
    [40, 1_000, 21_600_000],
  ] as const) {
    const ms = retryAfterMs(failures, wantedMs, random);
    expect(ms).toBeGreaterThanOrEqual(leastMs);
    expect(ms).toBeLessThanOrEqual(leastMs * 1.25);
  }
});
