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
  readonly workers: number | "auto";
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

async function run({ config, workers, admin }: RunOptions, context: CliContext): Promise<number> {
  const adminAddress = admin === "off" ? null : admin;
  const { log } = context;
  const supervision = context.supervise({ workers, adminAddress, endsWithSupervisor: false, log });
  const configuration = await loadOrExplain(configPaths(config, context.environment), context);
  if (configuration === null) {
    supervision.abandon();
    return EXIT.invalid;
  }
  const { drainMs } = configuration.settings;
  const options = { drainMs, hasFiles: true, onReady: logReady(context) };
  return serve(supervision.start(configuration), options, context);
}

const SIGNALS = `
SIGTERM or SIGINT finishes what is in flight and stops; a second one stops at once.`;
