import { expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { diskFiles } from "../config/source/file-access.ts";
import { readFile } from "./read-file.ts";

test("a pipe is not waited for", async () => {
  const folder = mkdtempSync(join(tmpdir(), "portward-pipe-"));
  try {
    const pipe = join(folder, "shop.key");
    expect(Bun.spawnSync(["mkfifo", pipe]).exitCode).toBe(0);
    expect(await readFile(diskFiles, pipe)).toEqual({
      ok: false,
      error: { kind: "unreadable", reason: "it is no regular file" },
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("files are read, and what is missing is told as such", async () => {
  expect((await readFile(diskFiles, import.meta.path)).ok).toBe(true);
  const missing = await readFile(diskFiles, "/no/such.key");
  expect(missing).toMatchObject({ ok: false, error: { kind: "missing" } });
});
