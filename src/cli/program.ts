/**
 * The command line: which commands there are and how a wrong call is answered. Each command lives in a
 * file of its own, gives back a `Command` and reports its exit code through `finish`.
 */
import { Command, CommanderError } from "commander";
import packageJson from "../../package.json" with { type: "json" };
import { checkCommand } from "./check.ts";
import type { CliContext, Finish } from "./context.ts";
import { convertCommand } from "./convert.ts";
import { demoCommand } from "./demo.ts";
import { EXIT } from "./exit-code.ts";
import { explainCommand } from "./explain.ts";
import { drainCommand, enableCommand } from "./instance/drain.ts";
import { reloadCommand } from "./instance/reload.ts";
import { statusCommand } from "./instance/status.ts";
import { stopCommand } from "./instance/stop.ts";
import { renderInternalError } from "./internal-error.ts";
import { planCommand } from "./plan.ts";
import { proxyCommand } from "./proxy.ts";
import { runCommand } from "./run.ts";
import { schemaCommand } from "./schema.ts";

/**
 * Runs the command that `words` names and gives its exit code; never throws.
 * @param words the arguments without program and script
 */
export async function runProgram(words: readonly string[], context: CliContext): Promise<number> {
  let exitCode: number = EXIT.done;
  const program = createProgram(context, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(words, { from: "user" });
    return exitCode;
  } catch (error) {
    // Commander throws for --help and --version too, with 0; what it calls an error is wrong usage.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    context.err(renderInternalError(error, context.environment));
    return EXIT.internal;
  }
}

function createProgram(context: CliContext, finish: Finish): Command {
  const program = new Command("portward")
    .description(packageJson.description)
    .version(packageJson.version, "-V, --version", "print the version")
    .helpCommand("help [command]", "print the help of a command")
    .addHelpText("after", EXIT_CODES);
  const commands = [
    runCommand,
    proxyCommand,
    demoCommand,
    checkCommand,
    explainCommand,
    planCommand,
    convertCommand,
    schemaCommand,
    statusCommand,
    reloadCommand,
    stopCommand,
    drainCommand,
    enableCommand,
  ];
  for (const define of commands) program.addCommand(define(context, finish));
  for (const command of [program, ...program.commands]) settle(command, context);
  return program;
}

/** What every command has in common; commander inherits these only for commands it makes itself. */
function settle(command: Command, context: CliContext): void {
  command
    .exitOverride()
    .helpOption("-h, --help", "print this help")
    .allowExcessArguments(false)
    .showHelpAfterError(`(see '${command.parent ? "portward " : ""}${command.name()} --help')`)
    .configureOutput({ writeOut: context.out, writeErr: context.err });
}

const EXIT_CODES = `
Exit codes: 0 done, 1 the configuration has errors or a test in it fails, 2 wrong usage,
3 a plan found differences, 70 internal error.`;
