/**
 * Runs the steps of a test command one after the other with their output as it comes, tells what failed once more, and ends
 * with one line: `N passed, N failed`. A static check counts as one; `bun test` counts as many as it ran.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { processTree } from "../bench/measure/cpu.ts";
import { eachLine, type Failure, FailureReader, toldAgain } from "./failures.ts";

export interface Step {
  readonly name: string;
  readonly command: readonly string[];
  readonly counts: "as one" | "its tests";
}

export interface Tally {
  readonly passed: number;
  readonly failed: number;
}

interface Outcome extends Tally {
  readonly failures: readonly Failure[];
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
  const failures: Failure[] = [];
  for (const [index, step] of steps.entries()) {
    await say(`\n== ${step.name}`);
    const outcome = await runStep(step, join(directory, `${index}.xml`), endsAt);
    total.passed += outcome.passed;
    total.failed += outcome.failed;
    failures.push(...outcome.failures);
    if (outcome.failed > 0) await say(`== ${step.name}: FAILED`);
  }
  await rm(directory, { recursive: true, force: true });
  await say(`${toldAgain(failures)}\n${total.passed} passed, ${total.failed} failed`);
  return total.failed === 0 && total.passed > 0 ? 0 : 1;
}

async function runStep(step: Step, reportPath: string, endsAt: number): Promise<Outcome> {
  const report = ["--reporter=junit", `--reporter-outfile=${reportPath}`];
  const command = step.counts === "its tests" ? [...step.command, ...report] : [...step.command];
  const reader = new FailureReader();
  const exitCode = await runWithin(command, endsAt - performance.now(), reader);
  if (step.counts === "as one") {
    return exitCode === 0 ? ONE_PASSED : { passed: 0, failed: 1, failures: [reader.whole(step.name)] };
  }
  const counted = await readReport(reportPath);
  if (exitCode === 0 && counted !== null) return { ...counted, failures: reader.failures };
  // A run that crashed or was ended has left no report; files that do not load are not in it.
  const isWhole = counted !== null && reader.failures.length > 0;
  const failures = isWhole ? reader.failures : [...reader.failures, reader.whole(step.name)];
  return { passed: counted?.passed ?? 0, failed: Math.max(counted?.failed ?? 0, failures.length), failures };
}

async function runWithin(
  command: readonly string[],
  limitMs: number,
  reader: FailureReader,
): Promise<number> {
  const child = Bun.spawn([...command], { stdin: "ignore", stdout: "pipe", stderr: "pipe" });
  const shown = Promise.all([
    eachLine(
      child.stdout,
      (chunk) => process.stdout.write(chunk),
      (line) => reader.heard(line),
    ),
    eachLine(
      child.stderr,
      (chunk) => process.stderr.write(chunk),
      (line) => reader.read(line),
    ),
  ]);
  const timer = setTimeout(
    () => {
      console.error(`${command[0]} took too long and is ended`);
      for (const pid of processTree(child.pid)) endNow(pid);
    },
    Math.max(0, limitMs),
  );
  const exitCode = await child.exited;
  clearTimeout(timer);
  // Whoever it has left behind may have its output open.
  await Promise.race([shown, Bun.sleep(LAST_WORDS_MS)]);
  return exitCode;
}

/** Behind everything that was said before, on either way. */
async function say(line: string): Promise<void> {
  await written(process.stderr, "");
  await written(process.stdout, `${line}\n`);
}

function written(stream: NodeJS.WriteStream, text: string): Promise<void> {
  return new Promise((resolve) => stream.write(text, () => resolve()));
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

const LAST_WORDS_MS = 2_000;
const ONE_PASSED: Outcome = { passed: 1, failed: 0, failures: [] };
