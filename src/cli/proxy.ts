/** `portward proxy --listen ADDR --to TARGET`: serves with no file at all. */
import { Command, InvalidArgumentError } from "commander";
import type { Diagnostic } from "../config/diagnostics/diagnostic.ts";
import { configurationForProxy } from "../config/load.ts";
import { ServiceManager } from "../supervisor/service-manager.ts";
import type { Served } from "../supervisor/supervise.ts";
import type { CliContext, Finish } from "./context.ts";
import { EXIT } from "./exit-code.ts";
import { logReady, serve } from "./serve.ts";
import { workersOption } from "./workers-option.ts";

interface ProxyOptions {
  readonly workers: number | "auto";
  readonly listen: string;
  readonly to: readonly string[];
}

export function proxyCommand(context: CliContext, finish: Finish): Command {
  return new Command("proxy")
    .description("serve without a configuration file")
    .requiredOption("--listen <addr>", 'where to listen: "8080", "127.0.0.1:8080", "[::1]:8080"')
    .requiredOption("--to <target,...>", 'where to send: "127.0.0.1:3000", several with commas', parseTargets)
    .addOption(workersOption())
    .addHelpText("after", EXAMPLE)
    .action(async (options: ProxyOptions) => finish(await proxy(options, context)));
}

async function proxy({ listen, to, workers }: ProxyOptions, context: CliContext): Promise<number> {
  const configuration = configurationForProxy(listen, to);
  if (!configuration.ok) {
    // The command line is all the configuration there is, so this is wrong usage.
    for (const found of configuration.error) context.err(renderUsageError(found));
    return EXIT.usage;
  }
  const { drainMs } = configuration.value.settings;
  const { log } = context;
  const manager = new ServiceManager(context.environment, log);
  const supervision = context.supervise({ workers, instance: null, relief: NO_RELIEF, log });
  const options = {
    drainMs: () => drainMs,
    hasFiles: false,
    onReady(served: Served) {
      manager.ready();
      logReady(context)(served);
    },
    onDraining: () => manager.stopping(),
  };
  return serve(supervision.start(configuration.value), options, context);
}

/** Without its place, which is in a text that the user has not written. */
function renderUsageError({ message, suggestion }: Diagnostic): string {
  return `error: ${message}\n${suggestion === null ? "" : `  help: ${suggestion}\n`}`;
}

/** Adds to what an earlier `--to` gave. */
function parseTargets(text: string, before: readonly string[] | undefined): readonly string[] {
  const targets = text.split(",").map((target) => target.trim());
  if (targets.includes("")) throw new InvalidArgumentError("A target is empty.");
  return [...(before ?? []), ...targets];
}

/** Nobody comes after it. */
const NO_RELIEF = { releaseAdmin() {}, handedOver() {} };

const EXAMPLE = `
Example: portward proxy --listen 8080 --to 127.0.0.1:3000,127.0.0.1:3001`;
