/** The program: hands the real world to the command line and ends with its exit code. */

import type { CliContext } from "./cli/context.ts";
import { EXIT } from "./cli/exit-code.ts";
import { renderInternalError } from "./cli/internal-error.ts";
import { createLogStream } from "./cli/log-stream.ts";
import { runProgram } from "./cli/program.ts";
import { onSignal } from "./cli/signals.ts";
import { writeAll } from "./cli/standard-output.ts";
import { startProxy } from "./runtime/start.ts";

const STDOUT = 1;
const STDERR = 2;
/** How long a reader of the log that has stalled may hold up the exit. */
const FLUSH_MS = 200;

const { log, flush } = createLogStream(process.stderr);
const context: CliContext = {
  environment: process.env,
  out: (text) => writeAll(STDOUT, text),
  err: (text) => writeAll(STDERR, text),
  log: (event) => log({ time: new Date().toISOString(), ...event }),
  onSignal,
  startProxy,
  isTerminal: process.stdout.isTTY === true,
};

for (const event of ["uncaughtException", "unhandledRejection"] as const) process.on(event, crash);
const exitCode = await runProgram(process.argv.slice(2), context);
await flush(FLUSH_MS);
process.exit(exitCode);

/** Our own bug: what is served after it cannot be trusted, so it ends here and loudly. */
function crash(error: unknown): never {
  context.err(renderInternalError(error, context.environment));
  process.exit(EXIT.internal);
}
