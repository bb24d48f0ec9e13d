/** Files that several processes write and rotate at once: no line is lost, torn, doubled or mixed with another. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  closeSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { LOCK, tryLock } from "../../src/io/file-lock.ts";
import { fileOutput, type LogOutput } from "../../src/io/log-output.ts";
import type { Rotation } from "../../src/io/rotated-file.ts";
import { eventually } from "../support/eventually.ts";

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "portward-rotation-"));
  path = join(folder, "access.log");
});
afterEach(() => rmSync(folder, { recursive: true }));

const APPENDER = join(import.meta.dir, "appender.ts");
const NEVER: Rotation = {
  sizeBytes: Number.POSITIVE_INFINITY,
  ageMs: Number.POSITIVE_INFINITY,
  keep: 3,
  gzip: false,
};

interface Writers {
  readonly names: readonly string[];
  readonly batches: number;
  readonly lines: number;
  readonly sizeBytes: number;
  readonly gzip: boolean;
}

async function append({ names, batches, lines, sizeBytes, gzip }: Writers): Promise<void> {
  const children = names.map((name) => {
    const words = [path, name, batches, lines, sizeBytes, gzip ? "gzip" : "plain"].map(String);
    return Bun.spawn([process.execPath, APPENDER, ...words], { stdout: "ignore", stderr: "pipe" });
  });
  for (const child of children) {
    const said = await new Response(child.stderr).text();
    expect([await child.exited, said]).toEqual([0, ""]);
  }
}

function contents(name: string): string {
  const bytes = readFileSync(join(folder, name));
  return (name.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("latin1");
}

/** Every line is whole, and each writer's are all there once, in order within each file. */
function expectAll({ names, batches, lines }: Writers): void {
  const seen = new Map(names.map((name) => [name, new Set<number>()]));
  for (const file of readdirSync(folder)) {
    const last = new Map<string, number>();
    for (const line of contents(file).split("\n").slice(0, -1)) {
      const [, name, number, filling] = /^<(\w) (\d+) (\w+)>$/.exec(line) ?? [];
      if (name === undefined) throw new Error(`not whole: ${line}`);
      expect(filling).toBe(name.repeat(1 + ((Number(number) * 7919) % 400)));
      expect(Number(number)).toBeGreaterThan(last.get(name) ?? -1);
      last.set(name, Number(number));
      const numbers = seen.get(name)!;
      expect(numbers.has(Number(number))).toBe(false);
      numbers.add(Number(number));
    }
  }
  for (const numbers of seen.values()) expect(numbers.size).toBe(batches * lines);
}

describe("several processes", () => {
  test("append to one file", async () => {
    const writers = { names: ["a", "b", "c"], batches: 60, lines: 50, sizeBytes: 0, gzip: false };
    await append(writers);
    expect(readdirSync(folder)).toEqual(["access.log"]);
    expectAll(writers);
  }, 60_000);

  test("rotate one file, all at the same time", async () => {
    const writers = { names: ["a", "b", "c"], batches: 120, lines: 20, sizeBytes: 20_000, gzip: false };
    await append(writers);
    // 7,200 lines of about 210 bytes.
    expect(readdirSync(folder).length).toBeGreaterThan(15);
    expectAll(writers);
  }, 60_000);

  test.skipIf(process.platform !== "linux")(
    "compress what they have put aside",
    async () => {
      const writers = { names: ["a", "b"], batches: 60, lines: 20, sizeBytes: 50_000, gzip: true };
      await append(writers);
      expect(readdirSync(folder).filter((name) => name.endsWith(".gz")).length).toBeGreaterThan(3);
      expectAll(writers);
    },
    60_000,
  );
});

