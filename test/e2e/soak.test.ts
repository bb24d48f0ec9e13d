/** Three seconds of the soak; `npm run soak` runs it for five minutes. */
import { expect, test } from "bun:test";
import { soak } from "../soak/soak.ts";

test("mixed load for three seconds: every answer is right, and nothing is left", async () => {
  const { faults } = await soak({ seconds: 3, seed: 1, clients: 40, onProgress: () => undefined });
  expect(faults).toEqual([]);
}, 60_000);
