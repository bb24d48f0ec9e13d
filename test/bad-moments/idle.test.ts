/** Small versions of `npm run soak -- --scenario idle` and `crowd`. */
import { expect, test } from "bun:test";
import { posix } from "../../src/io/posix.ts";
import { soakCrowd } from "../soak/crowd-soak.ts";
import { soakIdle } from "../soak/idle-soak.ts";

test("4,000 idle connections cost a few KiB each, and each of them is still served", async () => {
  const { faults } = await soakIdle({ connections: 4_000, onProgress: () => {} });
  expect(faults).toEqual([]);
}, 60_000);

test.skipIf(posix === null)(
  "so are 2,000 of several client processes, over two workers",
  async () => {
    const { faults } = await soakCrowd({ connections: 2_000, onProgress: () => {} });
    expect(faults).toEqual([]);
  },
  60_000,
);
