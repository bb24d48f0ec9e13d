/** What lines are written to: files that are renamed, pipes that nobody reads. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import {
  closeSync,
  constants,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileOutput, type LogOutput } from "../../src/io/log-output.ts";

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "portward-output-"));
  path = join(folder, "log");
});
afterEach(() => rmSync(folder, { recursive: true }));

async function opened(): Promise<LogOutput> {
  const output = fileOutput(path, null);
  expect(await output.open()).toBeNull();
  return output;
}

function write(output: LogOutput, text: string) {
  const bytes = Buffer.from(text);
  return output.write(bytes, bytes.length);
}

describe("a file", () => {
  test("that was renamed gets no more once it has been told", async () => {
    const output = await opened();
    await write(output, "1\n");
    renameSync(path, `${path}.1`);
    await write(output, "2\n");
    output.reopen();
    await write(output, "3\n");
    await output.close();
    expect([readFileSync(`${path}.1`, "utf8"), readFileSync(path, "utf8")]).toEqual(["1\n2\n", "3\n"]);
  });

  test("that cannot be opened anew costs the lines, and the next batch tries again", async () => {
    const output = await opened();
    const elsewhere = `${folder}.moved`;
    renameSync(folder, elsewhere);
    output.reopen();
    expect(await write(output, "1\n")).toEqual({ takenBytes: 0, cause: "ENOENT" });
    renameSync(elsewhere, folder);
    expect(await write(output, "2\n")).toEqual({ takenBytes: 2, cause: null });
    await output.close();
    expect(readFileSync(path, "utf8")).toBe("2\n");
  });

  test("written after it was closed says so", async () => {
    const output = await opened();
    await output.close();
    expect(await write(output, "1\n")).toEqual({ takenBytes: 0, cause: "EBADF" });
  });
});

describe.skipIf(process.platform !== "linux")("a named pipe", () => {
  beforeEach(() => void spawnSync("mkfifo", [path]));

  test("that nobody reads takes what it holds; the rest is lost after a second", async () => {
    const output = await opened();
    const line = `${"x".repeat(999)}\n`;
    const { takenBytes, cause } = await write(output, line.repeat(200));
    await output.close();
    expect(cause).toBe("slow");
    // 64 KiB in pieces of four lines.
    expect(takenBytes % (4 * line.length)).toBe(0);
    expect(takenBytes).toBeGreaterThan(50_000);
    expect(takenBytes).toBeLessThan(70_000);
  });

  test("that is read again goes on with a whole line", async () => {
    const output = await opened();
    const text = Array.from({ length: 20_000 }, (_, count) => `line ${count}\n`).join("");
    const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const writing = write(output, text);
    let got = "";
    const chunk = Buffer.alloc(100_000);
    while (got.length < text.length) {
      await new Promise(setImmediate);
      try {
        got += chunk.toString("latin1", 0, readSync(reader, chunk));
      } catch (error) {
        expect((error as NodeJS.ErrnoException).code).toBe("EAGAIN");
      }
    }
    expect(await writing).toEqual({ takenBytes: text.length, cause: null });
    expect(got).toBe(text);
    closeSync(reader);
    await output.close();
  });

  test("takes a line that is longer than what the kernel takes at once", async () => {
    const output = await opened();
    const text = `short\n${"x".repeat(10_000)}\nshort\n`;
    const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    expect(await write(output, text)).toEqual({ takenBytes: text.length, cause: null });
    const chunk = Buffer.alloc(20_000);
    expect(chunk.toString("latin1", 0, readSync(reader, chunk))).toBe(text);
    closeSync(reader);
    await output.close();
  });
});
