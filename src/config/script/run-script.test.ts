/** What a script may see and take while it is evaluated. What it exports is in test/config/typescript*.case.yaml. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runScript } from "./run-script.ts";

let folder = "";
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "portward script ")));
});
afterEach(() => rm(folder, { recursive: true }));

async function run(text: string, limitMs?: number) {
  const path = join(folder, "shop.ts");
  await Bun.write(path, text);
  return runScript(path, limitMs);
}

async function exported(text: string): Promise<unknown> {
  const outcome = await run(text);
  if (!outcome.ok || outcome.value.kind !== "value") throw new Error(JSON.stringify(outcome));
  return JSON.parse(outcome.value.json);
}

test("it sees no variable that may hold a secret", async () => {
  process.env["PORTWARD_TEST_TOKEN"] = "hunter2";
  const { names } = (await exported("export default { names: Object.keys(process.env) }")) as {
    names: string[];
  };
  delete process.env["PORTWARD_TEST_TOKEN"];
  expect(names).toContain("PATH");
  const allowed = ["PATH", "HOME", "TMPDIR", "TZ", "LANG", "LC_ALL", "BUN_BE_BUN"];
  expect(names.filter((name) => !allowed.includes(name))).toEqual([]);
});

test("it stands in its own folder, and a .env or bunfig.toml there is not read", async () => {
  await Bun.write(join(folder, ".env"), "TRAP=1\n");
  await Bun.write(join(folder, "trap.ts"), "throw new Error('trapped');");
  await Bun.write(join(folder, "bunfig.toml"), 'preload = ["./trap.ts"]\n');
  expect(await exported("export default { cwd: process.cwd(), trap: process.env.TRAP ?? null }")).toEqual({
    cwd: folder,
    trap: null,
  });
});

test("timers and servers that it leaves behind are not waited for", async () => {
  // Whoever waited would wait for ever.
  expect(await exported("setInterval(() => {}, 1000); export default { name: 'a' };")).toEqual({ name: "a" });
});

test("it may compute with promises", async () => {
  expect(
    await exported("const name = await Promise.resolve('a'); export default Promise.resolve({ name });"),
  ).toEqual({
    name: "a",
  });
});

test("one that never ends is stopped", async () => {
  expect(await run("while (true) {}", 300)).toEqual({ ok: false, error: { kind: "timeout", limitMs: 300 } });
  expect(await run("export default new Promise(() => setInterval(() => {}, 1000));", 300)).toMatchObject({
    ok: false,
  });
});

test("one that ends its process, or writes over the answer, has exported nothing", async () => {
  expect(await run("process.exit(7)")).toEqual({
    ok: false,
    error: { kind: "ended", how: "with exit code 7" },
  });
  expect(await run("process.kill(process.pid, 'SIGKILL')")).toEqual({
    ok: false,
    error: { kind: "ended", how: "by SIGKILL" },
  });
  const overwritten = "import { writeSync } from 'node:fs'; writeSync(3, 'x'); export default {};";
  expect(await run(overwritten)).toMatchObject({ ok: false, error: { kind: "ended" } });
});

test("more than a configuration can be is not taken", async () => {
  const large = await run("export default { name: 'x'.repeat(40_000_000) };");
  expect(large).toEqual({ ok: false, error: { kind: "tooLarge" } });
  const many = await run("const a = Array(1000).fill(1), b = Array(1000).fill(a); export default { b };");
  expect(many).toMatchObject({ value: { kind: "result", faults: [{ found: "more than 500,000 values" }] } });
});
