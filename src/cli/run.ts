/** `portward run`: serves a configuration until it is told to stop. */
import { Command } from "commander";
import { adminOption } from "./admin-option.ts";
import { configOption, configPaths } from "./config-paths.ts";
import type { CliContext, Finish } from "./context.ts";
import { EXIT } from "./exit-code.ts";
import { loadOrExplain } from "./load-or-explain.ts";
import { logReady, serve } from "./serve.ts";
import { workersOption } from "./workers-option.ts";

interface RunOptions {
  readonly config?: readonly string[];
  readonly workers: string;
  readonly admin: string;
}

export function runCommand(context: CliContext, finish: Finish): Command {
  return new Command("run")
    .description("serve a configuration")
    .addOption(configOption())
    .addOption(workersOption())
    .addOption(adminOption())
    .addHelpText("after", SIGNALS)
    .action(async (options: RunOptions) => finish(await run(options, context)));
}

async function run(options: RunOptions, context: CliContext): Promise<number> {
  const configuration = await loadOrExplain(configPaths(options.config, context.environment), context);
  if (configuration === null) return EXIT.invalid;
  return serve(
    configuration,
    {
      adminAddress: options.admin === "off" ? null : options.admin,
      drainMs: configuration.settings.drainMs,
      hasFiles: true,
      onReady: logReady(context),
    },
    context,
  );
}

const SIGNALS = `
SIGTERM or SIGINT finishes what is in flight and stops; a second one stops at once.`;
