/**
 * The program: hands the real world to the command line and ends with its exit code. A worker of a supervisor needs
 * neither commands nor files, and is spared the time that loading them takes.
 */
import type { CliContext } from "./cli/context.ts";
import { EXIT } from "./cli/exit-code.ts";
import { renderInternalError } from "./cli/internal-error.ts";
import { createLogStream } from "./cli/log-stream.ts";
import { writeAll } from "./cli/standard-output.ts";
import type { WorkerProcess } from "./supervisor/worker-process.ts";

const STDOUT = 1;
const STDERR = 2;
/** How long a reader of the log that has stalled may hold up the exit. */
const FLUSH_MS = 200;
/** src/supervisor/spare-worker.ts starts workers with it. */
const WORKER_COMMAND = "worker";
/** Those that a worker is needed for. */
const SERVING_COMMANDS = ["run", "proxy"];

const stream = createLogStream(process.stderr);
const log = (event: object) => stream.log({ time: new Date().toISOString(), ...event });
const err = (text: string) => writeAll(STDERR, text);

for (const event of ["uncaughtException", "unhandledRejection"] as const) process.on(event, crash);
const exitCode = process.argv[2] === WORKER_COMMAND ? await serveAsWorker() : await obey();
await stream.flush(FLUSH_MS);
process.exit(exitCode);

async function serveAsWorker(): Promise<number> {
  const { runWorker } = await import("./supervisor/worker/run-worker.ts");
  return runWorker(log);
}

async function obey(): Promise<number> {
  const words = process.argv.slice(2);
  const spare = SERVING_COMMANDS.includes(words[0] ?? "") ? await spareWorker() : null;
  const { runProgram } = await import("./cli/program.ts");
  return runProgram(words, await realContext(words, spare));
}

async function spareWorker(): Promise<WorkerProcess | null> {
  const { spawnSpare } = await import("./supervisor/spare-worker.ts");
  return spawnSpare(thisProgram());
}

async function realContext(words: readonly string[], spare: WorkerProcess | null): Promise<CliContext> {
  const { onSignal } = await import("./cli/signals.ts");
  const { beginSupervision } = await import("./supervisor/supervise.ts");
  return {
    environment: process.env,
    out: (text) => writeAll(STDOUT, text),
    err,
    log,
    onSignal,
    startProxy: async (...given) => (await import("./runtime/start.ts")).startProxy(...given),
    isTerminal: process.stdout.isTTY === true,
    supervise: (options) => beginSupervision({ program: thisProgram(), words }, options, spare),
  };
}

/** The command that started this process, without its words: Bun and main.ts, or the one executable. */
function thisProgram(): readonly string[] {
  const isExecutable = Bun.main.startsWith("/$bunfs/");
  return isExecutable ? [process.execPath] : [process.execPath, ...process.execArgv, Bun.main];
}

/** Our own bug: what is served after it cannot be trusted, so it ends here and loudly. */
function crash(error: unknown): never {
  err(renderInternalError(error, process.env));
  process.exit(EXIT.internal);
}
