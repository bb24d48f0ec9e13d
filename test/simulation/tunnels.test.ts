/**
 * WebSockets of either version to targets of either, and calls as those of gRPC over HTTP/2 alone, over sockets in memory: every
 * byte arrives, every end does, and nobody stands still. `TUNNEL_CASES=5000` runs for longer; a failure names its seed, which `TUNNEL_SEED` begins with.
 */
import { expect, spyOn, test } from "bun:test";
import { TunnelWorld, type Version } from "./tunnel-world.ts";

const VERSIONS: readonly Version[] = ["http1", "h2"];
const CASES = Number(process.env["TUNNEL_CASES"] ?? 80);
const FIRST_SEED = Number(process.env["TUNNEL_SEED"] ?? 1);
const MOST_MS_OF_A_CASE = 500;

for (const client of VERSIONS) {
  for (const target of VERSIONS) {
    const play = async (): Promise<void> => {
      await using world = await TunnelWorld.start(client, target);
      const connect = (options: never): Promise<void> => world.connect(options);
      using _ = spyOn(Bun, "connect").mockImplementation(connect as never);
      for (let seed = FIRST_SEED; seed < FIRST_SEED + CASES; seed++)
        expect(await world.play(seed)).toEqual([]);
    };
    test(`tunnels from ${client} to ${target}`, play, CASES * MOST_MS_OF_A_CASE);
  }
}
