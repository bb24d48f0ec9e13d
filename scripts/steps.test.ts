import { expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const STEPS = join(import.meta.dir, "steps.ts");

const MIXED = `
  import { expect, test } from "bun:test";
  test("passes", () => {});
  test("passes too", () => {});
  test("fails", () => expect(1).toBe(2));
  test.skip("is skipped", () => {});
`;

/** Runs steps in a process of their own: yields its last line and exit code. */
async function run(code: string, files: Record<string, string> = {}) {
  const directory = mkdtempSync(join(tmpdir(), "portward-steps-"));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
  const main = `import { runSteps, testStep } from ${JSON.stringify(STEPS)};\nprocess.exit(await ${code});`;
  const child = Bun.spawn([process.execPath, "-e", main], {
    cwd: directory,
    stdout: "pipe",
    stderr: "ignore",
  });
  const output = await child.stdout.text();
  const exitCode = await child.exited;
  rmSync(directory, { recursive: true });
  return { lastLine: output.trimEnd().split("\n").at(-1), exitCode };
}

const check = (program: string) =>
  JSON.stringify({ name: program, command: [process.execPath, "-e", program], counts: "as one" });
const PASSES = check("process.exit(0)");
const FAILS = check("process.exit(3)");
const HANGS = check("setInterval(() => {}, 1e6)");
const tests = (file: string) => `testStep("tests", ["${file}"], 5000)`;

test("checks count as one each, tests as many as ran, skipped ones not at all", async () => {
  const steps = `runSteps([${PASSES}, ${FAILS}, ${tests("mixed.test.ts")}], 30000)`;
  expect(await run(steps, { "mixed.test.ts": MIXED })).toEqual({
    lastLine: "3 passed, 2 failed",
    exitCode: 1,
  });
});

test("all green", async () => {
  expect(await run(`runSteps([${PASSES}], 30000)`)).toEqual({ lastLine: "1 passed, 0 failed", exitCode: 0 });
});

test("a test file that does not load is a failure, and so is one that is not there", async () => {
  const broken = { "broken.test.ts": "throw new Error('at load');" };
  expect((await run(`runSteps([${tests("broken.test.ts")}], 30000)`, broken)).exitCode).toBe(1);
  const missing = await run(`runSteps([${PASSES}, ${tests("missing.test.ts")}], 30000)`);
  expect(missing).toEqual({ lastLine: "1 passed, 1 failed", exitCode: 1 });
});

test("a step that hangs is ended", async () => {
  const started = performance.now();
  expect(await run(`runSteps([${HANGS}], 300)`)).toEqual({ lastLine: "0 passed, 1 failed", exitCode: 1 });
  expect(performance.now() - started).toBeLessThan(5_000);
});
