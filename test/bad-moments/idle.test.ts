/** A small version of `npm run soak -- --scenario idle`. */
import { expect, test } from "bun:test";
import { soakIdle } from "../soak/idle-soak.ts";

test("4,000 idle connections cost a few KiB each, and each of them is still served", async () => {
  const { faults } = await soakIdle({ connections: 4_000, onProgress: () => {} });
  expect(faults).toEqual([]);
}, 60_000);
