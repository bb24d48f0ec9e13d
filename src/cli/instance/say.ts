/** What the commands that talk to an instance have in common when they talk to people. */
import type { CliContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";

/** There is no instance, or it does not do what it was asked for. */
export function complain(message: string, context: CliContext): ExitCode {
  context.err(`error: ${message}\n`);
  return EXIT.invalid;
}

export function printJson(value: unknown, context: CliContext): void {
  context.out(`${JSON.stringify(value, null, 2)}\n`);
}
