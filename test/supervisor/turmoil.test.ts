/** Everything that may happen to processes while clients ask, in small; in full in `npm run soak -- --scenario processes`. */
import { expect, test } from "bun:test";
import { posix } from "../../src/io/posix.ts";
import { soakProcesses } from "../soak/process-soak.ts";

test.skipIf(posix === null)(
  "reloads, ends of workers and upgrades under load lose no request",
  async () => {
    const { faults, summary } = await soakProcesses({
      seconds: 4,
      connections: 32,
      workers: 2,
      reloads: 6,
      ends: 3,
      upgrades: 2,
      onProgress: () => {},
    });
    expect(faults).toEqual([]);
    expect(Number(/^\d+/.exec(summary)![0])).toBeGreaterThan(500);
  },
  60_000,
);
