/** Checks are made once for all workers, who all go by them; so do those that take a place later. */
import { describe, expect, test } from "bun:test";
import { posix } from "../../src/io/posix.ts";
import { AilingUpstream } from "../support/ailing-upstream.ts";
import { eventually } from "../support/eventually.ts";
import { freePort } from "../support/free-port.ts";
import { RawPeer } from "../support/raw-peer.ts";
import { RunningProgram } from "./running-program.ts";

/** Who answers clients of their own, so that every worker has some of them; each name once. */
async function answers(port: number, clients = 24): Promise<string> {
  const names = await Promise.all(
    Array.from({ length: clients }, async () => {
      using client = await RawPeer.connect(port);
      client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
      return (await client.until(/\r\n\r\n[ab]$/)).slice(-1);
    }),
  );
  return [...new Set(names)].sort().join("");
}

describe.skipIf(posix === null)("the supervisor's checks", () => {
  test("are made once, reach every worker, and those that come later", async () => {
    await using a = await AilingUpstream.start("a");
    await using b = await AilingUpstream.start("b");
    const port = freePort();
    const site = `
upstreams:
  group:
    health: { path: /healthz, every: 200ms, fall: 2, rise: 1 }
    targets: ["${a.target}", "${b.target}"]
routes: [{ listen: "127.0.0.1:${port}", path: /, upstream: group }]
`;
    await using program = await RunningProgram.start(site, ["--workers", "2"]);
    expect(await answers(port)).toBe("ab");
    await program.until("target_up", 2);
    b.checkStatus = 500;
    const down = await program.until("target_down");
    expect(down).toMatchObject({ upstream: "group", target: b.target, fault: "status 500" });
    expect(down.worker).toBeUndefined();
    // A message to two processes is on its way for a moment.
    let seen = "";
    for (let tries = 0; tries < 50 && seen !== "a"; tries++) seen = await answers(port);
    expect(seen).toBe("a");

    const [victim] = program.workers();
    program.signal("SIGKILL", victim!);
    await program.until("worker_ready");
    expect(await answers(port)).toBe("a");

    const { checks } = a;
    await eventually(() => a.checks >= checks + 5, "five looks");
    expect(b.checks).toBeWithin(a.checks - 3, a.checks + 4);

    b.checkStatus = 200;
    await program.until("target_up", 3);
    for (let tries = 0; tries < 50 && seen !== "ab"; tries++) seen = await answers(port);
    expect(seen).toBe("ab");
  }, 60_000);
});