describe("one process", () => {
  let nowMs = Date.UTC(2026, 10, 30, 12);

  function opened(rotation: Partial<Rotation>): LogOutput {
    const troubles: string[] = [];
    const onTrouble = (cause: string) => troubles.push(cause);
    return fileOutput(path, { rotation: { ...NEVER, ...rotation }, wallMs: () => nowMs, onTrouble });
  }

  async function write(output: LogOutput, text: string): Promise<void> {
    const bytes = Buffer.from(text);
    expect(await output.write(bytes, bytes.length)).toEqual({ takenBytes: bytes.length, cause: null });
  }

  test("starts a new file before the old one grows too large, and keeps as many as it should", async () => {
    const output = opened({ sizeBytes: 10, keep: 2 });
    expect(await output.open()).toBeNull();
    for (const text of ["first\n", "second\n", "third\n", "fourth\n", "5\n"]) {
      nowMs += 1_000;
      await write(output, text);
    }
    await eventually(() => readdirSync(folder).length === 3, "two old ones");
    expect(readdirSync(folder).sort().map(contents)).toEqual(["fourth\n5\n", "second\n", "third\n"]);
    await output.close();
  });

  test("a batch that is larger than a file may be has a file of its own", async () => {
    const output = opened({ sizeBytes: 10 });
    await output.open();
    await write(output, "much longer than ten bytes\n");
    await write(output, "next\n");
    await output.close();
    expect(readdirSync(folder).sort().map(contents)).toEqual(["next\n", "much longer than ten bytes\n"]);
  });

  test("starts a new file when the old one is old, with the next line", async () => {
    nowMs = Date.now();
    const output = opened({ ageMs: 60_000 });
    await output.open();
    await write(output, "1\n");
    nowMs += 59_000;
    await write(output, "2\n");
    nowMs += 2_000;
    expect(readdirSync(folder)).toHaveLength(1);
    await write(output, "3\n");
    await output.close();
    expect(readdirSync(folder).sort().map(contents)).toEqual(["3\n", "1\n2\n"]);
  });

  test("two files put aside within a millisecond have two names", async () => {
    const output = opened({ sizeBytes: 1 });
    await output.open();
    for (const text of ["1\n", "2\n", "3\n"]) await write(output, text);
    await output.close();
    expect(readdirSync(folder).sort().map(contents)).toEqual(["3\n", "1\n", "2\n"]);
  });

  test("keeps none when it should keep none, and touches nothing else", async () => {
    for (const other of ["access.log.1", "access.log.old", "other.log.20261130T120000.000Z"]) {
      writeFileSync(join(folder, other), "kept\n");
    }
    const output = opened({ sizeBytes: 1, keep: 0, gzip: true });
    await output.open();
    await write(output, "1\n");
    await write(output, "2\n");
    await eventually(() => readdirSync(folder).length === 4, "the old one is removed");
    await output.close();
    expect(contents("access.log")).toBe("2\n");
  });

  test("goes on in a new file when somebody else has renamed it", async () => {
    const output = opened({});
    await output.open();
    await write(output, "1\n");
    renameSync(path, `${path}.moved`);
    await write(output, "2\n");
    await output.close();
    expect([contents("access.log.moved"), contents("access.log")]).toEqual(["1\n", "2\n"]);
    expect(statSync(path).mode & 0o777).toBe(0o640);
  });

  test("does not wait for another that compresses the old file", async () => {
    const output = opened({});
    await output.open();
    await write(output, "1\n");
    // As another process that has put it aside and holds it.
    const old = openSync(path, "r");
    renameSync(path, `${path}.20261130T120000.000Z`);
    expect(tryLock(old, LOCK.exclusive)).toBe(true);
    await write(output, "2\n");
    expect(contents("access.log")).toBe("2\n");
    closeSync(old);
    await output.close();
  });

  test("loses lines, not its head, while somebody holds the file for ever", async () => {
    const output = opened({});
    await output.open();
    const holder = openSync(path, "r");
    expect(tryLock(holder, LOCK.exclusive)).toBe(true);
    expect(await output.write(Buffer.from("1\n"), 2)).toEqual({ takenBytes: 0, cause: "locked" });
    closeSync(holder);
    await write(output, "2\n");
    await output.close();
    expect(contents("access.log")).toBe("2\n");
  });

  test("leaves a device alone", async () => {
    path = "/dev/null";
    const output = opened({ sizeBytes: 1 });
    await output.open();
    await write(output, "1\n");
    await write(output, "2\n");
    await output.close();
    expect(statSync("/dev/null").isCharacterDevice()).toBe(true);
  });
});
