/** Connections are spread evenly over workers, whatever the kernel's hash makes of them. */
import { describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { posix } from "../../src/io/posix.ts";
import { segmentPaths } from "../../src/io/segment/segment-paths.ts";
import type { WorkerEntry } from "../../src/io/segment/worker-table.ts";
import { joinSharedMemory } from "../../src/io/shared-memory.ts";
import { eventually } from "../support/eventually.ts";
import { RawPeer } from "../support/raw-peer.ts";
import { RunningProgram } from "./running-program.ts";

const SITE = `routes: [{ listen: "127.0.0.1:0", path: /, respond: { body: "fine" } }]\n`;
const REQUEST = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";

/** Reads what the workers say of themselves. */
function workerTable(program: RunningProgram): () => WorkerEntry[] {
  const folder = join(program.folder, "portward");
  const paths = segmentPaths(join(folder, readdirSync(folder)[0]!));
  const joined = paths.map((path) => joinSharedMemory(path)).find(({ ok }) => ok);
  if (joined?.ok !== true) throw new Error("no shared memory");
  return () => joined.value.workers.list().filter(({ state }) => state === "serving");
}

async function ask(peer: RawPeer): Promise<void> {
  peer.clear();
  peer.send(REQUEST);
  await peer.until(/fine$/);
}

function expectEven(counts: readonly number[], total: number): void {
  const even = total / counts.length;
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(total);
  for (const count of counts) expect(count / even).toBeWithin(0.85, 1.15);
}

describe.skipIf(posix === null)("spread", () => {
  for (const workers of [2, 4, 8]) {
    test(`256 connections that stay, over ${workers} workers`, async () => {
      await using program = await RunningProgram.start(SITE, ["--workers", `${workers}`]);
      const table = workerTable(program);
      const { port } = program;
      const peers = await Promise.all(Array.from({ length: 256 }, () => RawPeer.connect(port)));
      for (let round = 0; round < 2; round++) await Promise.all(peers.map(ask));
      const counts = () => table().map(({ connections }) => connections);
      await eventually(() => counts().reduce((sum, count) => sum + count, 0) === 256, "all counted");
      expect(counts()).toHaveLength(workers);
      expectEven(counts(), 256);
      for (const peer of peers) peer.socket.destroy();
      await eventually(() => counts().every((count) => count === 0), "none left");
    });

    test(`2,000 connections of one request each, over ${workers} workers`, async () => {
      await using program = await RunningProgram.start(SITE, ["--workers", `${workers}`]);
      const table = workerTable(program);
      const { port } = program;
      let left = 2_000;
      const loop = async () => {
        while (left-- > 0) {
          const peer = await RawPeer.connect(port);
          await ask(peer);
          peer.socket.destroy();
        }
      };
      await Promise.all(Array.from({ length: 32 }, loop));
      expectEven(
        table().map(({ accepted }) => accepted),
        2_000,
      );
    });
  }

  test("a worker that takes a place later gets its part of what comes then", async () => {
    await using program = await RunningProgram.start(SITE, ["--workers", "2"]);
    const table = workerTable(program);
    program.signal("SIGKILL", program.workers()[0]!);
    const { pid } = await program.until("worker_ready");
    const { port } = program;
    const peers = await Promise.all(Array.from({ length: 64 }, () => RawPeer.connect(port)));
    await Promise.all(peers.map(ask));
    await eventually(() => table().reduce((sum, { connections }) => sum + connections, 0) === 64, "all");
    expectEven(
      table().map(({ connections }) => connections),
      64,
    );
    expect(table().some((entry) => entry.pid === pid)).toBe(true);
    for (const peer of peers) peer.socket.destroy();
  });
});
