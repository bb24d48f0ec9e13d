import { expect, test } from "bun:test";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
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

/** Runs steps in a process of their own: yields its last line, its exit code and all lines. */
async function runWhole(code: string, files: Record<string, string> = {}) {
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
  const lines = output.trimEnd().split("\n");
  return { lastLine: lines.at(-1), exitCode, lines };
}

async function run(code: string, files: Record<string, string> = {}) {
  const { lastLine, exitCode } = await runWhole(code, files);
  return { lastLine, exitCode };
}

/** What is told once more between the steps and the last line. */
async function toldAgain(code: string, files: Record<string, string> = {}): Promise<string[]> {
  const { lines } = await runWhole(code, files);
  const begin = lines.indexOf("== What failed");
  return begin < 0 ? [] : lines.slice(begin + 2, -1);
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

const NAMED = `
  import { expect, test, describe } from "bun:test";
  test("passes", () => console.error("before"));
  describe("a group", () => test("fails", () => { console.error("said"); expect(1).toBe(2); }));
  test("passes too", () => console.error("after"));
  test("never ends", () => new Promise(() => {}), 10);
`;

test("each test that failed is told once more with its file and what was printed for it, and no other", async () => {
  const steps = `runSteps([${tests("named.test.ts")}, ${PASSES}], 30000)`;
  const told = await toldAgain(steps, { "named.test.ts": NAMED });
  expect(told.filter((line) => line.startsWith("-- "))).toEqual([
    "-- named.test.ts: a group > fails",
    "-- named.test.ts: never ends",
  ]);
  expect(told[1]).toBe("said");
  const text = told.join("\n");
  expect(text).toContain("error: expect(received).toBe(expected)");
  expect(text).toContain("named.test.ts:4:");
  expect(text).toContain("this test timed out after 10ms");
  expect(text).not.toMatch(/^(?:before|after)$/m);
});

test("a file that does not load is told by its name beside tests that fail, and counts", async () => {
  const files = { "mixed.test.ts": MIXED, "broken.test.ts": "throw new Error('at load');" };
  const steps = `runSteps([testStep("tests", ["mixed.test.ts", "broken.test.ts"], 5000)], 30000)`;
  const { lastLine, lines } = await runWhole(steps, files);
  expect(lastLine).toBe("2 passed, 2 failed");
  const at = lines.indexOf("-- broken.test.ts: an error outside of its tests");
  expect(lines.slice(at).join("\n")).toContain("error: at load");
});

test("of what is no test the first and last lines are told, and when all is well nothing", async () => {
  const chatty = check("for (let i = 0; i < 50000; i++) console.log('line ' + i); process.exit(1)");
  const told = await toldAgain(`runSteps([${PASSES}, ${chatty}], 30000)`);
  expect(told[0]).toStartWith("-- for (let i");
  expect(told.slice(1, 31)).toEqual(Array.from({ length: 30 }, (_, i) => `line ${i}`));
  expect(told[31]).toBe("… 49940 lines …");
  expect(told.slice(32, 62)).toEqual(Array.from({ length: 30 }, (_, i) => `line ${49_970 + i}`));
  expect(await toldAgain(`runSteps([${PASSES}], 30000)`)).toEqual([]);
});

test("a run that hangs is told with the file that it was in, behind what had failed before", async () => {
  const hangs = `
    import { expect, test } from "bun:test";
    test("fails", () => expect(1).toBe(2));
    test("spins", () => { for (;;); });
  `;
  const steps = `runSteps([${tests("spins.test.ts")}], 3000)`;
  const { lastLine, lines } = await runWhole(steps, { "spins.test.ts": hangs });
  expect(lines.filter((line) => line.startsWith("-- "))).toEqual([
    "-- spins.test.ts: fails",
    "-- tests, at last in spins.test.ts",
  ]);
  expect(lastLine).toBe("0 passed, 2 failed");
});

test("who is left behind with the output open holds nobody up", async () => {
  const leaves = check(`
    const left = Bun.spawn(["sleep", "60"], { stdio: ["ignore", "inherit", "inherit"] });
    left.unref();
    console.log("left", left.pid);
  `);
  const started = performance.now();
  const { lastLine, lines } = await runWhole(`runSteps([${leaves}], 30000)`);
  process.kill(Number(lines.find((line) => line.startsWith("left "))!.slice(5)));
  expect(lastLine).toBe("1 passed, 0 failed");
  expect(performance.now() - started).toBeLessThan(15_000);
});

/** Runs `.ci/run` with an npm whose commands print this and end with 1 when something failed. */
async function integrate(tested: string, interop: string): Promise<{ lines: string[]; exitCode: number }> {
  const directory = mkdtempSync(join(tmpdir(), "portward-integration-"));
  const programs = join(directory, "programs");
  mkdirSync(join(directory, ".ci"));
  mkdirSync(programs);
  copyFileSync(join(import.meta.dir, "../.ci/run"), join(directory, ".ci/run"));
  const npm = (words: string, output: string) => {
    const path = join(directory, `${words.replaceAll(" ", "-")}.txt`);
    writeFileSync(path, output);
    return `"${words}") cat ${path}; ! grep -q '^-- ' ${path};;`;
  };
  const cases = [npm("test", tested), npm("run test:interop", interop), "*) true;;"];
  const program = { mode: 0o755 };
  writeFileSync(join(programs, "npm"), `#!/bin/sh\ncase "$*" in ${cases.join("\n")} esac\n`, program);
  writeFileSync(join(programs, "dpkg-query"), "#!/bin/sh\necho install ok installed\n", program);
  const child = Bun.spawn([join(directory, ".ci/run")], {
    env: { ...process.env, PATH: `${programs}:${process.env["PATH"]}` },
    stderr: "ignore",
  });
  const lines = (await child.stdout.text()).trimEnd().split("\n");
  const exitCode = await child.exited;
  rmSync(directory, { recursive: true });
  return { lines, exitCode };
}

test("continuous integration ends with what failed in either command, and both together", async () => {
  const part = (title: string, sum: string) => `a log\n== What failed\n\n-- ${title}\nits error\n\n${sum}\n`;
  const green = "a log\n\n5 passed, 0 failed\n";
  const one = part("a.test.ts: one", "7 passed, 1 failed");
  const other = part("b.test.ts: other", "3 passed, 1 failed");
  const both = await integrate(one, other);
  const begin = both.lines.indexOf("== What failed, of everything");
  expect(both.lines.slice(begin + 1).filter((line) => line !== "")).toEqual([
    "-- a.test.ts: one",
    "its error",
    "-- b.test.ts: other",
    "its error",
    "10 passed, 2 failed",
  ]);
  expect(both.exitCode).toBe(1);
  const well = await integrate(green, green);
  expect(well.lines).not.toContain("== What failed, of everything");
  expect([well.lines.at(-1), well.exitCode]).toEqual(["10 passed, 0 failed", 0]);
});
