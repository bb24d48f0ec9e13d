/** Three seconds of what `npm run soak` does for five minutes. */
import { expect, test } from "bun:test";
import { runSoak } from "../soak/soak.ts";

test("three seconds of clients and upstreams that misbehave leave nothing behind", async () => {
  const report = await runSoak({ seconds: 3, seed: 42, clients: 16, progress: () => {} });
  expect(report.problems).toEqual([]);
  expect(report.visits).toBeGreaterThan(50);
}, 30_000);
