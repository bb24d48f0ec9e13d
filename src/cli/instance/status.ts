/** `portward status`: what a running instance is doing, as a table. */
import { Command } from "commander";
import type { CliContext, Finish } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { pause } from "../pause.ts";
import { instanceAt } from "./ask-instance.ts";
import { askStatus, type Status } from "./ask-status.ts";
import { instanceOption, TOKEN_HELP } from "./instance-option.ts";
import { renderStatus } from "./render-status.ts";
import { complain } from "./say.ts";

interface StatusOptions {
  readonly admin: string;
  readonly watch: boolean;
  readonly json: boolean;
}

export function statusCommand(context: CliContext, finish: Finish): Command {
  return new Command("status")
    .description("say what a running instance is doing")
    .addOption(instanceOption())
    .option("--watch", "again every second, until Ctrl-C", false)
    .option("--json", "the same as data; with --watch a line each", false)
    .addHelpText("after", TOKEN_HELP)
    .action(async (options: StatusOptions) => finish(await status(options, context)));
}

async function status(options: StatusOptions, context: CliContext): Promise<ExitCode> {
  const instance = instanceAt(options.admin, context.environment);
  const stop = new AbortController();
  const forget = (["SIGINT", "SIGTERM"] as const).map((each) => context.onSignal(each, () => stop.abort()));
  try {
    do {
      const asked = await askStatus(instance);
      if (!asked.ok) return complain(asked.error, context);
      context.out(textOf(asked.value, options, context.isTerminal));
    } while (options.watch && (await pause(EVERY_MS, stop.signal)));
    return EXIT.done;
  } finally {
    for (const each of forget) each();
  }
}

function textOf(status: Status, { json, watch }: StatusOptions, isTerminal: boolean): string {
  if (json) return `${JSON.stringify(status, null, watch ? 0 : 2)}\n`;
  return `${watch ? (isTerminal ? CLEAR : "\n") : ""}${renderStatus(status, Date.now())}`;
}

/** Home, and everything behind it away: the table stays where it is. */
const CLEAR = "\u001b[H\u001b[J";
const EVERY_MS = 1_000;
