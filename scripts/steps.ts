/**
 * Runs the steps of a test command one after the other with their output as it comes, and ends with one
 * line: `N passed, N failed`. A static check counts as one; `bun test` counts as many as it ran.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { processTree } from "../bench/measure/cpu.ts";

export interface Step {
  readonly name: string;
  readonly command: readonly string[];
  readonly counts: "as one" | "its tests";
}

export interface Tally {
  readonly passed: number;
  readonly failed: number;
}

/** The arguments of `bun test` for `files`; they go through so that a path is a path and not a pattern. */
export function testStep(name: string, files: readonly string[], timeoutMs: number): Step {
  const paths = files.map((file) => `./${file}`);
  return {
    name,
    command: [process.execPath, "test", `--timeout=${timeoutMs}`, ...paths],
    counts: "its tests",
  };
}

/** Prints the summary line last and returns the exit code. No step outlives `limitMs`, counted from the first. */
export async function runSteps(steps: readonly Step[], limitMs: number): Promise<number> {
  const directory = await mkdtemp(join(tmpdir(), "portward-test-"));
  const endsAt = performance.now() + limitMs;
  const total = { passed: 0, failed: 0 };
  for (const [index, step] of steps.entries()) {
    console.log(`\n== ${step.name}`);
    const { passed, failed } = await runStep(step, join(directory, `${index}.xml`), endsAt);
    total.passed += passed;
    total.failed += failed;
    if (failed > 0) console.log(`== ${step.name}: FAILED`);
  }
  await rm(directory, { recursive: true, force: true });
  console.log(`\n${total.passed} passed, ${total.failed} failed`);
  return total.failed === 0 && total.passed > 0 ? 0 : 1;
}

async function runStep(step: Step, reportPath: string, endsAt: number): Promise<Tally> {
  const report = ["--reporter=junit", `--reporter-outfile=${reportPath}`];
  const command = step.counts === "its tests" ? [...step.command, ...report] : [...step.command];
  const exitCode = await runWithin(command, endsAt - performance.now());
  const ended: Tally = exitCode === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
  if (step.counts === "as one") return ended;
  const counted = await readReport(reportPath);
  // A file that does not load, or a crash of the runner, is in no count.
  if (counted === null || (exitCode !== 0 && counted.failed === 0)) {
    return { passed: counted?.passed ?? 0, failed: 1 };
  }
  return counted;
}

async function runWithin(command: readonly string[], limitMs: number): Promise<number> {
  const child = Bun.spawn([...command], { stdin: "ignore", stdout: "inherit", stderr: "inherit" });
  const timer = setTimeout(
    () => {
      console.error(`${command[0]} took too long and is ended`);
      for (const pid of processTree(child.pid)) endNow(pid);
    },
    Math.max(0, limitMs),
  );
  const exitCode = await child.exited;
  clearTimeout(timer);
  return exitCode;
}

/** The totals in the first element of a JUnit report; skipped tests count as neither. */
async function readReport(path: string): Promise<Tally | null> {
  const file = Bun.file(path);
  if (!(await file.exists())) return null;
  const root = /<testsuites[^>]*>/.exec(await file.text())?.[0] ?? "";
  const total = (name: string) => Number(new RegExp(` ${name}="(\\d+)"`).exec(root)?.[1] ?? 0);
  const failed = total("failures") + total("errors");
  return { passed: total("tests") - failed - total("skipped"), failed };
}

function endNow(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It ended meanwhile.
  }
}
