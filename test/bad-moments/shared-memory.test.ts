/** The memory that processes share is gone, of another version, or cannot be had: whoever is served notices nothing. */
import { describe, expect, test } from "bun:test";
import { closeSync, mkdirSync, openSync, readdirSync, rmdirSync, unlinkSync, writeSync } from "node:fs";
import { join } from "node:path";
import { posix } from "../../src/io/posix.ts";
import { CELL_BYTES, HEADER } from "../../src/io/segment/layout.ts";
import { segmentPaths } from "../../src/io/segment/segment-paths.ts";
import { RunningProgram } from "../supervisor/running-program.ts";
import { RawPeer } from "../support/raw-peer.ts";

const SITE = `routes: [{ listen: "127.0.0.1:0", path: /, respond: { body: "fine" } }]\n`;
const TWO = ["--workers", "2"];

function instanceOf(program: RunningProgram): string {
  const folder = join(program.folder, "portward");
  return join(folder, readdirSync(folder)[0]!);
}

async function ask(port: number): Promise<void> {
  using peer = await RawPeer.connect(port);
  peer.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  await peer.until(/fine$/);
}

/** As a build would leave it whose cells mean something else. */
function setVersion(path: string, version: number): void {
  const file = openSync(path, "r+");
  writeSync(file, new Float64Array([version]), 0, CELL_BYTES, HEADER.version * CELL_BYTES);
  closeSync(file);
}

describe.skipIf(posix === null)("a supervisor that comes after another", () => {
  for (const [what, damage, code] of [
    ["is gone", unlinkSync, "missing"],
    ["is of another version", (path: string) => setVersion(path, 99), "otherVersion"],
  ] as const) {
    test(`whose memory ${what} makes another, and nobody waits for that`, async () => {
      await using program = await RunningProgram.start(SITE, TWO);
      const { port } = program;
      const [memory] = segmentPaths(instanceOf(program));
      using kept = await RawPeer.connect(port);
      program.signal("SIGKILL");
      await program.until("supervisor_gone", 2);
      damage(memory!);
      for (let i = 0; i < 8; i++) await ask(port);
      await program.launch(TWO);
      expect(await program.until("shared_memory_replaced")).toMatchObject({ level: "warn", code });
      expect(program.port).toBe(port);
      for (let i = 0; i < 8; i++) await ask(port);
      kept.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
      await kept.until(/fine$/);
      expect(program.count("shared_memory_unavailable")).toBe(0);
    }, 60_000);
  }
});

test.skipIf(posix === null)(
  "where none can be had workers serve without, and the log says why",
  async () => {
    await using program = await RunningProgram.start(SITE, TWO);
    const instance = instanceOf(program);
    const paths = segmentPaths(instance);
    program.signal("SIGTERM");
    expect(await program.exited).toBe(0);
    for (const path of paths) mkdirSync(join(path, "in the way"), { recursive: true });
    try {
      await program.launch(TWO);
      const line = await program.until("shared_memory_unavailable");
      expect(line).toMatchObject({ level: "error", message: expect.stringContaining(paths[0]!) });
      for (let i = 0; i < 8; i++) await ask(program.port);
    } finally {
      for (const path of paths) {
        rmdirSync(join(path, "in the way"));
        rmdirSync(path);
      }
    }
  },
  60_000,
);
