/**
 * The command line: which commands there are and how a wrong call is answered. Each command lives in a
 * file of its own, gives back a `Command` and reports its exit code through `finish`.
 */
import { Command, CommanderError } from "commander";
import packageJson from "../../package.json" with { type: "json" };
import type { CliContext, Finish } from "./context.ts";
import { EXIT } from "./exit-code.ts";
import { renderInternalError } from "./internal-error.ts";

/**
 * Runs the command that `words` names and gives its exit code; never throws.
 * @param words the arguments without program and script
 */
export async function runProgram(words: readonly string[], context: CliContext): Promise<number> {
  let exitCode: number = EXIT.done;
  const program = await createProgram(words[0], context, (code) => {
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

/** @param name of the command; any other word gets to see all of them */
async function createProgram(
  name: string | undefined,
  context: CliContext,
  finish: Finish,
): Promise<Command> {
  const program = new Command("portward")
    .description(packageJson.description)
    .version(packageJson.version, "-V, --version", "print the version")
    .addHelpText("after", EXIT_CODES);
  const named = Object.entries(COMMANDS).filter(([each]) => each === name);
  for (const [, load] of named.length > 0 ? named : Object.entries(COMMANDS)) {
    program.addCommand((await load())(context, finish));
  }
  for (const command of [
    program,
    ...program.commands,
    ...program.commands.flatMap(({ commands }) => commands),
  ])
    settle(command, context);
  return program;
}

/** What every command has in common; commander inherits these only for commands it makes itself. */
function settle(command: Command, context: CliContext): void {
  command
    .exitOverride()
    .helpOption("-h, --help", "print this help")
    .helpCommand("help [command]", "print the help of a command")
    .allowExcessArguments(false)
    .showHelpAfterError(`(see '${nameOf(command)} --help')`)
    .configureOutput({ writeOut: context.out, writeErr: context.err });
}

function nameOf(command: Command): string {
  return command.parent === null ? command.name() : `${nameOf(command.parent)} ${command.name()}`;
}

const EXIT_CODES = `
Exit codes: 0 done, 1 the configuration has errors or a test in it fails, 2 wrong usage,
3 a plan found differences, 70 internal error.`;

/** In the order of the help. Each is loaded when it is asked for: a proxy that starts has no use for the others. */
const COMMANDS: Readonly<Record<string, () => Promise<(context: CliContext, finish: Finish) => Command>>> = {
  run: async () => (await import("./run.ts")).runCommand,
  proxy: async () => (await import("./proxy.ts")).proxyCommand,
  demo: async () => (await import("./demo.ts")).demoCommand,
  check: async () => (await import("./check.ts")).checkCommand,
  explain: async () => (await import("./explain.ts")).explainCommand,
  plan: async () => (await import("./plan.ts")).planCommand,
  convert: async () => (await import("./convert.ts")).convertCommand,
  cert: async () => (await import("./cert/cert.ts")).certCommand,
  schema: async () => (await import("./schema.ts")).schemaCommand,
  status: async () => (await import("./instance/status.ts")).statusCommand,
  reload: async () => (await import("./instance/reload.ts")).reloadCommand,
  stop: async () => (await import("./instance/stop.ts")).stopCommand,
  drain: async () => (await import("./instance/drain.ts")).drainCommand,
  enable: async () => (await import("./instance/drain.ts")).enableCommand,
};
