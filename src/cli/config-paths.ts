/** Which configuration a command reads when the command line does not say, and the option that does. */
import { homedir } from "node:os";
import { join } from "node:path";
import { Option } from "commander";
import type { Environment } from "./context.ts";

/** `--config PATH`, as often as wanted. */
export function configOption(): Option {
  return new Option(
    "--config <path>",
    "file or directory; may be repeated (default: $PORTWARD_CONFIG or ~/.config/portward)",
  ).argParser((path: string, before: string[] | undefined) => [...(before ?? []), path]);
}

/** The contract's order: the command line, `$PORTWARD_CONFIG`, the user's own directory. */
export function configPaths(
  given: readonly string[] | undefined,
  environment: Environment,
): readonly string[] {
  if (given !== undefined) return given;
  const named = environment.PORTWARD_CONFIG;
  if (named !== undefined && named !== "") return [named];
  return [join(environment.HOME || homedir(), ".config", "portward")];
}
